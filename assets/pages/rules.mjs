/* Rule lab: which rules this browser tab has tried, so that p is corrected for all of them.
   Kept for the tab's session by market; the server is told, an address never. */
import { routing } from "../core/router.mjs";
import { marketOf, othersOf, ruleOf, withTried } from "./rules_tried.mjs";

const KEY = "holdline-rules-tried";
const PAGE = "rules";

let inMemory = "";

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) || inMemory || "{}");
  } catch {
    return {};
  }
}

function keep(tried) {
  inMemory = JSON.stringify(tried);
  try {
    sessionStorage.setItem(KEY, inMemory);
  } catch {
    /* a browser that keeps nothing counts until the page is closed */
  }
}

routing.on(({ page, params }) => {
  if (!page || page.key !== PAGE) return;
  const market = marketOf(params);
  const tried = withTried(kept(), market, ruleOf(params));
  keep(tried);
  params.tried = tried[market].join("|");
  params.elsewhere = String(othersOf(tried, market));
});
