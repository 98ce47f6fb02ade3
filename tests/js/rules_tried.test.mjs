import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST, marketOf, othersOf, ruleOf, withTried } from "../../assets/pages/rules_tried.mjs";

test("a rule is what differs from the default, in one order", () => {
  assert.equal(ruleOf({ m: "5", n: "20", symbol: "SPY", tried: "x" }), "n=20&m=5");
  assert.equal(ruleOf({ symbol: "SPY" }), "");
});

test("a market is its symbol or its group, however it is written", () => {
  const spy = marketOf({});
  for (const params of [
    { symbol: "SPY" },
    { symbol: " spy" },
    { group: "one" },
    { end: "2025-01-24" },
    { start: "2020-01-01", as_of: "2025-01-24" },
  ])
    assert.equal(marketOf(params), spy);
  assert.notEqual(marketOf({ symbol: "QQQ" }), spy);
  assert.equal(marketOf({ symbol: "brk.b" }), marketOf({ symbol: "BRK-B" }));
  assert.equal(marketOf({ group: "sectors", symbol: "QQQ" }), marketOf({ group: "sectors" }));
  assert.notEqual(marketOf({ group: "sectors" }), spy);
});

test("a rule tried again counts once", () => {
  let tried = withTried({}, "A", "n=20");
  tried = withTried(tried, "A", "n=50");
  tried = withTried(tried, "A", "n=20");
  assert.deepEqual(tried, { A: ["n=50", "n=20"] });
});

test("those of other markets are counted apart", () => {
  const tried = withTried(withTried(withTried({}, "A", "n=20"), "B", "n=20"), "B", "");
  assert.equal(othersOf(tried, "A"), 2);
  assert.equal(othersOf(tried, "B"), 1);
  assert.equal(othersOf(tried, "C"), 3);
});

test("no more are kept than the server takes", () => {
  let tried = {};
  for (let n = 2; n < MOST + 10; n++) tried = withTried(tried, "A", "n=" + n);
  assert.equal(tried.A.length, MOST);
  assert.equal(tried.A[MOST - 1], "n=" + (MOST + 9));
});
