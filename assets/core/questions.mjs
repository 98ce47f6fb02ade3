/* Questions to the server. Each is written into a store by Dash's public `set_props`; Dash calls the
   server with it and hands the answer to `answered`. Of pages the one on screen is asked for: when
   its state changes, with each pulse, and for what was still to come. */
import { find } from "./dom.mjs";
import { config, isFrozen, isPast, isStill, Signal, thawed } from "./page.mjs";

/** @type {Map<string, (answer: any) => void>} */
const receivers = new Map();
/** @type {Map<string, object>} */
const waiting = new Map(); // questions asked before Dash was there, or while the page is frozen
let isMounted = false;

const setProps = (id, props) => window.dash_clientside.set_props(id, props);

/** Ask; a question that has not gone out is replaced by the next of its name. */
export function put(name, question) {
  if (isMounted && !isFrozen()) setProps("question-" + name, { data: question });
  else waiting.set(name, question);
}

/** Who receives the answers to questions of that name. */
export function receive(name, receiver) {
  receivers.set(name, receiver);
}

function sendWaiting() {
  if (!isMounted || isFrozen()) return;
  for (const [name, question] of waiting) setProps("question-" + name, { data: question });
  waiting.clear();
}

/** Dash calls this once its stores take questions. */
export function mounted() {
  isMounted = true;
  sendWaiting();
}

/** Dash calls this with each answer. */
export function answered(name, answer) {
  const receiver = receivers.get(name);
  if (receiver && answer) receiver(answer);
}

thawed.on(sendWaiting);

/* ---- pages ---- */

/** @typedef {{page: string, payloads: Record<string, any>}} Answer payloads by the panels' names */
/**
 * @typedef {Object} Asked
 * @property {number} since when it was asked
 * @property {boolean} open not answered yet
 */

const LOST_MS = 15000; // after which a question that nobody answered is asked again
const SOON_MS = 50;

/** Raised with each answer. @type {Signal<Answer>} */
export const received = new Signal();

/** @type {Record<string, Record<string, string>>} */
const states = {}; // page key -> what the server is asked with
/** @type {Record<string, Asked>} */
const asked = {};
/** @type {Record<string, Record<string, string>>} */
const versions = {}; // page key -> panel -> version of the payload that is here
let turns = 0;
/** @type {string|null} */
let onScreen = null;

const hasPanels = (page) => Boolean(find("#page-" + page + " [data-panel]"));

/** Whether a question about any page waits for its answer. */
export const busy = () => Object.keys(asked).some(isOpen);

function isOpen(page) {
  const question = asked[page];
  return Boolean(question) && question.open && Date.now() - question.since < LOST_MS;
}

/** @param {string} page @param {string[]} [only] the panels wanted; all when left out */
function send(page, only = undefined) {
  turns += 1;
  const mine = (asked[page] = { since: Date.now(), open: true });
  const question = { turn: turns, state: states[page] || {}, seen: versions[page] || {} };
  const first = turns === 1 && window.holdline.first; // asked for before this module was here
  if (!first) put(page, only ? { ...question, only } : question);
  else {
    first.then((answer) => {
      if (answer && answersNow(page, answer)) take(page, answer);
      else if (asked[page] === mine) put(page, question);
    });
  }
}

/** Whether an answer is to what is asked now. */
const answersNow = (page, answer) =>
  Boolean(asked[page]) && JSON.stringify(answer.state) === JSON.stringify(states[page] || {});

function take(page, answer) {
  if (!answersNow(page, answer)) return; // another is asked for by now
  asked[page].open = false;
  versions[page] = versions[page] || {};
  for (const [name, payload] of Object.entries(answer.payloads)) {
    versions[page][name] = payload.version;
  }
  if (answer.pending.length && !isStill()) send(page, answer.pending);
  received.send({ page, payloads: answer.payloads });
}

/** The state last asked for, or null. */
export const stateAsked = (page) => states[page] || null;

/** Ask for a page in a state, unless it was asked for in that state last; whether it was. */
export function askIn(page, state) {
  const same = JSON.stringify(states[page]) === JSON.stringify(state);
  states[page] = state;
  if (!same && hasPanels(page)) send(page);
  return !same;
}

/** Which page is looked at, or null; questions go on for that one alone. */
export function lookAt(page) {
  onScreen = page;
}

let beats = 0;
let stripState = {};

function pulse(page) {
  if (hasPanels(page)) send(page);
}

function askStrip() {
  beats += 1;
  put("strip", { state: stripState, beat: beats });
}

/** Ask for the status strip at a moment. */
export function stripAt(state) {
  if (beats && JSON.stringify(state) === JSON.stringify(stripState)) return;
  stripState = state;
  askStrip();
}

/* The pulse: only for the page on screen, only now, only while the tab is seen, and never
   on top of a question that is still being answered. */
function beat() {
  if (document.hidden || onScreen === null || busy() || isPast() || isStill()) return;
  pulse(onScreen);
  askStrip();
}

export const pulseSoon = () => setTimeout(beat, SOON_MS);

/** Ask for a page again, whatever the date shown; only while it is on screen. */
export function ask(page) {
  if (page !== onScreen || document.hidden || isStill() || isOpen(page)) return;
  pulse(page);
}

/** Begin to follow the present. */
export function beginPulse() {
  for (const { key } of config().pages) receive(key, (answer) => take(key, answer));
  setInterval(beat, Math.max(1, config().refresh_seconds) * 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) beat();
  });
}
