// Reads a label with the camera and writes it into the field of the form. Without it a hand scanner, or a person, does.
"use strict";
(() => {
  const field = document.getElementById("code");
  const start = document.getElementById("camera-start");
  const box = document.getElementById("camera");
  const picture = document.getElementById("camera-picture");
  const refused = document.getElementById("camera-refused");
  if (!field || !start) return;
  const pause = 200;
  let stream = null;

  const reader = async () => {
    if (window.BarcodeDetector && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      return async (canvas) => (await detector.detect(canvas)).map((one) => one.rawValue);
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
        const [code] = await read(canvas).catch(() => []);
        if (code) {
          field.value = code;
          stop();
          field.focus();
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };

  start.addEventListener("click", async () => {
    refused.hidden = true;
    start.hidden = true;
    try {
      const read = await reader();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      picture.srcObject = stream;
      box.hidden = false;
      await picture.play();
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
