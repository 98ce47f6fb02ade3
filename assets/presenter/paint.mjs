/* Draws a scene's payload large: charts by Plotly, cards as html, nothing below reading size. */
import { plotly } from "../core/charts.mjs";
import { build, element, findAll, morph } from "../core/dom.mjs";
import { enlargedHere } from "../core/panels.mjs";
import { shownFrame, stage as raised } from "./state.mjs";

const SMALLEST = 24; // pixels of a number on the stage
const LETTERS = 11; // pixels of a number on a chart of a page
const WIDEST = 3.2; // a card grows no further
const SMALLEST_SHARE = 0.5; // of reading size, for a table that is too wide for the stage
const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  responsive: false,
  showTips: false,
  scrollZoom: false,
  doubleClick: "reset",
};
const BY_SCALE = new Set(["xshift", "yshift", "standoff", "ticklen"]);

let graph = null; // the chart on the stage
let drawn = null; // the frame it is of

/* Lines, marks and nudges grow with the letters; core/figure.mjs has grown those. */
function thicken(node, scale, parent) {
  if (Array.isArray(node)) {
    node.forEach((item) => thicken(item, scale, parent));
    return;
  }
  if (!node || typeof node !== "object") return;
  const more = 1 + (scale - 1) * 0.6;
  for (const key in node) {
    const value = node[key];
    if (typeof value === "number") {
      if (key === "size" && parent.endsWith("font")) node[key] = Math.max(SMALLEST, value);
      else if (key === "width" && parent === "line") node[key] = value * more;
      else if (key === "size" && parent === "marker") node[key] = value * more;
      else if (BY_SCALE.has(key)) node[key] = value * scale;
      else if (key === "ax" || key === "ay" || key === "arrowwidth") node[key] = value * more;
    } else if (key === "size" && parent === "marker" && Array.isArray(value)) {
      node[key] = value.map((one) => one * more);
    } else if (value && typeof value === "object" && !ArrayBuffer.isView(value))
      thicken(value, scale, key);
  }
}

/* Names at the lines' ends stand apart by their own height, whatever the chart's was planned as. */
function spread(figure, full) {
  const ends = (figure.layout.annotations || []).filter(
    (one) =>
      one.xref === "paper" &&
      !one.showarrow &&
      /^y\d*$/.test(one.yref || "y") &&
      one.yanchor !== "bottom",
  );
  const byAxis = new Map();
  for (const one of ends) {
    const key = (one.yref || "y") + "|" + one.x;
    byAxis.set(key, [...(byAxis.get(key) || []), one]);
  }
  let moved = false;
  for (const [key, labels] of byAxis) {
    const axis = full[key.split("|")[0].replace("y", "yaxis")];
    if (!axis || labels.length < 2) continue;
    const least = 1.12 * Math.max(...labels.map((one) => (one.font && one.font.size) || SMALLEST));
    const placed = labels
      .map((one) => ({ one: one, at: axis._offset + axis.l2p(one.y) }))
      .sort((a, b) => a.at - b.at);
    const to = placed.map((label) => label.at);
    for (let turn = 0; turn < 60; turn += 1) {
      for (let i = 1; i < to.length; i += 1) {
        const lacks = least - (to[i] - to[i - 1]);
        if (lacks > 0.1) {
          to[i - 1] -= lacks / 2;
          to[i] += lacks / 2;
        }
      }
    }
    placed.forEach(function (label, i) {
      if (Math.abs(to[i] - label.at) < 0.5) return;
      label.one.yshift = label.at - to[i];
      moved = true;
    });
  }
  return moved;
}

function scaleFor(height) {
  return Math.max(SMALLEST / LETTERS, (height / 560) * 1.75);
}

function drawChart(frame, stage) {
  const box = stage.content;
  const fresh = drawn !== frame || !graph || !graph.isConnected;
  if (fresh) {
    unpaint();
    graph = element("div", undefined, "stage-graph");
    box.replaceChildren(graph);
    drawn = frame;
  }
  box.scrollTop = fresh ? 0 : box.scrollTop;
  const width = box.clientWidth,
    height = box.clientHeight;
  const scale = scaleFor(height);
  const figure = enlargedHere(frame.payload.figure, scale, width / scale);
  thicken(figure.data, scale, "");
  thicken(figure.layout, scale, "");
  prepare(figure, width, height);
  graph.setAttribute("role", "img");
  graph.setAttribute("aria-label", frame.payload.summary);
  graph.style.height = "";
  const draw = () => window.Plotly.react(graph, figure.data, figure.layout, CONFIG);
  draw();
  if (settle(figure, graph, box)) draw();
  if (spread(figure, graph._fullLayout)) draw();
  longer();
}

/* What letters of this size ask of a chart: fewer ticks, titles close to their numbers. */
function prepare(figure, width, height) {
  const layout = figure.layout;
  for (const name in layout) {
    const axis = layout[name];
    if (!/^[xy]axis\d*$/.test(name)) continue;
    if (axis.title && axis.title.text && axis.title.standoff === undefined) axis.title.standoff = 6;
    if (name[0] === "x" || axis.tickvals) continue;
    const [from, to] = axis.domain || [0, 1];
    axis.nticks = Math.max(
      2,
      Math.min(axis.nticks || 9, Math.floor(((to - from) * height * 0.8) / (SMALLEST * 1.7))),
    );
  }
  for (const trace of figure.data) if (trace.type === "bar") trace.constraintext = "none";
  delete layout.updatemenus;
  Object.assign(layout, { width: width, height: height, autosize: false });
}

/* A row for each name, and no word over the edge: the chart grows longer than the screen, or
   its margin wider; whether it must be drawn again. */
function settle(figure, chart, box) {
  const layout = figure.layout,
    full = chart._fullLayout;
  const state = () =>
    [layout.height, layout.margin.r, layout.yaxis && layout.yaxis.dtick].join("|");
  const before = state();
  const rows = full.yaxis && full.yaxis.type === "category" ? full.yaxis._categories.length : 0;
  if (rows && !layout.yaxis.tickvals)
    Object.assign(layout.yaxis, { tickmode: "linear", tick0: 0, dtick: 1 });
  const lacks = rows * SMALLEST * 1.05 - (full.yaxis ? full.yaxis._length : 0);
  if (rows && lacks > 0) {
    layout.height += lacks;
    chart.style.height = layout.height + "px";
  }
  const edge = box.getBoundingClientRect().right;
  const words = findAll(".annotation", chart).map(
    (node) => node.getBoundingClientRect().right - edge,
  );
  const over = Math.max(0, ...words);
  if (over > 1 && over < box.clientWidth / 4) layout.margin.r += over + 4;
  return before !== state();
}

/* Letters of whatever holds a digit are of reading size. */
function readable(card, zoom) {
  const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  const least = SMALLEST / zoom;
  for (let node; (node = walker.nextNode());) {
    const holder = node.parentElement;
    if (!/\d/.test(node.data) || parseFloat(getComputedStyle(holder).fontSize) >= least) continue;
    holder.style.fontSize = least + "px";
  }
}

/* As large as fits, never below reading size; what is longer then can be scrolled. */
function fitCard(card, box) {
  const base = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.929;
  const least = SMALLEST / base;
  const fits = (zoom) => {
    card.style.zoom = zoom;
    return (
      card.scrollWidth <= card.clientWidth + 1 &&
      card.offsetHeight * zoom <= box.clientHeight + 1 &&
      box.scrollWidth <= box.clientWidth + 1
    );
  };
  card.classList.remove("is-tight");
  card.style.zoom = least;
  readable(card, least);
  if (!fits(least)) {
    card.classList.add("is-tight");
    if (!fits(least)) return narrow(card, box, least);
  }
  let low = least,
    high = WIDEST;
  for (let i = 0; i < 6; i += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  card.style.zoom = low;
}

/* A table wider than the stage: first without its columns of small drawings, then smaller; a
   column beyond the edge is worse than letters a little under reading size. */
function narrow(card, box, least) {
  const wide = () =>
    card.scrollWidth > card.clientWidth + 1 || box.scrollWidth > box.clientWidth + 1;
  if (wide()) findAll("table", card).forEach(withoutDrawings);
  for (let zoom = least; wide() && zoom > least * SMALLEST_SHARE; zoom *= 0.95)
    card.style.zoom = zoom;
}

/* Columns without a word or a number in any row. */
function withoutDrawings(table) {
  const rows = findAll("tbody tr", table).filter((row) => !row.querySelector("[colspan]"));
  const heads = findAll("thead tr:last-child > *", table);
  heads.forEach((head, i) => {
    const cells = rows.map((row) => row.children[i]).filter(Boolean);
    if (cells.some((cell) => cell.textContent.trim())) return;
    for (const cell of [head, ...cells]) cell.style.display = "none";
  });
}

function drawCard(frame, stage) {
  const box = stage.content;
  let card = drawn === frame ? box.querySelector(".stage-card") : null;
  if (!card) {
    unpaint();
    card = element("div", undefined, "stage-card panel-body");
    box.replaceChildren(card);
    box.scrollTop = 0;
    drawn = frame;
  }
  card.setAttribute("role", "group");
  card.setAttribute("aria-label", frame.payload.summary);
  morph(card, build(frame.payload.body));
  for (const link of findAll("a[href]", card)) link.removeAttribute("href");
  fitCard(card, box);
  longer();
}

/** Say whether the stage can be scrolled further. */
export function longer() {
  const stage = raised();
  if (!stage) return;
  const box = stage.content;
  const left = box.scrollHeight - box.clientHeight - box.scrollTop;
  stage.root.classList.toggle("has-more", left > 4);
}

export const sizeOf = (box) => box.clientWidth + "x" + box.clientHeight;

/** Draw a frame on the stage. */
export function paint(frame, stage) {
  const payload = frame.payload;
  stage.content.dataset.drawn = sizeOf(stage.content);
  stage.root.classList.remove("has-more");
  stage.root.style.setProperty("--foot", stage.foot.offsetHeight + "px");
  if (!payload) {
    unpaint();
    stage.content.replaceChildren();
  } else if (payload.absence) {
    unpaint();
    stage.content.replaceChildren(element("p", payload.absence, "stage-absence"));
  } else if (!payload.figure) drawCard(frame, stage);
  else if (window.Plotly) drawChart(frame, stage);
  else {
    plotly().then(() => {
      if (raised() === stage && shownFrame() === frame) drawChart(frame, stage);
    });
  }
}

/** Take the chart off the stage. */
export function unpaint() {
  if (graph) window.Plotly.purge(graph);
  graph = drawn = null;
}
