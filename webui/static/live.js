// Keeps a page live: replaces the parts that the server sends, and comes back by itself when the line was lost.
// A part that says data-as is replaced only by one that says otherwise, so that no form is taken out of hands that fill
// it in; what was unfolded stays so.
"use strict";
(() => {
  const address = document.body.dataset.live;
  if (!address || !window.EventSource) return;
  const line = document.getElementById("line");
  let source = null;
  let retry = null;
  let patience = 1000;

  const lost = () => {
    line.hidden = false;
    if (source) source.close();
    clearTimeout(retry);
    retry = setTimeout(connect, patience);
    patience = Math.min(patience * 1.6, 10000);
  };

  const show = (event) => {
    line.hidden = true;
    patience = 1000;
    for (const [id, html] of Object.entries(JSON.parse(event.data))) {
      const old = document.getElementById(id);
      if (!old) continue;
      const held = document.createElement("template");
      held.innerHTML = html.trim();
      const fresh = held.content.firstElementChild;
      if (!fresh || old.isEqualNode(fresh)) continue;
      if (fresh.dataset.as !== undefined && fresh.dataset.as === old.dataset.as) continue;
      const unfolded = new Set([...old.querySelectorAll("details[open] > summary")].map((one) => one.textContent));
      const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      for (const one of fresh.querySelectorAll("summary")) {
        if (unfolded.has(one.textContent)) one.parentElement.open = true;
      }
      old.replaceWith(fresh);
      if (focused) fresh.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
    }
  };

  function connect() {
    source = new EventSource(address);
    source.addEventListener("parts", show);
    source.addEventListener("leave", () => { source.close(); location.reload(); });
    source.onerror = lost;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && source && source.readyState === EventSource.CLOSED) {
      patience = 1000;
      lost();
    }
  });
  connect();
})();
// On a telephone the menu is one line that is longer than the screen: it begins where one is.
(() => {
  const here = document.querySelector(".main-menu [aria-current]");
  const menu = here?.closest(".main-menu");
  if (menu && menu.scrollWidth > menu.clientWidth) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
})();
