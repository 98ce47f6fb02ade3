import assert from "node:assert/strict";
import test from "node:test";
import * as address from "../../assets/core/address.mjs";

const SUPPORTS = {
  key: "supports",
  path: "/supports",
  name: "Supports",
  takes: ["symbol", "range", "start", "end", "averages", "log"],
};
const OPTIONS = {
  key: "options",
  path: "/options",
  name: "Options",
  takes: ["symbol", "rule", "expiry"],
};
const NOTES = { key: "notes", path: "/", name: "Notes", takes: [] };
const PAGES = [NOTES, SUPPORTS, OPTIONS];

test("a page is found by its path, with or without a slash at its end", () => {
  assert.equal(address.pageAt(PAGES, "/supports/"), SUPPORTS);
  assert.equal(address.pageAt(PAGES, "/"), NOTES);
  assert.equal(address.pageAt(PAGES, "/supports/x"), null);
});

test("an address holds what its page takes and nothing of a newsletter's", () => {
  const params = address.paramsOf(SUPPORTS, "?symbol=%5EGSPC&utm_source=mail&as_of=2025-01-24");
  assert.deepEqual(params, { as_of: "2025-01-24", symbol: "^GSPC" });
  assert.equal(address.addressOf(SUPPORTS, params), "/supports?as_of=2025-01-24&symbol=^GSPC");
  assert.equal(address.addressOf(NOTES, {}), "/");
});

test("an address and its parameters are each other's inverse", () => {
  const symbols = ["SPY", "BRK.B", "^VIX", "ES=F", "A&B", "a b", "50%", "é"];
  for (const symbol of symbols) {
    const params = { symbol, averages: "20,50" };
    const search = address.addressOf(SUPPORTS, params).slice("/supports".length);
    assert.deepEqual(address.paramsOf(SUPPORTS, search), params);
  }
});

test("the process's own date is asked for, unless the address says live", () => {
  assert.deepEqual(address.stateOf({}, "2025-01-24"), { as_of: "2025-01-24" });
  assert.deepEqual(address.stateOf({ as_of: "live" }, "2025-01-24"), {});
  assert.deepEqual(address.stateOf({ as_of: "2020-03-09" }, "2025-01-24"), { as_of: "2020-03-09" });
  assert.deepEqual(address.stateOf({ symbol: "QQQ" }, null), { symbol: "QQQ" });
});

test("a choice is written, a default is left out, and an empty list is said", () => {
  assert.deepEqual(address.choose(SUPPORTS, {}, "log", [], ["1"]), { log: "1" });
  assert.deepEqual(address.choose(SUPPORTS, { log: "1" }, "log", [], []), { log: null });
  assert.deepEqual(address.choose(SUPPORTS, {}, "averages", ["20", "50"], []), {
    averages: "none",
  });
  assert.deepEqual(address.choose(SUPPORTS, {}, "averages", ["20", "50"], ["20", "50"]), {});
});

test("another level studied overrules the average, and choosing the average drops it", () => {
  const page = { ...SUPPORTS, takes: ["level", "other"] };
  assert.equal(address.shownValue("level", { other: "week-low" }, "50"), null);
  const usual = address.choose(page, { other: "week-low" }, "level", "50", "50");
  assert.deepEqual(usual, { other: null, level: null });
});

test("dates overrule a range, and choosing a range drops them", () => {
  const dated = { start: "2024-01-02", end: "2024-06-03" };
  assert.equal(address.shownValue("range", dated, "1y"), null);
  assert.equal(address.shownValue("range", {}, "1y"), "1y");
  assert.deepEqual(address.choose(SUPPORTS, dated, "range", "1y", "1y"), {
    start: null,
    end: null,
    range: null,
  });
  assert.deepEqual(address.choose(SUPPORTS, dated, "range", "1y", null), {});
});

test("an expiry does not follow to another symbol", () => {
  assert.deepEqual(address.choose(OPTIONS, { expiry: "2025-01-31" }, "symbol", "SPY", "QQQ"), {
    expiry: null,
    symbol: "QQQ",
  });
  const own = { symbol: "SPY", expiry: "2025-01-31", as_of: "2025-01-24" };
  assert.deepEqual(address.carried(OPTIONS, own, { symbol: "QQQ" }), { symbol: "QQQ" });
  assert.deepEqual(address.carried(OPTIONS, own, { symbol: "SPY", as_of: "2025-01-23" }), {
    symbol: "SPY",
    expiry: "2025-01-31",
    as_of: "2025-01-23",
  });
  assert.deepEqual(address.carried(NOTES, {}, { symbol: "QQQ" }), {});
});

test("null removes a parameter", () => {
  assert.deepEqual(address.changed({ a: "1", b: "2" }, { a: null, c: "3" }), { b: "2", c: "3" });
  assert.deepEqual(address.differences({ a: "1", b: "2" }, { b: "2", c: "3" }), ["a", "c"]);
});
