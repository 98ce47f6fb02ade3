/* When to ask for the next snapshot, and which of two is the newer. Pure. */

/** @typedef {import("./live_values.mjs").LiveSnapshot} LiveSnapshot */

const WAIT_MS = { open: 1000, "pre-market": 2000, closed: 30000 };
const NO_FEED_MS = 60000;
const PAUSED_MS = 2000;
const SPACING_MS = 250; // an eye takes in no more than four changes a second
const LONGEST_MS = 30000;

/** While nothing is known. */
export const LOOK_MS = 1000;

/**
 * Within one leading process sequences only grow: an older answer of a slower worker is older. The
 * next leader goes on from there, or, on a shared state that was lost, from the beginning: then the
 * exchange's own time tells, which goes back in a simulation alone.
 * @param {LiveSnapshot} snapshot
 * @param {LiveSnapshot} known
 */
export function isOlder(snapshot, known) {
  if (snapshot.sequence >= known.sequence) return false;
  if (snapshot.epoch === known.epoch) return true;
  return snapshot.speed === null && Date.parse(snapshot.at) <= Date.parse(known.at);
}

/** Whether news is to be expected soon, so that a poll may wait for it. @param {LiveSnapshot|null} snapshot */
export function moves(snapshot) {
  if (!snapshot || snapshot.phase === "closed" || snapshot.speed === 0) return false;
  return !["connecting", "none"].includes(snapshot.feed.mode);
}

/** Between two polls, in milliseconds, when none waits. @param {LiveSnapshot|null} snapshot */
export function pause(snapshot) {
  if (!snapshot || snapshot.feed.mode === "connecting") return LOOK_MS;
  if (snapshot.feed.mode === "none") return NO_FEED_MS;
  if (snapshot.speed === 0) return PAUSED_MS;
  // a simulated day that is over may be played again by anybody
  if (snapshot.phase === "closed" && snapshot.speed !== null) return PAUSED_MS;
  return WAIT_MS[snapshot.phase] || LOOK_MS;
}

/**
 * Until the next poll, in milliseconds.
 * @param {LiveSnapshot|null} snapshot
 * @param {number} failures in a row
 * @param {boolean} waited the last poll waited for news
 * @param {number} took milliseconds of the last poll
 * @param {number} random in 0..1: viewers cut off together do not come back together
 */
export function untilNext(snapshot, failures, waited, took, random) {
  if (failures) return Math.min(LONGEST_MS, 1000 * 2 ** (failures - 1)) * (0.75 + random / 2);
  if (!waited || !moves(snapshot)) return pause(snapshot);
  return Math.max(0, SPACING_MS - took);
}
