/* Presenter mode: one panel at a time on a stage of its own, drawn from payloads held here, so
   that stepping asks nothing of anybody. The pages behind it stand still meanwhile. */
import { worded } from "../core/panels.mjs";
import { config, freeze, isPast } from "../core/page.mjs";
import { element, findAll } from "../core/dom.mjs";
import { newYork } from "../core/format.mjs";
import { liveSnapshot, redraw } from "../core/live.mjs";
import { pulseSoon } from "../core/questions.mjs";
import { say } from "../core/say.mjs";
import { place } from "./lists.mjs";
import { paint, sizeOf, unpaint } from "./paint.mjs";
import { begin, changed, held, raise } from "./state.mjs";

const html = document.documentElement;
const PATIENCE_MS = 90000;
const AGAIN_MS = 5000;
const SAID_MS = 6000;
const MOST_GROWING = 30;
const clock = newYork(
  { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" },
  "en-US",
);

/** @typedef {import("./state.mjs").Show} Show */
/** @typedef {import("./state.mjs").Frame} Frame */

/** @type {Show|null} */
let show = null;
/** Its nodes. @type {any} */
let stage = null;
/** @type {(show: Show) => any} */
let buildStage = () => null;

/** Who makes the nodes of a stage. */
export function builtBy(builder) {
  buildStage = builder;
}

/* ---- what is held ---- */

function frameOf(scene, payload) {
  return {
    scene: scene,
    state: place(scene).state,
    payload: payload || null,
    problem: "",
    growing: 0,
    key: scene.link + "|" + scene.panel,
  };
}

async function ask(frame) {
  const query = new URLSearchParams(Object.assign({}, frame.state, { panel: frame.scene.panel }));
  const reply = await fetch("/panel.json?" + query, {
    signal: AbortSignal.timeout(PATIENCE_MS),
    credentials: "same-origin",
  });
  const payload = await reply.json();
  if (!reply.ok) throw new Error(payload.error);
  return worded(payload);
}

/* Bring a scene up to date; what is held stays when that fails. */
async function refresh(frame) {
  const of = show;
  try {
    const payload = await ask(frame);
    if (show !== of || show.frozen) return;
    show.lost = null;
    frame.problem = "";
    if (frame.payload && frame.payload.version === payload.version) return;
    frame.payload = payload;
    if (show.frames[show.at] === frame) draw();
  } catch (error) {
    if (show !== of || show.frozen) return;
    if (error instanceof TypeError || error.name === "TimeoutError")
      show.lost = show.lost || simulatedClock();
    if (!frame.payload)
      frame.problem = show.lost ? "The server could not be reached." : error.message;
    if (show.frames[show.at] === frame && !frame.payload) draw();
    else tell();
  }
}

/* Every scene once, the one on screen first; then they are held. */
async function warm() {
  const of = show;
  const order = show.frames.map((_, i) => show.frames[(show.at + i) % show.frames.length]);
  const waiting = order.filter((frame) => !frame.payload);
  async function worker() {
    for (let frame; show === of && (frame = waiting.shift());) {
      await refresh(frame);
      tell();
    }
  }
  await Promise.all([worker(), worker()]);
  if (show === of) {
    show.ready = Date.now();
    tell();
  }
}

/* While it runs and is not frozen: the scene on screen, and one other in turn. */
let beating = 0;
async function beat() {
  clearTimeout(beating);
  const of = show;
  if (!show) return;
  const current = show.frames[show.at];
  const grows = current.payload && current.payload.again && current.growing++ < MOST_GROWING;
  beating = window.setTimeout(
    beat,
    grows ? current.payload.again * 1000 : Math.max(AGAIN_MS, config().refresh_seconds * 1000),
  );
  if (show.frozen || !show.ready) return;
  show.turn = (show.turn + 1) % show.frames.length;
  await refresh(current);
  if (show === of && !show.lost) await refresh(show.frames[show.turn]);
}

async function catchUp() {
  const of = show;
  for (const frame of [show.frames[show.at], ...show.frames]) {
    if (show !== of || show.frozen || show.lost) return;
    await refresh(frame);
  }
}

/* ---- what is seen ---- */

function draw() {
  const frame = show.frames[show.at];
  const payload = frame.payload;
  html.classList.toggle("is-past", Boolean(frame.state.as_of));
  stage.kicker.textContent = frame.scene.title;
  stage.kicker.hidden = !frame.scene.title;
  stage.title.textContent = payload ? payload.title : frame.problem || "Getting this scene ready …";
  tell();
  paint(frame, stage);
  redraw();
  changed.send(show);
}

function simulatedClock() {
  const snapshot = liveSnapshot();
  return snapshot && snapshot.speed !== null ? new Date(snapshot.at) : new Date();
}

function state() {
  const frame = show.frames[show.at];
  const chips = [];
  if (show.frozen) chips.push(["FROZEN at " + clock.format(show.frozen), "frozen"]);
  if (frame.payload && frame.payload.simulated) chips.push(["SIMULATED", "warn"]);
  if (frame.payload && /^(STALE|ERROR|NO DATA)/.test(frame.payload.badge.text))
    chips.push([frame.payload.badge.text, "warn"]);
  else if (show.lost || html.classList.contains("is-cut-off"))
    chips.push([
      (frame.payload ? "STALE: " : "") +
        "no connection" +
        (show.lost ? " since " + clock.format(show.lost) : ""),
      "warn",
    ]);
  if (frame.state.as_of) chips.push(["PAST", "accent"]);
  return chips;
}

/** Write the lines at the foot: what the figures are of, and where we are in the list. */
export function tell() {
  if (!show) return;
  const payload = show.frames[show.at].payload;
  const chips = state().map(([text, kind]) => element("b", text, "stamp stamp-" + kind));
  const words = payload ? payload.subtitle.replace(/^SIMULATED, |(· )SIMULATED, /, "$1") : "";
  const signature = chips.map((chip) => chip.textContent).join("|") + words;
  if (stage.stamps.dataset.of !== signature) {
    stage.stamps.dataset.of = signature;
    stage.stamps.replaceChildren(...chips, element("span", words, "stamp-of"));
  }
  const all = show.frames.length;
  const here = held();
  const fresh = Date.now() - show.ready < SAID_MS;
  const complete = fresh ? "All " + all + (all === 1 ? " scene" : " scenes") + " ready" : "";
  const growing = "Scene " + Math.min(all, here + 1) + " of " + all + " getting ready";
  if (!show.ready) stage.ready.textContent = growing;
  else stage.ready.textContent = here < all ? here + " of " + all + " scenes ready" : complete;
  stage.count.textContent = show.at + 1 + " / " + all;
  [...stage.dots.children].forEach((dot, i) => {
    dot.classList.toggle("is-held", Boolean(show.frames[i].payload));
    if (i === show.at) dot.setAttribute("aria-current", "step");
    else dot.removeAttribute("aria-current");
  });
  html.classList.toggle("is-blank", show.blank);
  for (const button of stage.tools.querySelectorAll("[aria-pressed]")) {
    button.setAttribute("aria-pressed", String(Boolean(show[button.dataset.shows])));
  }
}

/* ---- what can be done ---- */

export function to(at) {
  if (!show || at < 0 || at >= show.frames.length || at === show.at) return;
  show.at = at;
  show.blank = false;
  draw();
}

export const step = (by) => to(show.at + by);

function setFrozen(on) {
  show.frozen = on ? simulatedClock() : null;
  freeze(on);
  tell();
  changed.send(show);
  if (!on) catchUp();
}

/** Turn a switch of the show: frozen, blank, laser, drawing, help. */
export function toggle(name) {
  if (name === "frozen") {
    setFrozen(!show.frozen);
    return;
  }
  show[name] = !show[name];
  if (name === "laser" && show.laser) show.drawing = false;
  if (name === "drawing" && show.drawing) show.laser = false;
  tell();
  changed.send(show);
}

function framesOf(list, payloads) {
  try {
    return list.scenes.map((scene, i) => frameOf(scene, payloads[i]));
  } catch (error) {
    say(error.message);
    return null;
  }
}

/**
 * Present a list of scenes.
 * @param {{name: string, scenes: import("./state.mjs").Scene[]}} list
 * @param {number} [at] where to begin
 * @param {any[]} [payloads] that are here already, by scene
 */
export function enter(list, at = 0, payloads = []) {
  if (show) leave();
  const frames = framesOf(list, payloads);
  if (!frames) return;
  if (!frames.length) {
    say("There is nothing here to present.");
    return;
  }
  if (document.fullscreenElement) document.exitFullscreen();
  for (const dialog of findAll("dialog[open]")) dialog.close();
  const before = { focus: document.activeElement, y: window.scrollY, past: isPast() };
  const off = {
    frozen: null,
    blank: false,
    laser: false,
    drawing: false,
    notes: false,
    help: false,
  };
  const began = { began: Date.now(), turn: 0, ready: 0, lost: null };
  const first = Math.min(at, frames.length - 1);
  show = { name: list.name, frames, at: first, ...began, ...off, before };
  begin(show);
  html.classList.add("is-presenting");
  stage = buildStage(show);
  raise(stage);
  document.body.append(stage.root);
  stage.root.focus();
  sizes.observe(stage.content);
  draw();
  show.ticking = window.setInterval(tell, 1000);
  beat();
  warm();
}

export function leave() {
  if (!show) return;
  const before = show.before;
  clearInterval(show.ticking);
  clearTimeout(beating);
  if (show.frozen) freeze(false);
  show = null;
  begin(null);
  changed.send(null);
  sizes.disconnect();
  unpaint();
  stage.root.remove();
  stage = null;
  raise(null);
  html.classList.remove("is-presenting", "is-blank");
  html.classList.toggle("is-past", before.past);
  if (document.fullscreenElement) document.exitFullscreen();
  window.scrollTo(0, before.y);
  window.dispatchEvent(new Event("resize"));
  if (before.focus && before.focus.isConnected) before.focus.focus({ preventScroll: true });
  pulseSoon();
}

function drawAgain() {
  if (show) draw();
}

let sizing = 0;
function resized() {
  clearTimeout(sizing);
  if (show) sizing = window.setTimeout(drawAgain, 60);
}
window.addEventListener("resize", resized);
/* A stamp that comes or goes can take a line at the foot. */
const sizes = new ResizeObserver(([entry]) => {
  const box = /** @type {HTMLElement} */ (entry.target);
  if (box.dataset.drawn !== sizeOf(box)) resized();
});
new MutationObserver(drawAgain).observe(html, {
  attributes: true,
  attributeFilter: ["data-theme"],
});
