// Makes photos lighter before they are sent, and gathers those that are taken one after the other. Without it the
// form sends what the camera gave.
"use strict";
(() => {
  if (!window.DataTransfer || !window.createImageBitmap) return;
  const longest = 1600;
  // By field: a live page may bring another form.
  const photos = new WeakMap();

  const shrink = async (file) => {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const body = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
    return { canvas, file: body ? new File([body], "photo.jpg", { type: "image/jpeg" }) : file };
  };

  const show = (field, taken) => {
    const held = new DataTransfer();
    const previews = document.getElementById("previews");
    previews.replaceChildren();
    taken.forEach((one, place) => {
      held.items.add(one.file);
      if (!one.canvas) return;
      one.canvas.setAttribute("role", "img");
      one.canvas.setAttribute("aria-label", previews.dataset.words.replace("#", place + 1));
      previews.append(one.canvas);
    });
    field.files = held.files;
  };

  document.addEventListener("change", async (event) => {
    const field = event.target;
    if (field.id !== "photos") return;
    const taken = photos.get(field) ?? [];
    photos.set(field, taken);
    const button = field.form.querySelector("button.main");
    button.disabled = true;
    try {
      for (const file of [...field.files]) {
        if (taken.length < Number(field.dataset.most)) taken.push(await shrink(file).catch(() => ({ canvas: null, file })));
      }
      show(field, taken);
    } finally {
      button.disabled = false;
    }
  });
})();
