// Keeps a page live: replaces the parts that the server sends, and comes back by itself when the line was lost.
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
      const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
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
