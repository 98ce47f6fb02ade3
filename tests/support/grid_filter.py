"""The scan's grid with thousands of rows in a browser, and how long a change of filter takes."""

from __future__ import annotations

FILTER_5000 = """async (count) => {
  const { library, makeGrid } = await import("/assets/pages/scan_grid.mjs");
  const { drawNone } = await import("/assets/pages/scan_none.mjs");
  const { filterOf, passes } = await import("/assets/pages/scan_rows.mjs");
  const rows = Array.from({ length: count }, (_, i) => ({
    symbol: "S" + i, name: "Name " + i, sector: "XLK", sector_name: "Technology", price: 100,
    change_pct: -1, level_name: "50-DMA", level_short: "50-DMA", level: 101, session_level: 101,
    status: ["under", "held", "above"][i % 3], distance_pct: 1, distance_atr: (i % 400) / 100,
    distance_sigma: 1, low_pct: -1, volume_ratio: 1, crossed_at: null, minutes_since_cross: null,
    next_support: null, next_distance_pct: null, event: "touch", first_touch: i % 2 === 0,
    families: 1, hold: null, lean_pct: null, earnings: null, live: false, decimals: 2, prefix: "",
    suffix: "",
  }));
  const place = document.createElement("div");
  place.style.height = "600px";
  document.querySelector("main").append(place);
  let filter = filterOf({});
  let grid = null;
  grid = makeGrid(await library(), place, {
    rows, all: () => rows, shows: (row) => passes(row, filter), open: () => {},
    beside: () => ({ offer: null, counting: false }),
    filtered: () => grid && drawNone(rows, filter, grid.getDisplayedRowCount()),
  });
  const taken = [];
  const none = { status: "broken", first: "1", sector: "XLK", band: "2" };
  const wanted = [{ status: "under" }, { band: "1" }, {}, { first: "1", band: "0.5" }, none, {}];
  let offers = 0;
  for (const params of [...wanted, ...wanted]) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const began = performance.now();
    filter = filterOf(params);
    grid.onFilterChanged();
    place.getBoundingClientRect();
    taken.push(performance.now() - began);
    if (params === none) offers = document.querySelectorAll("#scan-none button").length;
  }
  const shown = grid.getDisplayedRowCount();
  grid.destroy();
  place.remove();
  return { taken: taken.slice(wanted.length), shown, offers };
}"""
"""Milliseconds of each change of filter over ``count`` rows, after one round unmeasured.

One of them leaves no row: what dropping a filter would show is then counted and drawn too.
"""
