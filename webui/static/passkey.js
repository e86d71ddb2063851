// Passkeys: asks the browser for one, or to make one, and sends what it answers with the form around the button.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  let waiting = null;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((one) => ({...one, id: bytes(one.id)}));

  const request = (told) => ({...told, challenge: bytes(told.challenge), allowCredentials: named(told.allowCredentials)});
  const creation = (told) => ({
    ...told,
    challenge: bytes(told.challenge),
    user: {...told.user, id: bytes(told.user.id)},
    excludeCredentials: named(told.excludeCredentials),
  });

  const answered = (found) => {
    const said = {clientDataJSON: text(found.response.clientDataJSON)};
    if (found.response.attestationObject) {
      said.attestationObject = text(found.response.attestationObject);
      said.transports = found.response.getTransports ? found.response.getTransports() : [];
    } else {
      said.authenticatorData = text(found.response.authenticatorData);
      said.signature = text(found.response.signature);
    }
    return JSON.stringify({id: found.id, rawId: found.id, type: found.type, response: said, clientExtensionResults: {}});
  };

  const refuse = (form, words) => {
    const place = form.querySelector("[role=alert]");
    place.textContent = words;
    place.hidden = false;
  };

  const options = async (form) => {
    const answer = await fetch(form.dataset.options, {method: "POST", body: new URLSearchParams(new FormData(form))});
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.error), {told: true});
    return told;
  };

  const send = (form, found) => {
    form.elements.answer.value = answered(found);
    form.submit();
  };

  const use = async (form) => {
    const login = form.dataset.takes ? document.getElementById(form.dataset.takes) : null;
    if (login) {
      if (!login.reportValidity()) return;
      form.elements.login.value = login.value;
    }
    form.querySelector("[role=alert]").hidden = true;
    if (waiting) waiting.abort();
    waiting = null;
    try {
      const told = await options(form);
      const made = form.dataset.passkey === "create";
      const found = made
        ? await navigator.credentials.create({publicKey: creation(told)})
        : await navigator.credentials.get({publicKey: request(told)});
      send(form, found);
    } catch (error) {
      if (error.told) refuse(form, error.message);
      else refuse(form, error.name === "InvalidStateError" ? form.dataset.there : form.dataset.notUsed);
    }
  };

  // The browser offers passkeys among the logins that it fills in (conditional mediation).
  const offer = async (form) => {
    const can = PublicKeyCredential.isConditionalMediationAvailable;
    if (!can || !(await can.call(PublicKeyCredential))) return;
    try {
      const told = await options(form);
      waiting = new AbortController();
      send(form, await navigator.credentials.get({publicKey: request(told), mediation: "conditional", signal: waiting.signal}));
    } catch {
      // Nothing was chosen: the page stays as it is.
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.querySelector("button").addEventListener("click", () => use(form));
    if ("autofill" in form.dataset) offer(form);
  }
  for (const words of document.querySelectorAll(".needs-passkey")) words.hidden = false;
})();
