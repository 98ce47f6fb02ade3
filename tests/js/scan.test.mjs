/* Rows of the scan: filters, order, ticks; saved scans. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  keptScans,
  lostBy,
  nameFault,
  queryOf,
  renameFault,
  renamed,
  scanName,
  scanOf,
} from "../../assets/pages/scan_names.mjs";
import {
  compareKeys,
  filterOf,
  filtersSet,
  followQuote,
  merge,
  passes,
  relaxed,
  sortKey,
} from "../../assets/pages/scan_rows.mjs";

/** @param {object} changes @returns {any} */
const row = (changes = {}) => ({
  symbol: "NVDA",
  sector: "XLK",
  price: 118.42,
  change_pct: -16.97,
  level_name: "50-DMA",
  level: 139.54,
  status: "under",
  distance_pct: 17.83,
  distance_atr: 3,
  distance_sigma: 5,
  event: "gap-down",
  first_touch: false,
  families: 1,
  hold: null,
  live: true,
  ...changes,
});

test("each filter of the address lets its rows pass", () => {
  /** @type {[Record<string, string>, boolean][]} */
  const cases = [
    [{}, true],
    [{ status: "under" }, true],
    [{ status: "held" }, false],
    [{ sector: "XLF" }, false],
    [{ kind: "touch" }, false],
    [{ kind: "gap-down", sector: "XLK" }, true],
    [{ first: "1" }, false],
    [{ cluster: "1" }, false],
    [{ band: "2" }, false],
    [{ band: "nonsense" }, true],
  ];
  for (const [params, wanted] of cases) assert.equal(passes(row(), filterOf(params)), wanted);
  assert.equal(passes(row({ distance_atr: null }), filterOf({ band: "1" })), false);
  assert.equal(passes(row({ distance_atr: -0.4 }), filterOf({ band: "0.5" })), true);
  assert.equal(
    passes(row({ families: 2, first_touch: true }), filterOf({ cluster: "1", first: "1" })),
    true,
  );
});

test("five thousand rows are filtered within 50 ms", () => {
  const many = Array.from({ length: 5000 }, (_, i) =>
    row({ symbol: "S" + i, distance_atr: (i % 100) / 20, status: i % 3 ? "under" : "held" }),
  );
  const filter = filterOf({ status: "under", band: "1", sector: "XLK" });
  const began = performance.now();
  const shown = many.filter((one) => passes(one, filter));
  assert.ok(performance.now() - began < 50);
  assert.equal(shown.length, many.filter((one, i) => i % 3 && (i % 100) / 20 <= 1).length);
});

test("where no row passes, each filter that may be dropped alone is counted", () => {
  const rows = [
    row({ status: "held", sector: "XLF", distance_atr: 0.1 }), // another sector alone
    row({ status: "held", sector: "XLF", distance_atr: -0.5 }), // likewise
    row({ status: "under", distance_atr: 0.2 }), // another status alone
    row({ status: "under", distance_atr: 3 }), // two filters fail
    row({ status: "above", sector: "XLF", distance_atr: null }), // three do
  ];
  const filter = filterOf({ status: "held", sector: "XLK", band: "0.5" });
  assert.equal(rows.filter((one) => passes(one, filter)).length, 0);
  assert.deepEqual(filtersSet(filter), ["status", "band", "sector"]);
  assert.deepEqual(relaxed(rows, filter), [
    { name: "sector", count: 2 },
    { name: "status", count: 1 },
  ]);
  const far = filterOf({ kind: "touch", first: "1", cluster: "1" });
  assert.deepEqual(filtersSet(far), ["kind", "first", "cluster"]);
  assert.deepEqual(relaxed(rows, far), []);
});

test("dropping a filter shows as many rows as was said", () => {
  const many = Array.from({ length: 600 }, (_, i) =>
    row({ status: ["under", "held"][i % 2], first_touch: i % 7 === 0, families: (i % 5) - 1 }),
  );
  /** @type {Record<string, string>} */
  const params = { status: "held", first: "1", cluster: "1", kind: "touch" };
  for (const { name, count } of relaxed(many, filterOf(params))) {
    const shown = many.filter((one) => passes(one, filterOf({ ...params, [name]: "" })));
    assert.equal(shown.length, count);
  }
  assert.deepEqual(
    relaxed(many, filterOf(params)).map((one) => one.name),
    ["kind"],
  );
});

test("what is absent comes last in either direction", () => {
  const keys = [3, null, 1, undefined, 2];
  const up = [...keys].sort((a, b) => compareKeys(a, b, false));
  const down = [...keys].sort((a, b) => -compareKeys(a, b, true));
  assert.deepEqual(up.slice(0, 3), [1, 2, 3]);
  assert.deepEqual(down.slice(0, 3), [3, 2, 1]);
});

test("a rate is what the hold column is sorted by", () => {
  assert.equal(sortKey(row({ hold: { rate_pct: 16 } }), "hold"), 16);
  assert.equal(sortKey(row(), "hold"), null);
});

test("fresh rows change the known ones in place", () => {
  const old = row();
  const known = new Map([
    ["NVDA", old],
    ["GONE", row({ symbol: "GONE" })],
  ]);
  const { added, removed } = merge(known, [row({ price: 119 }), row({ symbol: "AMD" })]);
  assert.equal(known.get("NVDA"), old);
  assert.equal(old.price, 119);
  assert.deepEqual(
    added.map((one) => one.symbol),
    ["AMD"],
  );
  assert.deepEqual(
    removed.map((one) => one.symbol),
    ["GONE"],
  );
  assert.deepEqual([...known.keys()], ["NVDA", "AMD"]);
});

test("a quote moves price, distance and status, and nothing it does not know", () => {
  const mine = row();
  const level = { distance_pct: -1, distance_atr: -0.2, status: "reclaiming" };
  /** @type {any} */
  const quote = {
    price: 141,
    change_pct: -1.1,
    pre: false,
    withheld: null,
    levels: { "50-DMA": level },
  };
  assert.equal(followQuote(mine, quote), true);
  assert.deepEqual(
    [mine.price, mine.distance_pct, mine.distance_atr, mine.status],
    [141, -1, -0.2, "reclaiming"],
  );
  assert.ok(Math.abs(mine.distance_sigma - Math.log(0.99) / (Math.log(1.1783) / 5)) < 1e-12);
  assert.equal(followQuote(mine, { ...quote, pre: true }), false);
  assert.equal(followQuote(row({ live: false }), quote), false);
  assert.equal(followQuote(mine, undefined), false);
});

test("a scan is saved by its view, without the moment", () => {
  const params = { status: "under", as_of: "2025-01-27", band: "1", list: "" };
  assert.equal(queryOf(params), "band=1&status=under");
  const saved = keptScans([{ name: "a", query: "x" }], "a", "y");
  assert.deepEqual(saved, [{ name: "a", query: "y" }]);
  const many = Array.from({ length: 30 }, (_, i) => ({ name: "n" + i, query: "" }));
  assert.equal(keptScans(many, "new", "").length, 20);
  assert.equal(scanOf({ name: "a" }), false);
  assert.equal(scanOf(null), false);
});

test("a name is one line of what can be seen", () => {
  assert.equal(scanName("  Falls\u00a0& \t\u201cholds\u201d\n"), "Falls & \u201cholds\u201d");
  assert.equal(scanName("a\u202eb\u200bc\u0007d"), "abcd");
  assert.equal(scanName("\u200b \u202e"), "");
  assert.equal(scanName("<b>'\";--"), "<b>'\";--");
});

test("a name longer than the server takes is refused whole, never cut", () => {
  assert.equal(nameFault("\u{1f4c9}".repeat(24)), "");
  assert.equal(
    nameFault("\u{1f4c9}".repeat(31)),
    "A name has at most 24 characters; this one has 31.",
  );
  assert.equal(nameFault(""), "A name of the scan is wanted.");
});

test("a scan is named otherwise in its place, and never as another is", () => {
  const saved = [
    { name: "a", query: "x" },
    { name: "b", query: "y" },
  ];
  assert.deepEqual(renamed(saved, "a", "c"), [
    { name: "c", query: "x" },
    { name: "b", query: "y" },
  ]);
  assert.equal(renameFault(saved, "a", "c"), "");
  assert.equal(renameFault(saved, "a", "a"), "");
  assert.equal(renameFault(saved, "a", "b"), "Another scan has that name.");
  assert.match(renameFault(saved, "a", "c".repeat(25)), /at most 24/);
});

test("what a save takes the place of is said", () => {
  const saved = [{ name: "a", query: "x" }];
  assert.equal(lostBy(saved, "b", "y"), "");
  assert.equal(lostBy(saved, "a", "x"), "");
  assert.match(lostBy(saved, "a", "y"), /another scan of that name/);
  const full = Array.from({ length: 20 }, (_, i) => ({ name: "n" + i, query: "" }));
  assert.match(lostBy(full, "new", "y"), /the oldest, n0\./);
  assert.equal(keptScans(full, "new", "y")[0].name, "n1");
});
