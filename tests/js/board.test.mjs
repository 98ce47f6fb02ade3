import assert from "node:assert/strict";
import test from "node:test";

import { ago, move, topOf } from "../../assets/pages/board_place.mjs";

test("a price stands at its height, one off the axis at the nearer edge", () => {
  assert.equal(topOf(595, 590, 600), 50);
  assert.equal(topOf(600, 590, 600), 0);
  assert.equal(topOf(700, 590, 600), 0);
  assert.equal(topOf(500, 590, 600), 100);
});

test("minutes that have passed are counted whole, and never below none", () => {
  assert.equal(ago("2025-01-27T18:50:59+00:00", "2025-01-27T16:31:00+00:00"), "139 min ago");
  assert.equal(ago("2025-01-27T16:30:00+00:00", "2025-01-27T16:31:00+00:00"), "0 min ago");
});

test("a price that is new or the same has not moved", () => {
  assert.equal(move(undefined, 5), "");
  assert.equal(move(5, 5), "");
  assert.equal(move(5, 5.01), "up");
  assert.equal(move(5, 4.99), "down");
});
