import assert from "node:assert/strict";
import test from "node:test";

import { bulletPlace } from "../../assets/pages/bullet_place.mjs";
import { readoutParts } from "../../assets/pages/readout_words.mjs";
import { kept, listOf, movedTo, without } from "../../assets/pages/watchlist_names.mjs";

test("a list of the same name is replaced in its place", () => {
  const lists = kept(kept([], "one", "SPY"), "two", "QQQ");
  assert.deepEqual(kept(lists, "one", "DIA"), [
    { name: "one", symbols: "DIA" },
    { name: "two", symbols: "QQQ" },
  ]);
  assert.deepEqual(without(lists, "one"), [{ name: "two", symbols: "QQQ" }]);
});

test("what is no list is not taken from storage", () => {
  assert.equal(listOf({ name: "one" }), false);
  assert.equal(listOf(null), false);
  assert.equal(listOf({ name: "one", symbols: "SPY" }), true);
});

test("the oldest list goes when there are too many", () => {
  let lists = [];
  for (let i = 0; i < 13; i++) lists = kept(lists, "list " + i, "SPY");
  assert.equal(lists.length, 12);
  assert.equal(lists[0].name, "list 1");
});

test("a symbol is moved within its list, at most to an end", () => {
  assert.deepEqual(movedTo(["A", "B", "C"], "A", 2), ["B", "C", "A"]);
  assert.deepEqual(movedTo(["A", "B", "C"], "C", 0), ["C", "A", "B"]);
  assert.deepEqual(movedTo(["A", "B", "C"], "B", -1), ["B", "A", "C"]);
  assert.deepEqual(movedTo(["A", "B", "C"], "B", Infinity), ["A", "C", "B"]);
});

test("a bullet stands right of its level while the price is above it", () => {
  assert.equal(bulletPlace(0), 50);
  assert.equal(bulletPlace(-1), 75);
  assert.equal(bulletPlace(1), 25);
  assert.equal(bulletPlace(-9), 100);
});

test("a candle is read out as open, high, low and close of its day", () => {
  const candle = { x: "2025-01-27", open: 594.81, high: 599, low: 594.6, close: 597.2 };
  const average = { x: "2025-01-27", y: 596.3, data: { name: "50-DMA" } };
  const parts = readoutParts([{ ...candle, data: { type: "candlestick" } }, average]);
  assert.deepEqual(
    parts.map(({ name, text }) => (name + " " + text).trim()),
    ["Mon 27 Jan 2025", "O 594.81", "H 599.00", "L 594.60", "C 597.20", "50\u2011DMA 596.30"],
  );
});

test("a minute is read out by its time", () => {
  const [time] = readoutParts([{ x: "2025-01-27 13:49:00", y: 597, data: { name: "SPY" } }]);
  assert.equal(time.text, "13:49");
});
