/* The page's client: what is loaded with every page, and what Dash calls. */
import { write } from "./core/format.mjs";
import { beat, follow, liveSnapshot } from "./core/live.mjs";
import { offerTools, paintCard, paintChart, tintChanges } from "./core/panels.mjs";
import { activePage, ask, beginPulse, control, go, pulseSoon, route } from "./core/router.mjs";
import { sortOnClick } from "./core/tables.mjs";
import { paintHealth, paintStrip } from "./frame/health.mjs";
import "./frame/pickers.mjs";
import "./frame/play.mjs";
import "./frame/replay.mjs";
import { suggest } from "./frame/search.mjs";
import "./frame/tabs.mjs";
import { themeNow } from "./frame/theme.mjs";
import "./frame/tips.mjs";
import "./frame/toasts.mjs";
import "./pages/alerts.mjs";
import "./pages/bullets.mjs";
import "./pages/calendar.mjs";
import "./pages/definitions.mjs";
import "./pages/portfolio.mjs";
import "./pages/pre.mjs";
import "./pages/preview.mjs";
import "./pages/readout.mjs";
import "./pages/watchlist.mjs";
import { encode } from "./presenter/lists.mjs";
import { step, to } from "./presenter/show.mjs";
import "./presenter/stage.mjs";
import { show } from "./presenter/state.mjs";

offerTools();
tintChanges();
sortOnClick();
beginPulse();
follow();

/* The one global: for the console and the browser tests. */
window.holdline = {
  write,
  go,
  ask,
  activePage,
  pulseSoon,
  live: {
    beat,
    get snapshot() {
      return liveSnapshot();
    },
  },
  presenter: { show, step, to },
  scenes: { encode },
};

/* What Dash calls: components/frame/client.py. */
export { control, paintCard, paintChart, paintHealth, paintStrip, route, suggest, themeNow };
