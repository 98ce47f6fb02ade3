/* The page's client: what is needed until a page is painted. The rest comes after: features.mjs. */
import { drawingNow, settled } from "./core/charts.mjs";
import { find, hasModifier, isTyping, within } from "./core/dom.mjs";
import { allPainted, offerTools } from "./core/panels.mjs";
import { answered, ask, beginPulse, mounted, pulseSoon } from "./core/questions.mjs";
import { activePage, begin, go, shownPart } from "./core/router.mjs";
import "./frame/masthead.mjs";
import "./frame/replay.mjs";
import "./pages/own_level_store.mjs";
import "./pages/rules.mjs";
import "./pages/watchlist.mjs";

const LONGEST_MS = 4000; // the rest does not wait for a page that is slow to come

/* The page's one global: for the console and the browser tests. */
const offered = Object.assign(window.holdline, { go, ask, activePage, pulseSoon });

/** @type {Promise<void>|null} */
let loading = null;
function loadFeatures() {
  if (!loading) {
    loading = import("./features.mjs").then(async (features) => {
      Object.assign(offered, features.offered);
      await features.pageReady();
      document.documentElement.dataset.features = "ready";
    });
  }
  return loading;
}

/* What was pressed before its feature was here is pressed again when it is. */
const LATER =
  "[data-open], #present-open, #scenes-open, [data-action=scene], [data-action=share], [data-live-speed]";
const KEYS = /^[/apr1-9]$/;
const isReady = () => document.documentElement.dataset.features === "ready";

document.addEventListener("click", (event) => {
  const target = within(event, LATER);
  if (target && !isReady()) loadFeatures().then(() => target.click());
});
document.addEventListener("keydown", (event) => {
  if (isReady() || isTyping(event) || hasModifier(event) || !KEYS.test(event.key)) return;
  const again = new KeyboardEvent("keydown", { key: event.key, bubbles: true });
  loadFeatures().then(() => document.body.dispatchEvent(again));
});

/** Load the rest once what is on screen is painted. */
function look() {
  if (!drawingNow() && !find(".is-loading", shownPart())) loadFeatures();
}

offerTools();
beginPulse();
begin();
allPainted.on(() => setTimeout(look));
settled.on(look);
setTimeout(look);
setTimeout(loadFeatures, LONGEST_MS);
/* What Dash calls: components/frame/client.py. */
export { answered, mounted };
