/* The stage's nodes, its keys and its buttons; and the ways onto it. */
import { byId, element, find, findAll, hasModifier, isTyping, within } from "../core/dom.mjs";
import { payloadOf } from "../core/panels.mjs";
import { activePage, address, routed } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { addScene, openScenes } from "./dialog.mjs";
import { addInk, clearInk } from "./ink.mjs";
import { decode } from "./lists.mjs";
import { toggleNotes } from "./notes.mjs";
import { longer } from "./paint.mjs";
import { builtBy, enter, leave, step, tell, to, toggle } from "./show.mjs";
import { show, shownFrame, stage } from "./state.mjs";

const html = document.documentElement;
const AWAKE_MS = 2500;

/**
 * Key shown, keys, what it does, the switch it shows (or null), action.
 * @type {[string, string[], string, string|null, () => void][]}
 */
const ACTIONS = [
  ["←", ["ArrowLeft", "PageUp", "Backspace"], "Back", null, () => step(-1)],
  ["→", ["ArrowRight", "PageDown", " ", "Enter"], "Next", null, () => step(1)],
  ["f", ["f"], "Freeze", "frozen", () => toggle("frozen")],
  ["b", ["b", "."], "Blank", "blank", () => toggle("blank")],
  ["l", ["l"], "Pointer", "laser", () => toggle("laser")],
  ["d", ["d"], "Pen", "drawing", () => toggle("drawing")],
  ["c", ["c"], "Clear the pen", null, () => clearInk()],
  ["n", ["n"], "Notes window", "notes", () => toggleNotes({ step, toggle, tell, key: onKey })],
  ["a", ["a"], "Add to scenes", null, () => addScene(shownFrame().scene)],
  ["t", ["t"], "Theme", null, () => byId("theme-toggle").click()],
  ["w", ["w"], "Whole screen", null, () => wholeScreen()],
  ["?", ["?", "h"], "Keys", "help", () => toggle("help")],
  ["Esc", ["Escape"], "Leave", null, () => escape()],
];
/** @type {[string, () => void][]} */
const ONLY_KEYS = [
  ["Home", () => to(0)],
  ["End", () => to(show().frames.length - 1)],
];

function wholeScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (html.requestFullscreen)
    html.requestFullscreen().catch(() => say("This browser does not give the whole screen."));
}

function escape() {
  if (show().help) toggle("help");
  else leave();
}

function button(text, about, action) {
  const made = element("button", text);
  made.type = "button";
  made.title = about;
  made.addEventListener("click", (event) => {
    action();
    if (event.detail && stage()) stage().root.focus(); // clicked: the keys are the stage's again
  });
  return made;
}

function tools() {
  const bar = element("div", undefined, "stage-tools");
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Presenter");
  for (const [key, , about, shows, action] of ACTIONS) {
    const made = button(about, about + " (" + key + ")", action);
    if (shows) {
      made.dataset.shows = shows;
      made.setAttribute("aria-pressed", "false");
    }
    bar.append(made);
  }
  return bar;
}

function help() {
  const box = element("div", undefined, "stage-help");
  const list = element("dl");
  for (const [key, , about] of [...ACTIONS, ["Home, End", null, "First, last scene"]]) {
    list.append(element("dt", key), element("dd", about));
  }
  box.append(element("h2", "Keys"), list);
  return box;
}

builtBy((given) => {
  const made = { root: element("div", undefined, "stage") };
  made.root.tabIndex = -1;
  made.root.setAttribute("role", "dialog");
  made.root.setAttribute("aria-label", "Presentation: " + given.name);
  made.kicker = element("p", "", "stage-kicker");
  made.title = element("h1", "");
  made.title.setAttribute("aria-live", "polite");
  made.content = element("div", undefined, "stage-content");
  made.content.addEventListener("scroll", longer);
  made.stamps = element("div", undefined, "stage-stamps");
  made.advice = element("strong", "Not investment advice", "stage-advice");
  made.ready = element("p", "", "stage-ready");
  made.ready.setAttribute("role", "status");
  made.dots = element("nav", undefined, "stage-dots");
  made.dots.setAttribute("aria-label", "Scenes");
  given.frames.forEach(function (frame, i) {
    const dot = button("", "", () => to(i));
    dot.setAttribute(
      "aria-label",
      "Scene " + (i + 1) + (frame.scene.title ? ": " + frame.scene.title : ""),
    );
    dot.title = dot.getAttribute("aria-label");
    made.dots.append(dot);
  });
  made.count = element("span", "", "stage-count");
  made.tools = tools();
  const head = element("header"),
    foot = (made.foot = element("footer")),
    where = element("div", undefined, "stage-where");
  head.append(made.kicker, made.title);
  const end = element("span", undefined, "stage-end");
  end.append(made.advice, made.count);
  where.append(made.ready, made.dots, end);
  foot.append(made.stamps, where);
  made.root.append(
    head,
    made.content,
    foot,
    made.tools,
    help(),
    element("div", undefined, "stage-blank"),
  );
  addInk(made);
  return made;
});

/* A long card scrolls first; only at its end the next scene comes. */
function scrolled(key) {
  const by = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
  const box = stage().content;
  const left = by > 0 ? box.scrollHeight - box.clientHeight - box.scrollTop : box.scrollTop;
  if (by && left > 4) box.scrollBy({ top: by * box.clientHeight * 0.7 });
  else if (by) step(by);
  return by !== 0;
}

/** Also for keys that are pressed in the notes window. */
function onKey(event) {
  if (!show() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Tab") return;
  event.stopImmediatePropagation();
  const pressed = within(event, "button");
  if (pressed && (key === " " || key === "Enter")) return;
  const found = ACTIONS.find((action) => action[1].includes(key));
  const other = ONLY_KEYS.find((action) => action[0] === key);
  if (found || other) {
    event.preventDefault();
    (found ? found[4] : other[1])();
  } else if (scrolled(key)) event.preventDefault();
}
document.addEventListener("keydown", onKey, true);

/* The tab key stays on the stage. */
document.addEventListener("focusin", (event) => {
  const nodes = stage();
  if (nodes && !nodes.root.contains(event.target) && !within(event, "dialog")) nodes.root.focus();
});

let sleeping = 0;
function wake(event) {
  const nodes = stage();
  if (!nodes) return;
  const low = event.clientY >= window.innerHeight * 0.85;
  if ((show().laser || show().drawing) && !low) return; // pointer and pen are not disturbed
  clearTimeout(sleeping);
  nodes.root.classList.add("is-awake");
  sleeping = window.setTimeout(() => nodes.root.classList.remove("is-awake"), AWAKE_MS);
}
for (const kind of ["pointermove", "pointerdown", "focusin"]) document.addEventListener(kind, wake);

/* ---- the ways in ---- */

const panelsHere = () =>
  findAll("#page-" + activePage() + " [data-panel]:not(.is-absent)").filter(
    (panel) => panel.getClientRects().length, // some stand only at their hour of the day
  );

function scenesHere() {
  const link = address();
  if (!link) return [];
  return panelsHere().map((panel) => ({ link, panel: panel.dataset.panel, title: "", notes: "" }));
}

/** The page on screen, from the panel that is nearest the top of the window. */
function presentPage() {
  const panels = panelsHere();
  if (!panels.length) {
    say("This page has no chart or card to present.");
    return;
  }
  const away = panels.map((panel) => Math.abs(panel.getBoundingClientRect().top - 120));
  const focused = panels.findIndex((panel) => panel.contains(document.activeElement));
  const first = focused >= 0 ? focused : away.indexOf(Math.min(...away));
  const payload = (panel) =>
    panel.classList.contains("is-loading") ? null : payloadOf(panel.dataset.panel);
  enter({ name: document.title, scenes: scenesHere() }, first, panels.map(payload));
}

document.addEventListener("click", (event) => {
  if (within(event, "#present-open")) presentPage();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "p" || show() || hasModifier(event) || isTyping(event)) return;
  if (find("dialog[open]")) return;
  event.preventDefault();
  presentPage();
});

/* "#present" presents the page; "#scenes=..." offers the list that a link carries. */
function arrive() {
  const hash = location.hash;
  if (hash !== "#present" && !hash.startsWith("#scenes=")) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  if (hash === "#present") enter({ name: document.title, scenes: scenesHere() });
  else decode(hash.slice(8)).then(openScenes, (error) => say(error.message));
}
routed.on(arrive);
window.addEventListener("hashchange", arrive);
