// Scans labels: with the camera, by the browser's own reader where it has one, else by a decoder that is fetched then;
// with a hand scanner or by hand through the form. Without it the form posts by itself.
"use strict";
(() => {
  const form = document.getElementById("scan-form");
  if (!form) return;
  const field = document.getElementById("code");
  const said = document.getElementById("scanned");
  const lost = document.getElementById("scan-lost");
  const start = document.getElementById("camera-start");
  const box = document.getElementById("camera");
  const picture = document.getElementById("camera-picture");
  const refused = document.getElementById("camera-refused");
  const pause = 200;
  const same = 4000;
  let sound = null;
  let stream = null;
  let wake = null;
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

  const reader = async () => {
    if (window.BarcodeDetector) {
      const known = await BarcodeDetector.getSupportedFormats();
      const wanted = ["qr_code", "code_128", "code_39", "data_matrix"].filter((one) => known.includes(one));
      if (wanted.includes("qr_code")) {
        const detector = new BarcodeDetector({ formats: wanted });
        return async (canvas) => (await detector.detect(canvas)).map((one) => one.rawValue);
      }
    }
    const { default: decode } = await import(document.querySelector("[data-decoder]").dataset.decoder);
    return async (canvas) => {
      const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      try {
        return [decode(image)];
      } catch {
        return [];
      }
    };
  };

  const seen = async (code) => {
    const now = Date.now();
    if (code === last.code && now - last.at < same) {
      last.at = now;
      return;
    }
    last = { code, at: now };
    await send(code);
  };

  const stop = () => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
    if (wake) wake.release().catch(() => {});
    wake = null;
    box.hidden = true;
    start.hidden = false;
  };

  const watch = async (read) => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const mine = stream;
    while (stream === mine) {
      if (picture.videoWidth) {
        const scale = Math.min(1, 800 / Math.max(picture.videoWidth, picture.videoHeight));
        canvas.width = Math.round(picture.videoWidth * scale);
        canvas.height = Math.round(picture.videoHeight * scale);
        pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
        for (const code of await read(canvas).catch(() => [])) await seen(code);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };

  start.addEventListener("click", async () => {
    refused.hidden = true;
    start.hidden = true;
    if (window.AudioContext && !sound) sound = new AudioContext();
    try {
      const read = await reader();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      picture.srcObject = stream;
      box.hidden = false;
      await picture.play();
      if (navigator.wakeLock) wake = await navigator.wakeLock.request("screen").catch(() => null);
      stream.getVideoTracks()[0].addEventListener("ended", stop);
      watch(read);
    } catch {
      stop();
      refused.hidden = false;
    }
  });

  document.getElementById("camera-stop").addEventListener("click", () => { stop(); start.focus(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) stop(); });
  if (navigator.mediaDevices?.getUserMedia) start.hidden = false;
})();
