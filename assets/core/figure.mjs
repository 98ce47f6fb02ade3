/* Figures as the server describes them -> as Plotly draws them here. Pure. */
import { withDays } from "./format.mjs";

/** @typedef {{data: any[], layout: any}} Figure */

const ARRAYS = "x y z open high low close customdata text hovertext ids";
const DATA = new Set(ARRAYS.split(" "));
const NARROW = 720;
const LONG = 1300; // sessions; up to five years every chart is drawn day by day

/** Drawn where there is nothing to draw. */
export const EMPTY = {
  data: [],
  layout: {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: { visible: false },
    yaxis: { visible: false },
  },
};

/** The candles of a figure that are too many to be drawn each, or null. @param {Figure} figure */
export function longCandles(figure) {
  const candles = figure.data.find((trace) => trace.type === "candlestick");
  return candles && candles.x.length > LONG ? candles : null;
}

/**
 * A copy with colours from the palette ("@paper") in which letters and margins have grown by
 * `scale`; the arrays of numbers are shared with the original.
 */
export function paint(node, colours, scale, parent = "") {
  if (typeof node === "string") {
    return node[0] === "@" ? colours[node.slice(1)] || "#888" : node;
  }
  if (Array.isArray(node)) return node.map((item) => paint(item, colours, scale));
  if (!node || typeof node !== "object") return node;
  const copy = {};
  const font = parent.endsWith("font");
  for (const key in node) {
    const value = node[key];
    if (DATA.has(key) && Array.isArray(value)) copy[key] = value;
    else if (typeof value === "number" && ((font && key === "size") || parent === "margin")) {
      copy[key] = Math.round(value * scale * 10) / 10;
    } else copy[key] = paint(value, colours, scale, key);
  }
  return copy;
}

/**
 * A figure may say in layout.meta.phone what a narrow screen changes: layout keys by their
 * dotted path, and under "hide" the traces (by their meta) that it does without. "below" is a width
 * of the figure itself under which it has no room for more on any screen.
 * @param {Figure} figure is changed
 * @param {number} width of the screen, in pixels
 * @param {number} [own] width of the figure's place; 0 where it is not shown yet
 */
export function fit(figure, width, own = 0) {
  const phone = figure.layout.meta && figure.layout.meta.phone;
  if (!phone || (width > NARROW && !(own && own < phone.below))) return figure;
  for (const path in phone) {
    if (path === "below") continue;
    if (path === "hide") {
      figure.data = figure.data.filter((trace) => trace.meta !== phone.hide);
      continue;
    }
    const keys = path.split(".");
    let node = figure.layout;
    for (const key of keys.slice(0, -1)) node = node[key] = node[key] || {};
    node[keys[keys.length - 1]] = phone[path];
  }
  return figure;
}

/** Laid out as on a screen of `width` pixels, then its letters and margins grown by `scale`. */
export function enlarged(figure, colours, scale, width) {
  const layout = structuredClone(figure.layout);
  const drops = layout.meta && layout.meta.phone && layout.meta.phone.hide;
  const laid = fit({ data: figure.data, layout }, drops && width < 1000 ? NARROW : width);
  delete laid.layout.meta;
  return paint(laid, colours, scale);
}

/**
 * Axes that the viewer has moved stay so while the view is the same: Plotly's uirevision alone
 * loses a date axis panned while prices tick.
 * @param {any} layout about to be drawn; is changed
 * @param {any} now the layout on screen, or null
 * @param {{revision: any, ranges: Record<string, string>}|undefined} before as last given
 * @returns {{revision: any, ranges: Record<string, string>}} what is given now
 */
export function keepView(layout, now, before) {
  const axes = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
  const ranges = {};
  for (const name of axes) if (layout[name].range) ranges[name] = String(layout[name].range);
  const given = { revision: layout.uirevision, ranges };
  if (!now || !before || before.revision !== layout.uirevision) return given;
  for (const name of axes) {
    const axis = now[name];
    if (!axis || !axis.range || axis.fixedrange) continue;
    const was = before.ranges[name];
    const moved = was ? was !== String(axis.range) : axis.autorange === false;
    if (moved) Object.assign(layout[name], { range: axis.range.slice(), autorange: false });
  }
  return given;
}

/**
 * The view of a payload that parameters ask for: a payload with `views` has the chart in several.
 * @param {any} payload
 * @param {Record<string, string>} params
 * @returns {any} undefined where there is none
 */
export function viewOf(payload, params) {
  if (!payload || !payload.views) return undefined;
  const by = payload.views.by.map(([name, usual]) => (name in params ? params[name] : usual));
  return payload.views.figures[by.join("|")];
}

/** The payload as the parameters ask for it. */
export function unfolded(payload, params) {
  const view = viewOf(payload, params);
  if (!view) return payload;
  const { traces, table } = payload.views;
  const data = view.data.map((trace) =>
    trace.of === undefined ? trace : ended(traces[trace.of], trace.last),
  );
  return {
    ...payload,
    figure: { data, layout: view.layout },
    note: view.note && withDays(view.note),
    data: { ...table, rows: table.rows.slice(-view.rows) },
  };
}

/** The last points of a trace. */
function ended(trace, last) {
  const full = trace.x.length;
  const cut = {};
  for (const [name, value] of Object.entries(trace)) {
    const long = Array.isArray(value) && value.length === full;
    cut[name] = long ? value.slice(full - last) : value;
  }
  return cut;
}
