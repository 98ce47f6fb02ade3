import assert from "node:assert/strict";
import test from "node:test";
import {
  asOfText,
  countdown,
  csvCell,
  write,
  dayText,
  dayTyped,
  timeTyped,
  withDays,
} from "../../assets/core/format.mjs";

test("numbers have a true minus, thin spaces and their unit", () => {
  assert.equal(write(-1234567.891, { decimals: 2 }), "\u22121\u2009234\u2009567.89");
  assert.equal(write(999.999, { decimals: 2 }), "1\u2009000.00");
  assert.equal(write(1.5, { decimals: 1, sign: true, suffix: "%" }), "+1.5%");
  assert.equal(write(-45, { decimals: 2, prefix: "$" }), "\u2212$45.00");
});

test("what rounds to nothing has no sign", () => {
  assert.equal(write(-0.001, { decimals: 2, sign: true }), "0.00");
  assert.equal(write(0.001, { decimals: 2, sign: true }), "0.00");
});

test("a loss short of all and a share of less than all never read as all", () => {
  const loss = { decimals: 2, sign: true, suffix: "%" };
  const share = { decimals: 1, suffix: "%" };
  assert.equal(write(-99.997, loss), "\u221299.997%");
  assert.equal(write(-99.99999, loss), "\u221299.9999%");
  assert.equal(write(-100, loss), "\u2212100.00%");
  assert.equal(write(99.997, loss), "+100.00%");
  assert.equal(write(-0.001, loss), "0.00%");
  assert.equal(write(99.96, share), "99.96%");
  assert.equal(write(0.04, share), "0.04%");
  assert.equal(write(99.9996, share), ">99.999%");
  assert.equal(write(0.0004, share), "<0.001%");
  assert.equal(write(100 - 1e-12, share), "100.0%");
  assert.equal(write(0, share), "0.0%");
});

test("a p value is never nothing", () => {
  const p = { decimals: 2, p: true };
  assert.deepEqual(
    [0.031, 0.004, 0.0002, 1].map((value) => write(value, p)),
    ["0.03", "0.004", "<0.001", "1.00"],
  );
});

test("what is absent is a dash", () => {
  for (const value of [null, undefined, ""]) assert.equal(write(value, { decimals: 2 }), "\u2013");
  assert.equal(write(0, { decimals: 0 }), "0");
});

test("a countdown counts seconds in its last ten minutes", () => {
  assert.equal(countdown(7800), "2 h 10 min");
  assert.equal(countdown(7740.2), "2 h 10 min"); // rounded up
  assert.equal(countdown(600), "10 min");
  assert.equal(countdown(599), "9 min 59 s");
  assert.equal(countdown(65), "1 min 05 s");
  assert.equal(countdown(-3), "0 min 00 s");
});

test("a moment is written out", () => {
  assert.match(asOfText("2025-01-27T10:00"), /^Mon 27 Jan 2025, 10:00 EST$/);
  assert.match(asOfText("2025-01-24"), /^the last close up to Fri 24 Jan 2025$/);
  assert.equal(asOfText("garbage"), "garbage");
});

test("a day is read however it is typed, days before months", () => {
  for (const text of ["Mon 27 Jan 2025", "27 January 2025", "27.1.2025", "27/01/2025"]) {
    assert.equal(dayTyped(text), "2025-01-27", text);
  }
  assert.equal(dayTyped("2025-01-27"), "2025-01-27");
  assert.equal(dayTyped("Monday, 27 Jan 2025"), "2025-01-27");
  for (const text of ["", "soon", "31 Feb 2025", "27 Foo 2025", "1/27/2025"]) {
    assert.equal(dayTyped(text), null, text);
  }
  assert.equal(dayText("2024-02-29"), "Thu 29 Feb 2024");
});

test("a sentence has its days written as everywhere", () => {
  const said = "all: 30 expiries, 2025-01-27 to 2026-01-16";
  assert.equal(withDays(said), "all: 30 expiries, 27 Jan 2025 to 16 Jan 2026");
  assert.equal(withDays("2025-02-31, 2025-01-27T10:00"), "2025-02-31, 2025-01-27T10:00");
});

test("a time has 24 hours", () => {
  assert.deepEqual(["9:31", "0931", "15.05", "23:59"].map(timeTyped), [
    "09:31",
    "09:31",
    "15:05",
    "23:59",
  ]);
  assert.deepEqual(["24:00", "9:60", "3 PM", ""].map(timeTyped), [null, null, null, null]);
});

test("a cell with a comma or a quote is quoted", () => {
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell(null), "");
  assert.equal(csvCell(-1.5), "-1.5"); // a number is no formula
  assert.equal(csvCell("@SUM(A1)"), "'@SUM(A1)");
});
