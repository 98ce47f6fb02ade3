/* One crosshair for a page: the day under the pointer in one chart is shown in the others too. */
import { find, findAll, within } from "../core/dom.mjs";
import { shownPart } from "../core/router.mjs";
import { holdsDayAt, moment, placeOf } from "./crosshair_range.mjs";

const bound = new WeakSet();

const inSight = (graph) => {
  const { top, bottom, width } = graph.getBoundingClientRect();
  return width > 0 && bottom > 0 && top < window.innerHeight;
};

/** The charts beside one whose days are drawn from left to right as its are. */
function others(graph, at) {
  return findAll(".js-plotly-plot", shownPart()).filter(
    (other) => other !== graph && other.layout && inSight(other) && holdsDayAt(other.layout, at),
  );
}

/** Let a chart show what it would with the pointer on a moment, at its upper edge. */
function point(graph, at) {
  const width = find(".nsewdrag", graph).getBoundingClientRect().width;
  const xpx = placeOf(graph.layout, at) * width;
  window.Plotly.Fx.hover(graph, { xval: at, xpx, ypx: 0 });
}

function bind(graph) {
  bound.add(graph);
  /** @type {any[]} */
  let followed = [];
  const leave = () => {
    for (const other of followed) window.Plotly.Fx.unhover(other, {});
    followed = [];
  };
  graph.on("plotly_hover", (hovered) => {
    if (!(hovered.event instanceof Event)) return; // a chart that follows another
    leave();
    const at = moment(hovered.xvals && hovered.xvals[0]);
    followed = holdsDayAt(graph.layout, at) ? others(graph, at) : [];
    for (const other of followed) point(other, at);
  });
  graph.on("plotly_unhover", leave);
}

document.addEventListener("pointerover", (event) => {
  const graph = within(event, ".js-plotly-plot");
  if (graph && graph.layout && graph.layout.xaxis && !bound.has(graph)) bind(graph);
});
