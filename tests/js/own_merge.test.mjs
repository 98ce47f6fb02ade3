import assert from "node:assert/strict";
import test from "node:test";
import { allLevels, allLists, allScans, counted } from "../../assets/pages/own_merge.mjs";

test("the account's list of a name wins, others come along, up to twelve", () => {
  const theirs = [{ name: "Tech", symbols: "QQQ" }];
  const mine = [
    { name: "Tech", symbols: "SPY" },
    { name: "Banks", symbols: "JPM" },
  ];
  assert.deepEqual(allLists(theirs, mine), [theirs[0], mine[1]]);
  const many = Array.from({ length: 14 }, (_, n) => ({ name: String(n), symbols: "SPY" }));
  assert.equal(allLists(theirs, many).length, 12);
  assert.deepEqual(allLists(theirs, "no list"), theirs);
});

test("levels of both are joined without doubles, the highest first", () => {
  const joined = allLevels({ SPY: [600, 590] }, { SPY: [595, 590], QQQ: [500] });
  assert.deepEqual(joined, { SPY: [600, 595, 590], QQQ: [500] });
  const twelve = Array.from({ length: 12 }, (_, n) => n + 1);
  assert.equal(allLevels({ SPY: twelve }, { SPY: [99] }).SPY.includes(99), false);
});

test("nothing held counts nothing", () => {
  assert.deepEqual([counted([]), counted({}), counted(null), counted({ SPY: [1] })], [0, 0, 0, 1]);
});

test("scans of the account stand before those of the browser, each name once", () => {
  const theirs = [{ name: "falls", query: "status=under" }];
  const mine = [{ name: "falls", query: "x" }, { name: "mine", query: "band=1" }, { bad: 1 }];
  const joined = allScans(theirs, mine);
  assert.deepEqual(joined, [theirs[0], mine[1]]);
  assert.deepEqual(allScans(theirs, "nonsense"), theirs);
});
