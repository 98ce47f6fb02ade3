import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fileAddress,
  fileName,
  first,
  formula,
  linked,
  wishOf,
} from "../../assets/pages/levels_wish.mjs";

const USUAL = { symbols: "SPY", group: "", sets: "weekly" };

test("the page's list says whose levels; else the address, else its usual symbols", () => {
  assert.equal(wishOf({ symbols: "QQQ,IWM" }, USUAL, ["IWM"]).symbols, "IWM");
  assert.equal(wishOf({ symbols: "QQQ,IWM" }, USUAL, []).symbols, "QQQ,IWM");
  assert.equal(wishOf({ symbol: "NVDA" }, USUAL, []).symbols, "NVDA");
  assert.equal(wishOf({}, USUAL, ["DIA", "IWM"]).symbols, "DIA,IWM");
  assert.equal(wishOf({}, USUAL, []).symbols, "SPY");
});

test("own levels are of one symbol, and of no page of options", () => {
  assert.equal(wishOf({ symbol: "SPY", own: "590" }, USUAL, []).own, "590");
  assert.equal(wishOf({ symbols: "SPY,QQQ", own: "590" }, USUAL, []).own, "");
  assert.equal(wishOf({ symbol: "SPY", own: "590" }, { ...USUAL, group: "options" }, []).own, "");
});

test("further sets are the page's until its address says others", () => {
  assert.equal(wishOf({}, USUAL, []).sets, "weekly");
  assert.equal(wishOf({ sets: "" }, USUAL, []).sets, "");
});

test("a file's address leaves out what is empty, and the list's name", () => {
  const wish = wishOf({ symbols: "SPY,BRK-B", list: "Mine & others" }, USUAL, []);
  assert.equal(
    fileAddress(wish, "pine", "2025-01-24"),
    "/levels?format=pine&symbols=SPY,BRK-B&sets=weekly&as_of=2025-01-24",
  );
});

test("a file is named by its reply", () => {
  assert.equal(
    fileName('attachment; filename="holdline-levels-SPY.pine"'),
    "holdline-levels-SPY.pine",
  );
  assert.equal(fileName(null), "holdline-levels.txt");
});

test("the formula for Google Sheets", () => {
  assert.equal(formula("https://a.example/x?link=y"), '=IMPORTDATA("https://a.example/x?link=y")');
});

test("a page that lists symbols is read by its links", () => {
  const hrefs = ["/supports?symbol=SPY", "/supports?symbol=%5EGSPC&as_of=2025-01-24"];
  assert.deepEqual(linked([...hrefs, hrefs[0], "/supports"]), ["SPY", "^GSPC"]);
  const many = Array.from({ length: 150 }, (_, i) => "/supports?symbol=A" + i);
  assert.equal(linked(many).length, 100);
});

test("a long list is cut to what a sheet takes", () => {
  assert.deepEqual(first("SPY,QQQ"), ["SPY", "QQQ"]);
  assert.deepEqual(first(""), []);
  assert.equal(first(Array.from({ length: 150 }, (_, i) => "A" + i).join(",")).length, 100);
});
