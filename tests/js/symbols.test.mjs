import assert from "node:assert/strict";
import { test } from "node:test";
import { bare, notASymbol } from "../../assets/core/symbols.mjs";

test("a typed symbol is taken without its mark", () => {
  assert.equal(bare(" $spy "), "SPY");
  assert.equal(bare("nasdaq:aapl"), "AAPL");
});

test("what can be no symbol is said in one sentence", () => {
  for (const fine of ["SPY", "brk.b", "BRK/B", "/ES", "^GSPC", "ES=F", "NYSE:T"])
    assert.equal(notASymbol(fine), "", fine);
  for (const wrong of ["<b>x", "", "A".repeat(16), "A B", "=F", "Ä"])
    assert.match(notASymbol(wrong), /^“.*” is not a symbol: 1 to 15 letters, .*\.$/, wrong);
  assert.ok(notASymbol("<".repeat(300)).length < 120);
});
