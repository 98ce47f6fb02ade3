import assert from "node:assert/strict";
import test from "node:test";

import {
  added,
  heightOf,
  moved,
  priceAt,
  read,
  rounded,
  under,
  without,
} from "../../assets/pages/own_level_list.mjs";

/** @type {import("../../assets/pages/own_level_list.mjs").PriceAxis} */
const plot = { top: 100, height: 200, range: [590, 610], log: false };

test("what is no price is not taken from storage", () => {
  assert.deepEqual(read('{"SPY":[590,"x",-1,600,590],"QQQ":[],"X":5}'), { SPY: [600, 590] });
  assert.deepEqual(read("nonsense"), {});
  assert.deepEqual(read(null), {});
});

test("prices are added once, moved and removed, the highest first", () => {
  assert.deepEqual(added([590], 600), [600, 590]);
  assert.deepEqual(added([590], 590), [590]);
  assert.deepEqual(added([590], NaN), [590]);
  assert.deepEqual(moved([600, 590], 590, 605), [605, 600]);
  assert.deepEqual(moved([600, 590], 590, 0), [600, 590]);
  assert.deepEqual(without([600, 590], 600), [590]);
});

test("a symbol has at most twelve", () => {
  const full = Array.from({ length: 12 }, (_, i) => 100 - i);
  assert.deepEqual(added(full, 200), full);
});

test("a height of the plot is a price, and back", () => {
  assert.equal(priceAt(plot, 100), 610);
  assert.equal(priceAt(plot, 250), 595);
  assert.equal(heightOf(plot, 595), 250);
  /** @type {import("../../assets/pages/own_level_list.mjs").PriceAxis} */
  const logs = { ...plot, range: [2, 3], log: true };
  assert.equal(priceAt(logs, 100), 1000);
  assert.ok(Math.abs(heightOf(logs, 100) - 300) < 1e-9);
});

test("the line under the pointer is the nearest, and none is far away", () => {
  assert.equal(under(plot, [600, 599.7], 203), 599.7);
  assert.equal(under(plot, [600], 207), undefined);
  assert.equal(under(plot, [], 200), undefined);
});

test("prices are kept in cents, small ones more finely", () => {
  assert.equal(rounded(603.456), 603.46);
  assert.equal(rounded(1.23456), 1.2346);
});
