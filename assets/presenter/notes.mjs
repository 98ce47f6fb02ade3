/* What only the speaker sees, in a window of its own. This page writes straight into it: it is
   loaded from nowhere, so it opens and works without the server too. */
import { say } from "../core/say.mjs";
import { changed, held, show } from "./state.mjs";

const wall = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
let other = null;
let parts = null;
let ticking = 0;
/** @type {{step: (by: number) => void, toggle: (name: string) => void, tell: () => void, key: (event: any) => void}} */
let acts = null;

function isOpen() {
  return other && !other.closed && parts;
}

/* The rules that the window shares with this one, by the style sheets' own text. */
function style() {
  const own = [...document.styleSheets].filter((sheet) =>
    /\/assets\/style\.css/.test(sheet.href || ""),
  );
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
  parts = {
    where: add("p", "notes-where"),
    state: add("p", "notes-state"),
    time: add("p", "notes-time"),
    kicker: add("p", "notes-kicker"),
    title: add("h1"),
    text: add("div", "notes-text"),
    next: add("p", "notes-next"),
    tools: add("nav", "notes-tools"),
  };
  /** @type {[string, () => void][]} */
  const buttons = [
    ["Back", () => acts.step(-1)],
    ["Next", () => acts.step(1)],
    ["Freeze", () => acts.toggle("frozen")],
    ["Blank", () => acts.toggle("blank")],
  ];
  for (const [text, action] of buttons) {
    const made = add("button", "", text);
    made.type = "button";
    made.addEventListener("click", () => {
      if (show()) action();
    });
    parts.tools.append(made);
  }
  const head = add("header");
  head.append(parts.where, parts.state, parts.time);
  page.body.replaceChildren(head, parts.kicker, parts.title, parts.text, parts.next, parts.tools);
  page.addEventListener("keydown", acts.key, true);
  other.addEventListener("pagehide", closed);
  ticking = other.setInterval(tick, 500);
}

function tick() {
  const now = show();
  if (!isOpen() || !now) return;
  const seconds = Math.floor((Date.now() - now.began) / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const spent =
    (seconds >= 3600 ? Math.floor(seconds / 3600) + ":" : "") +
    two(Math.floor(seconds / 60) % 60) +
    ":" +
    two(seconds % 60);
  parts.time.textContent = wall.format(new Date()) + " · " + spent + " spoken";
  parts.state.textContent = [
    now.frozen ? "FROZEN" : "",
    now.blank ? "BLANK" : "",
    now.lost ? "NO CONNECTION: held scenes" : "",
  ]
    .filter(Boolean)
    .join(" · ");
  parts.where.textContent =
    "Scene " + (now.at + 1) + " of " + now.frames.length + ", " + held() + " ready";
}

function heading(frame) {
  return frame.scene.title || (frame.payload ? frame.payload.title : frame.scene.panel);
}

function write(now) {
  if (!isOpen()) return;
  const frame = now.frames[now.at],
    next = now.frames[now.at + 1];
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
  if (!show()) return;
  show().notes = false;
  acts.tell();
}

/** Open the window, or close it; `given` is what its buttons and keys do. */
export function toggleNotes(given) {
  if (isOpen()) {
    other.close();
    closed();
    return;
  }
  other = window.open("", "holdline-notes", "popup,width=720,height=620");
  if (!other) {
    say("This browser did not open the notes window: allow pop-ups for this address.");
    return;
  }
  acts = given;
  build();
  show().notes = true;
  acts.tell();
  write(show());
}

changed.on((now) => {
  if (!isOpen()) return;
  if (now) write(now);
  else {
    other.close();
    closed();
  }
});
window.addEventListener("pagehide", () => {
  if (isOpen()) other.close();
});
