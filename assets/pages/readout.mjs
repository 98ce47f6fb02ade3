/* The readout of a price chart: what is under the pointer, in one fixed line above the plot. */
import { element, find, within } from "../core/dom.mjs";
import { readoutParts } from "./readout_words.mjs";

const CHARTS = "[data-panel]:has(> .readout) .js-plotly-plot";

function bind(graph) {
  const panel = graph.closest("[data-panel]");
  graph.dataset.readout = "on";
  panel.classList.add("has-readout");
  const line = find(":scope > .readout", panel);
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

/* A chart is bound when the pointer first comes to it: Plotly has drawn it by then. */
document.addEventListener("pointerover", (event) => {
  const graph = within(event, CHARTS);
  if (graph && typeof graph.on === "function" && !graph.dataset.readout) bind(graph);
});
