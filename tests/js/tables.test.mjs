import assert from "node:assert/strict";
import test from "node:test";
import { compareCells, csv, newestFirst } from "../../assets/core/tables.mjs";

function ranked(values, down) {
  const cells = values.map((value, i) =>
    typeof value === "number" ? { i, number: value, text: "" } : { i, number: null, text: value },
  );
  return cells.sort((a, b) => compareCells(a, b, down)).map((cell) => values[cell.i]);
}

test("numbers are ranked as numbers, and what has none comes last either way", () => {
  assert.deepEqual(ranked([2, "–", 10, -1], false), [-1, 2, 10, "–"]);
  assert.deepEqual(ranked([2, "–", 10, -1], true), [10, 2, -1, "–"]);
});

test("texts go by the alphabet", () => {
  assert.deepEqual(ranked(["QQQ", "DIA", "SPY"], true), ["DIA", "QQQ", "SPY"]);
  assert.deepEqual(ranked(["QQQ", "DIA", "SPY"], false), ["SPY", "QQQ", "DIA"]);
});

test("equals stay as they stand", () => {
  const cells = [0, 1, 2].map((i) => ({ i, number: 5, text: "" }));
  assert.deepEqual(
    cells.sort((a, b) => compareCells(a, b, true)).map((cell) => cell.i),
    [0, 1, 2],
  );
});

test("a file says what it is, and a cell cannot run in a spreadsheet", () => {
  const payload = {
    title: "SPY's 50-DMA lies 1.9% below",
    subtitle: "daily closes",
    simulated: true,
    data: {
      columns: [{ name: "Symbol" }, { name: "Price, $" }],
      rows: [
        ["=1+1", 607.97],
        ["-x", null],
      ],
    },
  };
  const lines = csv(payload, "2025-01-27T10:00").split("\n");
  assert.equal(lines[0], '\ufeffSymbol,"Price, $"');
  assert.deepEqual(lines.slice(1, 3), ["'=1+1,607.97", "'-x,"]);
  assert.ok(lines.includes("# SIMULATED - not market prices"));
  assert.ok(lines.some((line) => line.includes("27 Jan 2025, 10:00 EST; nothing later")));
  assert.ok(lines.includes("# Not investment advice"));
});

test("a table begins with the newest day, and stays as it is where it has another order", () => {
  const columns = [
    { name: "Session", kind: "date" },
    { name: "Close", kind: "price" },
  ];
  const rising = {
    columns,
    rows: [
      ["2025-01-24", 607.97],
      ["2025-01-27", 599.37],
    ],
    quotations: ["a", "b"],
  };
  const turned = newestFirst(rising);
  assert.deepEqual(
    turned.rows.map((row) => row[1]),
    [599.37, 607.97],
  );
  assert.deepEqual(turned.quotations, ["b", "a"]);
  assert.equal(newestFirst(turned), turned);
  const named = { columns: [{ name: "Symbol", kind: "text" }], rows: [["A"], ["B"]] };
  assert.equal(newestFirst(named), named);
});
