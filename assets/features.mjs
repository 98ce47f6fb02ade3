/* What a page can do without until it is painted: loaded then, or at the first key or touch. */
import { write } from "./core/format.mjs";
import { beat, follow, liveSnapshot } from "./core/live.mjs";
import { routed } from "./core/router.mjs";
import { stored } from "./core/storage.mjs";
import { sortOnClick } from "./core/tables.mjs";
import "./frame/account.mjs";
import "./frame/health.mjs";
import "./frame/nothing.mjs";
import "./frame/pickers.mjs";
import "./frame/play.mjs";
import "./frame/print.mjs";
import "./frame/search.mjs";
import "./frame/share.mjs";
import "./frame/statuses.mjs";
import "./frame/tips.mjs";
import "./frame/toasts.mjs";
import "./pages/bullets.mjs";
import "./pages/crosshair.mjs";
import "./pages/own_levels.mjs";
import "./pages/own_sync.mjs";
import "./pages/pre.mjs";
import "./pages/watch_order.mjs";
import "./pages/watchlists.mjs";
import "./pages/readout.mjs";
import { encode } from "./presenter/lists.mjs";
import { step, to } from "./presenter/show.mjs";
import "./presenter/stage.mjs";
import { show } from "./presenter/state.mjs";

const OWN_EVENTS = "holdline-own-events";

const levelsOut = () => import("./pages/levels_out.mjs");

/* Features of one page each, or of few. */
const OF_PAGES = {
  board: () => [import("./pages/board.mjs"), levelsOut()],
  alerts: () => import("./pages/alerts.mjs"),
  calendar: () => import("./pages/calendar.mjs"),
  definitions: () => import("./pages/definitions.mjs"),
  portfolio: () => import("./pages/portfolio.mjs"),
  preview: () => import("./pages/preview.mjs"),
  options: levelsOut,
  scan: () => [import("./pages/scan.mjs"), levelsOut()],
  supports: () => [import("./pages/supports_keys.mjs"), levelsOut()],
};

/** @type {Promise<unknown>} */
let ofThisPage = Promise.resolve();
routed.on(({ page }) => {
  if (page && page.key in OF_PAGES) ofThisPage = Promise.allSettled([OF_PAGES[page.key]()].flat());
});
if (stored(OWN_EVENTS)) OF_PAGES.calendar(); // they are marked on price charts
sortOnClick();
follow();

/** The features of the page on screen, loaded: until then its keys are not listened for. */
export const pageReady = () => ofThisPage;

/** What the console and the browser tests use; part of the page's one global. */
export const offered = {
  write,
  live: {
    beat,
    get snapshot() {
      return liveSnapshot();
    },
  },
  presenter: { show, step, to },
  scenes: { encode },
};
