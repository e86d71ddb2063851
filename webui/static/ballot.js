// Signs a ballot with a passkey, or registers one. What is signed is the SHA-256 of the text that the page shows.
"use strict";
(() => {
  const trouble = document.getElementById("ballot-trouble");
  const able = Boolean(window.PublicKeyCredential && navigator.credentials && window.crypto && crypto.subtle);
  if (able) for (const one of document.querySelectorAll("[data-without-script]")) one.hidden = true;

  const text = (buffer) => {
    let letters = "";
    for (const byte of new Uint8Array(buffer)) letters += String.fromCharCode(byte);
    return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  const bytes = (word) => Uint8Array.from(atob(word.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

  const tell = (error) => {
    trouble.textContent = error.name === "NotAllowedError" || error.name === "AbortError" ? trouble.dataset.cancelled : trouble.dataset.failed;
    trouble.hidden = false;
  };

  const guard = (form, work) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      trouble.hidden = true;
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        await work(form);
        form.submit();
      } catch (error) {
        tell(error);
        button.disabled = false;
      }
    });
  };

  const sign = async (form) => {
    const said = new FormData(form);
    const name = [`${said.get("seat")}:${said.get("choice")}`, said.get("seat")];
    const shown = name.map((one) => document.querySelector(`[data-statement="${CSS.escape(one)}"]`)).find(Boolean);
    const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(shown.textContent));
    const allowCredentials = form.dataset.passkeys.split(" ").map((id) => ({type: "public-key", id: bytes(id)}));
    const publicKey = {challenge, rpId: form.dataset.party, allowCredentials, userVerification: "required", timeout: 120000};
    const signed = await navigator.credentials.get({publicKey});
    const {authenticatorData, clientDataJSON, signature} = signed.response;
    const response = {authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature)};
    form.elements.assertion.value = JSON.stringify({id: signed.id, response});
  };

  const register = async (form) => {
    const headers = {"X-CSRF-Token": form.elements.csrf.value, "Accept": "application/json"};
    const answer = await fetch("/api/v1/me/passkey-options", {method: "POST", headers});
    if (!answer.ok) throw new Error("no options");
    const told = await answer.json();
    const known = (told.excludeCredentials || []).map((one) => ({...one, id: bytes(one.id)}));
    const user = {...told.user, id: bytes(told.user.id)};
    const publicKey = {...told, challenge: bytes(told.challenge), user, excludeCredentials: known};
    const made = await navigator.credentials.create({publicKey});
    const {attestationObject, clientDataJSON} = made.response;
    const response = {attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON)};
    form.elements.answer.value = JSON.stringify({id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {}});
  };

  const ballot = document.getElementById("ballot");
  const registering = document.getElementById("register");
  if (able && ballot && ballot.dataset.passkeys) guard(ballot, sign);
  if (able && registering) guard(registering, register);
})();
