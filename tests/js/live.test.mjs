import assert from "node:assert/strict";
import test from "node:test";
import { isOlder, moves, pause, untilNext } from "../../assets/core/live_poll.mjs";
import {
  direction,
  firstChange,
  liveValue,
  statusChanges,
  symbolOf,
} from "../../assets/core/live_values.mjs";

const AT = "2025-01-27T14:31:00Z";

/** @returns {any} */
const snapshot = (changes) => ({
  sequence: 5,
  epoch: "a",
  at: AT,
  phase: "open",
  speed: null,
  feed: { mode: "stream" },
  ...changes,
});

test("within one leader a smaller sequence is older", () => {
  assert.ok(isOlder(snapshot({ sequence: 4 }), snapshot({})));
  assert.ok(!isOlder(snapshot({ sequence: 5 }), snapshot({})));
  assert.ok(!isOlder(snapshot({ sequence: 6 }), snapshot({})));
});

test("after a leader that began anew the exchange's time decides", () => {
  const later = { sequence: 1, epoch: "b", at: "2025-01-27T14:32:00Z" };
  assert.ok(!isOlder(snapshot(later), snapshot({})));
  assert.ok(isOlder(snapshot({ sequence: 1, epoch: "b" }), snapshot({})));
});

test("a simulated clock may go back with a new leader", () => {
  const again = { sequence: 1, epoch: "b", at: "2025-01-27T14:30:00Z", speed: 10 };
  assert.ok(!isOlder(snapshot(again), snapshot({ speed: 10 })));
});

test("a poll waits only where news comes", () => {
  assert.ok(moves(snapshot({})));
  assert.ok(!moves(null));
  assert.ok(!moves(snapshot({ phase: "closed" })));
  assert.ok(!moves(snapshot({ speed: 0 })));
  assert.ok(!moves(snapshot({ feed: { mode: "none" } })));
  assert.ok(!moves(snapshot({ feed: { mode: "connecting" } })));
});

test("polls that do not wait are spaced by what is going on", () => {
  assert.equal(pause(null), 1000);
  assert.equal(pause(snapshot({ phase: "pre-market" })), 2000);
  assert.equal(pause(snapshot({ phase: "closed" })), 30000);
  assert.equal(pause(snapshot({ phase: "closed", speed: 60 })), 2000);
  assert.equal(pause(snapshot({ speed: 0 })), 2000);
  assert.equal(pause(snapshot({ feed: { mode: "none" } })), 60000);
});

test("after a poll that waited the next goes out at once, at most four a second", () => {
  assert.equal(untilNext(snapshot({}), 0, true, 100, 0.5), 150);
  assert.equal(untilNext(snapshot({}), 0, true, 8000, 0.5), 0);
});

test("failures double the wait up to half a minute, and viewers come back apart", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 30].map((n) => untilNext(null, n, false, 0, 0.5));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  assert.equal(untilNext(null, 1, false, 0, 0), 750);
  assert.equal(untilNext(null, 1, false, 0, 1), 1250);
});

/** @type {any} */
const QUOTES = {
  "BRK.B": {
    price: 467.5,
    change_pct: -1.234,
    time: "2025-01-27T14:31:05Z",
    volume: 1234567,
    pre: false,
    withheld: null,
    support: "50-DMA",
    next_support: null,
    levels: {
      "50-DMA": { price: 460.123, status: "testing", distance_pct: -1.578, distance_atr: 0.25 },
    },
    decimals: 2,
    prefix: "$",
    suffix: "",
  },
};

test("a key names a symbol, a field and a level", () => {
  assert.equal(symbolOf("BRK.B.distance:50-DMA"), "BRK.B");
  assert.equal(liveValue("BRK.B.price", QUOTES).text, "$467.50");
  assert.equal(liveValue("BRK.B.change_pct", QUOTES).text, "\u22121.23%");
  assert.equal(liveValue("BRK.B.time", QUOTES).text, "09:31:05");
  assert.equal(liveValue("BRK.B.volume", QUOTES).text, "1\u2009234\u2009567");
  assert.equal(liveValue("BRK.B.distance:50-DMA", QUOTES).text, "\u22121.58%");
  assert.equal(liveValue("BRK.B.distance_atr:50-DMA", QUOTES).text, "+0.3\u2009ATR");
  assert.equal(liveValue("BRK.B.next_support", QUOTES).text, "\u2013");
});

test("a status is a word, a sign and a class", () => {
  assert.deepEqual(liveValue("BRK.B.status:50-DMA", QUOTES), {
    value: "testing",
    text: "◐ testing",
    chip: "chip chip-near",
  });
  const early = { X: { ...QUOTES["BRK.B"], pre: true } };
  assert.equal(liveValue("X.status:50-DMA", early).text, "PRE");
});

test("what is not known is left as it stands, what is withheld says why", () => {
  assert.equal(liveValue("SPY.price", QUOTES), null);
  assert.equal(liveValue("BRK.B.nonsense", QUOTES), null);
  assert.equal(liveValue("BRK.B.level:9-DMA", QUOTES), null);
  const split = { X: { ...QUOTES["BRK.B"], levels: {}, withheld: "a split" } };
  assert.equal(liveValue("X.level:50-DMA", split).why, "a split");
});

test("a direction is told by its sign", () => {
  assert.deepEqual([2, -0.01, 0].map(direction), ["up", "down", "flat"]);
});

test("the digits that changed begin where two prices differ", () => {
  assert.equal(firstChange("596.84", "596.91"), 4);
  assert.equal(firstChange("599.99", "600.01"), 0);
  assert.equal(firstChange("9.99", "10.01"), 0);
  assert.equal(firstChange("10.00", "10.00"), 5);
});

test("after the close a status has the number that it is of", () => {
  const level = { price: 597.0, session_level: 596.3, status: "held" };
  const quote = { ...QUOTES["BRK.B"], final: true, decimals: 2, prefix: "", suffix: "" };
  const shown = (changes, final) =>
    liveValue("X.status:50-DMA", {
      X: { ...quote, final, levels: { "50-DMA": { ...level, ...changes } } },
    });
  assert.equal(shown({}, true).text, "● held 596.30");
  assert.equal(shown({}, true).value, "held");
  assert.equal(shown({ price: 596.3 }, true).text, "● held");
  assert.equal(shown({ status: "testing" }, false).text, "◐ testing");
});

test("a status is said when it changes, once, and not at first sight", () => {
  const key = "BRK.B.status:50-DMA";
  const quotes = (status) => {
    const quote = QUOTES["BRK.B"];
    return { "BRK.B": { ...quote, levels: { "50-DMA": { ...quote.levels["50-DMA"], status } } } };
  };
  const first = statusChanges([key, key], quotes("testing"), {});
  assert.deepEqual(first.changes, []);
  const broken = statusChanges([key, key], quotes("broken"), first.now);
  assert.deepEqual(broken.changes, ["BRK.B: 50-DMA broken."]);
  assert.deepEqual(statusChanges([key], quotes("broken"), broken.now).changes, []);
  const unknown = statusChanges([key], quotes(null), broken.now);
  assert.deepEqual(statusChanges([key], quotes("broken"), unknown.now).changes, []);
});
