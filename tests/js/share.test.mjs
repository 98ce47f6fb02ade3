import assert from "node:assert/strict";
import test from "node:test";

import { captionOf, fileName, linkOf, momentOf, wrapped } from "../../assets/frame/share_words.mjs";

const minuteIn = () => "2025-01-27T13:50";
const open = { phase: "open", at: "2025-01-27T18:50:12+00:00" };

test("a link holds the moment of the page, or in session the minute on screen", () => {
  assert.equal(momentOf("2025-01-24", open, minuteIn), "2025-01-24");
  assert.equal(momentOf("", open, minuteIn), "2025-01-27T13:50");
  assert.equal(momentOf("", { ...open, phase: "closed" }, minuteIn), null);
  assert.equal(momentOf("", null, minuteIn), null);
  assert.equal(
    momentOf("", open, () => "2025-01-27T09:30"),
    null,
  );
});

test("a link opens its page at the panel, at one moment", () => {
  const home = "https://holdline.example/supports?symbol=NVDA";
  assert.equal(
    linkOf(home, "supports-price", "2025-01-27T13:50"),
    home + "&as_of=2025-01-27T13:50#supports-price",
  );
  assert.equal(linkOf(home, "supports-price", null), home + "#supports-price");
  const past = "https://holdline.example/?as_of=2025-01-24";
  assert.equal(linkOf(past, "market-answer", "2025-01-24"), past + "#market-answer");
  const bare = linkOf("https://holdline.example/board", "board-tiles", "2025-01-24");
  assert.equal(bare, "https://holdline.example/board?as_of=2025-01-24#board-tiles");
});

test("a file is named after its panel and moment", () => {
  assert.equal(
    fileName("supports/price", "2025-01-27T13:50"),
    "holdline-supports-price-2025-01-27T1350.png",
  );
  assert.equal(fileName("market/answer", null), "holdline-market-answer.png");
});

test("a picture says what it rests on once, that it is simulated, and where it is from", () => {
  const payload = { subtitle: "Traded prices, 13:50 EST", simulated: true };
  const link = "https://holdline.example/#market-answer";
  const whole = captionOf(payload, link, false);
  assert.equal(whole.mark, "SIMULATED - not market prices");
  assert.equal(whole.lines[0], payload.subtitle);
  assert.match(whole.lines[1], /holdline\.example\/#market-answer . Not investment advice$/);
  assert.equal(captionOf(payload, link, true).lines.length, 1);
  assert.equal(captionOf({ ...payload, simulated: false }, link, true).mark, "");
});

test("a caption fits its picture, whatever is long in it", () => {
  const widthOf = (text) => text.length;
  assert.deepEqual(wrapped("one two three", 7, widthOf), ["one two", "three"]);
  assert.deepEqual(wrapped("a abcdefghij b", 4, widthOf), ["a", "abcd", "efgh", "ij b"]);
  assert.deepEqual(wrapped("", 4, widthOf), []);
});
