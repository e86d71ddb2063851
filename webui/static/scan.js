// Counts labels, one after the other: those that the camera reads, and those that a hand scanner or a person writes into
// the form. Without it the form posts by itself.
"use strict";
(() => {
  const form = document.getElementById("scan-form");
  if (!form) return;
  const field = document.getElementById("code");
  const said = document.getElementById("scanned");
  const lost = document.getElementById("scan-lost");
  const same = 4000;
  let sound = null;
  let last = { code: "", at: 0 };

  const beep = (good) => {
    if (navigator.vibrate) navigator.vibrate(good ? 60 : [120, 60, 120]);
    if (!sound) return;
    const tone = sound.createOscillator();
    tone.frequency.value = good ? 880 : 220;
    tone.connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + (good ? 0.08 : 0.3));
  };

  const send = async (code) => {
    const body = new URLSearchParams(new FormData(form));
    body.set("code", code);
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
      if (answer.redirected || answer.status >= 500 || answer.status === 401) throw new Error("not counted");
      const held = document.createElement("template");
      held.innerHTML = (await answer.text()).trim();
      const word = held.content.querySelector(".scan-said");
      if (!word) throw new Error("not counted");
      said.replaceChildren(word);
      lost.hidden = true;
      beep(answer.ok && word.classList.contains("good"));
    } catch {
      lost.hidden = false;
      last = { code: "", at: 0 };
      beep(false);
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = field.value;
    field.value = "";
    field.focus();
    if (code.trim()) await send(code);
  });

  const seen = async (code) => {
    const now = Date.now();
    if (code === last.code && now - last.at < same) {
      last.at = now;
      return;
    }
    last = { code, at: now };
    await send(code);
  };

  const begun = () => {
    if (window.AudioContext && !sound) sound = new AudioContext();
  };

  readLabels({ formats: ["qr_code", "code_128", "code_39", "data_matrix"], read: seen, begun });
})();
