/* What only the speaker sees, in a window of its own. This page writes straight into it: it is
   loaded from nowhere, so it opens and works without the server too. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const P = (H.presenter = H.presenter || {});
  const wall = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  let other = null, parts = null, ticking = 0;

  function isOpen() { return other && !other.closed && parts; }

  /* The rules that the window shares with this one, by the style sheets' own text. */
  function style() {
    const own = [...document.styleSheets].filter((sheet) => /\/assets\/(1-tokens|9-presenter)/.test(sheet.href || ""));
    return own.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)).join("\n");
  }

  function build() {
    const page = other.document;
    page.title = "Notes · Holdline";
    page.documentElement.lang = "en";
    page.body.className = "notes";
    const add = (tag, className, text) => {
      const node = page.createElement(tag);
      if (className) node.className = className;
      if (text) node.textContent = text;
      return node;
    };
    const sheet = add("style");
    sheet.textContent = style();
    page.head.replaceChildren(sheet);
    parts = { where: add("p", "notes-where"), state: add("p", "notes-state"), time: add("p", "notes-time"), kicker: add("p", "notes-kicker"), title: add("h1"), text: add("div", "notes-text"), next: add("p", "notes-next"), tools: add("nav", "notes-tools") };
    for (const [text, action] of [["Back", () => P.step(-1)], ["Next", () => P.step(1)], ["Freeze", () => P.toggle("frozen")], ["Blank", () => P.toggle("blank")]]) {
      const made = add("button", "", text);
      made.type = "button";
      made.addEventListener("click", () => { if (P.show()) action(); });
      parts.tools.append(made);
    }
    const head = add("header");
    head.append(parts.where, parts.state, parts.time);
    page.body.replaceChildren(head, parts.kicker, parts.title, parts.text, parts.next, parts.tools);
    page.addEventListener("keydown", P.key, true);
    other.addEventListener("pagehide", closed);
    ticking = other.setInterval(tick, 500);
  }

  function tick() {
    const show = P.show();
    if (!isOpen() || !show) return;
    const seconds = Math.floor((Date.now() - show.began) / 1000);
    const two = (n) => String(n).padStart(2, "0");
    const spent = (seconds >= 3600 ? Math.floor(seconds / 3600) + ":" : "") + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
    parts.time.textContent = wall.format(new Date()) + " · " + spent + " spoken";
    parts.state.textContent = [show.frozen ? "FROZEN" : "", show.blank ? "BLANK" : "", show.lost ? "NO CONNECTION: held scenes" : ""].filter(Boolean).join(" · ");
    parts.where.textContent = "Scene " + (show.at + 1) + " of " + show.frames.length + ", " + P.held() + " ready";
  }

  function heading(frame) {
    return frame.scene.title || (frame.payload ? frame.payload.title : frame.scene.panel);
  }

  function write(show) {
    if (!isOpen()) return;
    const frame = show.frames[show.at], next = show.frames[show.at + 1];
    other.document.documentElement.dataset.theme = document.documentElement.dataset.theme;
    parts.kicker.textContent = frame.scene.title;
    parts.title.textContent = frame.payload ? frame.payload.title : frame.problem || "…";
    parts.text.textContent = frame.scene.notes || "No notes for this scene.";
    if (frame.payload && frame.payload.note) {
      const small = other.document.createElement("small");
      small.textContent = frame.payload.note;
      parts.text.append(small);
    }
    parts.next.textContent = next ? "Next: " + heading(next) : "This is the last scene.";
    tick();
  }

  function closed() {
    clearInterval(ticking);
    other = parts = null;
    if (P.show()) { P.show().notes = false; P.tell(); }
  }

  P.toggleNotes = function () {
    const show = P.show();
    if (isOpen()) { other.close(); closed(); return; }
    other = window.open("", "holdline-notes", "popup,width=720,height=620");
    if (!other) { H.say("This browser did not open the notes window: allow pop-ups for this address."); return; }
    build();
    show.notes = true;
    P.tell();
    write(show);
  };

  P.listeners = P.listeners || [];
  P.listeners.push(function (show) {
    if (!isOpen()) return;
    if (show) write(show); else { other.close(); closed(); }
  });
  window.addEventListener("pagehide", () => { if (isOpen()) other.close(); });
})();
