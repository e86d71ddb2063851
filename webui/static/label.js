// Writes a label that the camera reads into the field of the form. Without it a hand scanner, or a person, does.
"use strict";
(() => {
  const field = document.getElementById("code");
  if (!field || !document.getElementById("camera-start")) return;
  const read = (code, stop) => {
    field.value = code;
    stop();
    // A page that has nothing else to ask goes on by itself.
    if (field.form.dataset.send !== undefined) field.form.requestSubmit();
    else field.focus();
  };
  readLabels({ formats: ["qr_code"], read });
})();
