import assert from "node:assert/strict";
import test from "node:test";
import { nearTexts, wholePage } from "../../assets/core/nothing.mjs";

const UNKNOWN = "The simulator does not know the symbol 'NOPE'.";

test("a page says once what most of its panels say", () => {
  const said = wholePage([UNKNOWN, UNKNOWN, UNKNOWN, ""], { symbol: "NOPE" });
  assert.deepEqual(said, { sentence: UNKNOWN, kind: "symbol", asked: "NOPE" });
  assert.equal(wholePage([UNKNOWN, UNKNOWN, UNKNOWN, "", ""], { symbol: "NOPE" }), null);
  assert.equal(wholePage([UNKNOWN, UNKNOWN], { symbol: "NOPE" }), null);
  assert.equal(wholePage(["a", "b", "c", "d"], {}), null);
  assert.equal(wholePage([], {}), null);
});

test("a moment that is none is told from a symbol that is none", () => {
  const sentence = "As_of is 'garbage': a date such as 24 Jan 2025 is accepted.";
  const params = { as_of: "garbage", symbol: "SPY" };
  assert.equal(wholePage([sentence, sentence, sentence], params).kind, "moment");
  const down = "Yahoo cannot be reached.";
  assert.equal(wholePage([down, down, down], params).kind, "other");
  const chain = "No SPY chain of 30 Jun 2025 in the folder (recorded: none).";
  assert.equal(wholePage([chain, chain, chain], {}).kind, "chain");
});

test("near a symbol are those that begin like it", () => {
  assert.deepEqual(nearTexts("NOPE"), ["NOPE", "NO", "N"]);
  assert.deepEqual(nearTexts("N"), ["N"]);
});
