/* Before the open: the indicated price with its distance to each level, marked PRE. It decides nothing. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit" });
  const percent = (value) => H.write(value, { decimals: 2, sign: true, suffix: "%" });

  function part(text, kind) {
    const node = document.createElement(kind || "span");
    node.textContent = text;
    return node;
  }

  function line(symbol, quote) {
    const chip = part("PRE");
    chip.className = "chip chip-near";
    const parts = [chip, part(symbol + " indicated at"), part(H.write(quote.price, quote), "b"),
      part("(" + percent(quote.change_pct) + ", " + clock.format(new Date(quote.time)) + ")")];
    for (const name of Object.keys(quote.levels)) {
      const level = quote.levels[name];
      parts.push(part(name.replace("-", "\u2011") + " " + H.write(level.price, quote) + ", " + percent(level.distance_pct) + " away"));
    }
    parts.push(part("No status before the open.", "small"));
    return parts;
  }

  function show() {
    const snapshot = H.live && H.live.snapshot;
    const past = document.documentElement.classList.contains("is-past");
    for (const node of document.querySelectorAll("[data-pre]")) {
      const quote = snapshot && !past && snapshot.quotes[node.dataset.pre];
      const told = Boolean(quote && quote.pre);
      const key = told ? quote.time + quote.price : "";
      if (node.dataset.shown === key && node.childNodes.length === 0 === !told) continue;
      node.dataset.shown = key;
      node.hidden = !told;
      node.replaceChildren(...(told ? line(node.dataset.pre, quote) : []));
    }
  }

  /* What the server paints before the open is of the last close: put the indicated price back
     before it is seen. */
  function again() {
    if (!H.live || !H.live.snapshot || H.live.snapshot.phase !== "pre-market") return;
    H.live.apply();
    show();
  }

  document.addEventListener("holdline-live", show);
  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(again).observe(document.body, { childList: true, subtree: true });
  });
})();
