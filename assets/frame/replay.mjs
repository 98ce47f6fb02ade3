/* The moment shown: its fields in the header, and the banner with steps and play. */
import { config } from "../core/page.mjs";
import { byId, element, find, hasModifier, isTyping, within } from "../core/dom.mjs";
import { asOfText, timeTyped } from "../core/format.mjs";
import { busy } from "../core/questions.mjs";
import { change, routed } from "../core/router.mjs";
import { store, stored } from "../core/storage.mjs";
import { dayIn, holdsDay, onTyped, refuse, showDay } from "./dates.mjs";

const SIZES = [
  ["1m", "1 min"],
  ["5m", "5 min"],
  ["15m", "15 min"],
  ["30m", "30 min"],
  ["1s", "session"],
];
const PLAY_MS = 1200;
const LOOK_MS = 100;
const SIZE_KEY = "holdline-replay-step";

let asOf = "";
let playing = false;
let timer = 0;
let moving = false;

const size = () => byId("replay-size").value;
const back = (by) => "-" + by;
const live = () => (config().as_of ? "live" : null);

const dayField = find("input", byId("as-of-slot"));
const minuteField = byId("as-of-minute");

/** What the server says; asked by few, so the first paint does without what asks it. */
const asked = async (address) => (await import("../core/http.mjs")).send(address);

/** @param {string} minute */
function showMoment(minute) {
  const day = dayIn(dayField);
  const at = day && minute ? day + "T" + minute : day;
  change({ as_of: at || live() });
}
holdsDay(dayField, () => showMoment(timeTyped(minuteField.value) || ""));
onTyped(minuteField, (text) => {
  const minute = text.trim() ? timeTyped(text) : "";
  if (minute !== null) showMoment(minute);
  else {
    refuse("Not a time: " + text + ". Write it as 10:15.");
    showFields();
  }
});

function showFields() {
  showDay(dayField, asOf.slice(0, 10));
  minuteField.value = asOf.slice(11);
  minuteField.hidden = !asOf;
  byId("as-of-live").setAttribute("aria-pressed", String(!asOf));
  byId("replay-start").hidden = Boolean(asOf);
}

function button(id, label, text, act) {
  const made = element("button", text);
  made.type = "button";
  made.id = id;
  made.title = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function chooser() {
  const chosen = element("select");
  chosen.id = "replay-size";
  chosen.setAttribute("aria-label", "Step");
  for (const [value, text] of SIZES) chosen.append(new Option(text, value));
  chosen.value = stored(SIZE_KEY) || "5m";
  if (!chosen.value) chosen.value = "5m";
  chosen.addEventListener("change", () => store(SIZE_KEY, chosen.value));
  return chosen;
}

function buildBanner(banner) {
  const bar = element("div");
  bar.id = "replay";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Replay");
  bar.append(
    button("replay-session-back", "One session back (<)", "«", () => step(back("1s"))),
    button("replay-back", "One step back (,)", "‹", () => step(back(size()))),
    button("replay-play", "Play (k)", "Play", () => play(!playing)),
    button("replay-on", "One step on (.)", "›", () => step(size())),
    button("replay-session-on", "One session on (>)", "»", () => step("1s")),
    chooser(),
  );
  const line = element("span");
  line.id = "replay-told";
  line.setAttribute("role", "status");
  find("span", banner).after(bar, line);
}

function tell(text) {
  const line = byId("replay-told");
  if (line) line.textContent = text;
}

/**
 * Whether there was a step to take, and it was taken.
 * @param {string} by
 * @param {() => boolean} [wanted] asked once the answer is here: a pause drops the step on its way
 */
async function step(by, wanted = () => true) {
  if (moving || !asOf) return false;
  moving = true;
  tell("");
  try {
    const address = "/replay/step?as_of=" + encodeURIComponent(asOf) + "&by=" + by;
    const to = (await asked(address)).as_of;
    if (!wanted()) return false;
    if (to === null) tell("There is nothing later yet.");
    else change({ as_of: to }, true);
    return to !== null;
  } catch (error) {
    tell(error.message);
    return false;
  } finally {
    moving = false;
  }
}

function play(on) {
  playing = on && Boolean(asOf);
  clearTimeout(timer);
  const shown = byId("replay-play");
  if (shown) {
    shown.textContent = playing ? "Pause" : "Play";
    shown.setAttribute("aria-pressed", String(playing));
    shown.setAttribute("aria-label", playing ? "Pause (k)" : "Play (k)");
  }
  if (playing) turn();
}

/** The next step waits until the one before has been answered and could be looked at. */
async function turn() {
  const began = Date.now();
  if (!document.hidden && !(await step(size(), () => playing))) {
    play(false);
    return;
  }
  const wait = () => {
    if (!playing) return;
    const early = busy() || document.hidden || Date.now() - began < PLAY_MS;
    if (early) timer = window.setTimeout(wait, LOOK_MS);
    else turn();
  };
  timer = window.setTimeout(wait, LOOK_MS);
}

function showBanner() {
  const banner = byId("as-of-banner");
  if (!banner) return;
  if (!byId("replay")) buildBanner(banner);
  banner.hidden = !asOf;
  if (!asOf) {
    play(false);
    return;
  }
  const later = element("span", ". Nothing later is used.", "as-of-later");
  const known = asOfText(asOf) !== asOf; // an address may hold anything
  find("span", banner).replaceChildren(
    known ? "As of " + asOfText(asOf) : "No such moment",
    ...(known ? [later] : []),
  );
}

async function start() {
  const reply = await asked("/replay/start").catch(() => null); // nothing to replay: the button stays
  if (reply && reply.as_of) change({ as_of: reply.as_of });
}

routed.on((route) => {
  if (!route.page) return;
  asOf = route.as_of;
  showFields();
  showBanner();
});

document.addEventListener("click", (event) => {
  if (within(event, "#replay-start")) start();
  if (within(event, "#as-of-live, #as-of-return")) change({ as_of: live() });
});

const KEYS = {
  ",": () => step(back(size())),
  ".": () => step(size()),
  "<": () => step(back("1s")),
  ">": () => step("1s"),
  k: () => play(!playing),
};
document.addEventListener("keydown", (event) => {
  if (isTyping(event) || hasModifier(event) || !asOf || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
