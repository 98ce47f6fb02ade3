import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, isSimulated, withIndent } from "../../assets/api/try_words.mjs";

test("what is left empty is left to its default", () => {
  /** @type {[string, string][]} */
  const given = [
    ["symbols", "SPY,NVDA"],
    ["level", ""],
    ["rule", '{"a": 1} & b'],
  ];
  assert.equal(
    addressOf("group-drawdown", given),
    "/api/v1/group-drawdown?symbols=SPY,NVDA&rule=%7B%22a%22%3A+1%7D+%26+b",
  );
  assert.equal(addressOf("overnight", []), "/api/v1/overnight");
});

test("JSON is indented, and what is none is shown as it is", () => {
  assert.equal(withIndent('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(withIndent("<p>"), "<p>");
});

test("a simulated answer is known by its provenance", () => {
  assert.equal(isSimulated('{"provenance": {"simulated": true}}'), true);
  assert.equal(isSimulated('{"provenance": {"simulated": false}}'), false);
  assert.equal(isSimulated('{"title": "Not Found"}'), false);
  assert.equal(isSimulated("nothing"), false);
});
