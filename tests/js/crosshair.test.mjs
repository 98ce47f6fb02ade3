import assert from "node:assert/strict";
import test from "node:test";
import { holdsDayAt, moment, placeOf } from "../../assets/pages/crosshair_range.mjs";

const days = (...range) => ({ xaxis: { type: "date", range } });

test("a moment is read as Plotly writes it", () => {
  assert.equal(moment("2024-09-01"), Date.UTC(2024, 8, 1));
  assert.equal(moment("2024-09-01 08:37:21.9162"), Date.UTC(2024, 8, 1, 8, 37, 21, 916));
  assert.ok(Number.isNaN(moment(undefined)));
});

test("a chart follows inside its days alone", () => {
  const at = Date.UTC(2024, 8, 1);
  assert.ok(holdsDayAt(days("2024-01-25", "2025-01-27"), at));
  assert.ok(!holdsDayAt(days("2024-09-02", "2025-01-27"), at));
  assert.ok(!holdsDayAt(days("2024-01-25", "2025-01-27"), NaN));
  assert.ok(!holdsDayAt(days("2024-09-01 09:30", "2024-09-01 16:00"), Date.UTC(2024, 8, 1, 12)));
  assert.ok(!holdsDayAt({ xaxis: { type: "linear", range: [0, 1e13] } }, at));
  assert.ok(!holdsDayAt({}, at));
});

test("it stands as far from the left end as the moment does", () => {
  assert.equal(placeOf(days("2024-01-01", "2024-01-11"), Date.UTC(2024, 0, 6)), 0.5);
});
