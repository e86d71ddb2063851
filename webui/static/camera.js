// The camera as a reader of labels, by the browser's own reader where it has one, else by a decoder that is fetched then.
// Loaded before the scripts that say what is to be done with a code; the page includes parts/camera.html.
"use strict";
window.readLabels = ({ formats, read, begun = () => {} }) => {
  const start = document.getElementById("camera-start");
  const box = document.getElementById("camera");
  const picture = document.getElementById("camera-picture");
  const refused = document.getElementById("camera-refused");
  const pause = 200;
  let stream = null;
  let wake = null;

  const reader = async () => {
    if (window.BarcodeDetector) {
      const known = await BarcodeDetector.getSupportedFormats();
      if (known.includes("qr_code")) {
        const detector = new BarcodeDetector({ formats: formats.filter((one) => known.includes(one)) });
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

  const stop = () => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
    if (wake) wake.release().catch(() => {});
    wake = null;
    box.hidden = true;
    start.hidden = false;
  };

  const watch = async (codesIn) => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const mine = stream;
    while (stream === mine) {
      if (picture.videoWidth) {
        const scale = Math.min(1, 800 / Math.max(picture.videoWidth, picture.videoHeight));
        canvas.width = Math.round(picture.videoWidth * scale);
        canvas.height = Math.round(picture.videoHeight * scale);
        pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
        const codes = await codesIn(canvas).catch(() => []);
        for (const code of codes) if (stream === mine) await read(code, stop);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };

  start.addEventListener("click", async () => {
    refused.hidden = true;
    start.hidden = true;
    begun();
    try {
      const codesIn = await reader();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      picture.srcObject = stream;
      box.hidden = false;
      await picture.play();
      if (navigator.wakeLock) wake = await navigator.wakeLock.request("screen").catch(() => null);
      stream.getVideoTracks()[0].addEventListener("ended", stop);
      watch(codesIn);
    } catch {
      stop();
      refused.hidden = false;
    }
  });

  document.getElementById("camera-stop").addEventListener("click", () => { stop(); start.focus(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) stop(); });
  if (navigator.mediaDevices?.getUserMedia) start.hidden = false;
};
