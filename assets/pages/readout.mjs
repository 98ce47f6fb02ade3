/* The readout of a price chart: what is under the pointer, in one fixed line above the plot. */
import { element, find, within } from "../core/dom.mjs";
import { readoutParts } from "./readout_words.mjs";

const PANELS = ["supports/price", "supports/day", "market/today"];
const CHARTS = PANELS.map((key) => '[data-panel="' + key + '"] .js-plotly-plot').join(", ");

/** The line of a panel, made above its plot once. */
function lineOf(panel) {
  const known = find(":scope > .readout", panel);
  if (known) return known;
  const line = element("div", undefined, "readout");
  line.setAttribute("aria-hidden", "true"); // the table under the chart says it to readers
  find(".panel-figure", panel).before(line);
  return line;
}

function bind(graph) {
  const panel = graph.closest("[data-panel]");
  graph.dataset.readout = "on";
  panel.classList.add("has-readout");
  const line = lineOf(panel);
  graph.on("plotly_hover", (event) => {
    const parts = readoutParts(event.points);
    line.replaceChildren(
      ...parts.map(({ name, text }) => {
        const part = element("span", name ? name + " " : "");
        part.append(element("b", text));
        return part;
      }),
    );
  });
  graph.on("plotly_unhover", () => line.replaceChildren());
}

/* The line's place is there before the chart is, so that nothing moves later. */
for (const key of PANELS) {
  const panel = find('[data-panel="' + key + '"]');
  if (panel) lineOf(panel);
}

/* A chart is bound when the pointer first comes to it: Plotly has drawn it by then. */
document.addEventListener("pointerover", (event) => {
  const graph = within(event, CHARTS);
  if (graph && typeof graph.on === "function" && !graph.dataset.readout) bind(graph);
});
