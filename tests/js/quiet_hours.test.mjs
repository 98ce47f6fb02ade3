import assert from "node:assert/strict";
import { test } from "node:test";
import { quietHours } from "../../assets/pages/quiet_hours.mjs";

test("quiet hours are both times, or none", () => {
  assert.deepEqual(quietHours("22:00", "07:00"), ["22:00", "07:00"]);
  assert.deepEqual(quietHours("", ""), []);
});

test("one time alone is asked for its other, never saved as none", () => {
  assert.throws(() => quietHours("22:00", ""), /until when/);
  assert.throws(() => quietHours("", "07:00"), /from when/);
});
