// Takes a code from the address's fragment, which no server is told, and puts it into the form.
"use strict";
(() => {
  const form = document.querySelector("form[data-code]");
  const code = decodeURIComponent(location.hash.slice(1));
  if (!form || !/^[0-9A-Za-z-]{8,40}$/.test(code)) return;
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  form.querySelector("button").focus();
})();
