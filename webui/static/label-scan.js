// Reads the label of a tablet with the camera where the browser has a reader of its own; the field works without it.
"use strict";
(() => {
  const button = document.querySelector("[data-scan-label]");
  const field = document.getElementById("label");
  const picture = document.getElementById("label-camera");
  if (!button || !field || !picture || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;
  let stream = null;

  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    picture.hidden = true;
    button.hidden = false;
  };

  const look = async (reader) => {
    if (!stream) return;
    const found = await reader.detect(picture).catch(() => []);
    const label = found.map((one) => one.rawValue).find((text) => /^valise:[0-9a-f]{12}\/\d{1,3}$/i.test(text));
    if (!label) {
      setTimeout(() => look(reader), 200);
      return;
    }
    stop();
    field.value = label;
    field.form.requestSubmit();
  };

  button.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      field.focus();
      return;
    }
    button.hidden = true;
    picture.hidden = false;
    picture.srcObject = stream;
    await picture.play();
    look(new BarcodeDetector({ formats: ["qr_code"] }));
  });
  addEventListener("pagehide", stop);
})();
