/* Draws the document's charts from the data beside them; light or dark as the reader's system is,
   and light, in the paper's width, when it is printed. */
(function () {
  "use strict";
  const root = document.documentElement;
  const given = JSON.parse(document.getElementById("preview-data").textContent);
  const DATA = new Set(["x", "y", "z", "open", "high", "low", "close", "customdata", "text", "hovertext", "ids"]);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const NARROW = 720, NEEDED = 1020;
  const CONFIG = { displaylogo: false, showSendToCloud: false, showTips: false, scrollZoom: false, doubleClick: "reset", modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d", "toImage"] };

  function paint(node, colours) {
    if (typeof node === "string") return node[0] === "@" ? colours[node.slice(1)] || "#888" : node;
    if (Array.isArray(node)) return node.map((item) => paint(item, colours));
    if (!node || typeof node !== "object") return node;
    const copy = {};
    for (const key in node) {
      copy[key] = DATA.has(key) && Array.isArray(node[key]) ? node[key] : paint(node[key], colours);
    }
    return copy;
  }

  /* What a figure itself says that a narrow place changes: layout.meta.phone. */
  function fit(figure) {
    const narrow = figure.layout.meta && figure.layout.meta.phone;
    for (const path in narrow || {}) {
      if (path === "hide") {
        figure.data = figure.data.filter((trace) => trace.meta !== narrow.hide);
        continue;
      }
      const keys = path.split(".");
      let node = figure.layout;
      for (const key of keys.slice(0, -1)) node = node[key] = node[key] || {};
      node[keys[keys.length - 1]] = narrow[path];
    }
  }

  /* A bar's name leads to its page where Holdline runs: a file has no such page beside it. */
  function lead(node) {
    if (typeof node === "string") return node.replaceAll('<a href="/', '<a href="' + given.base + "/");
    return Array.isArray(node) ? node.map(lead) : node;
  }

  /* A wide chart is drawn wide and shrunk onto the paper; on a narrow screen it does with less. */
  function draw(chart, print) {
    const place = document.getElementById("chart-" + chart.key);
    const frame = place.parentElement;
    const wide = "wide" in frame.dataset;
    const shrunk = print && wide ? frame.clientWidth / NEEDED : 1;
    const figure = paint(chart.figure, given.palettes[dark.matches && !print ? "dark" : "light"]);
    const width = frame.clientWidth / shrunk;
    if (width < NARROW && (wide || width < NARROW / 2)) fit(figure);
    for (const name of Object.keys(figure.layout)) {
      const axis = figure.layout[name];
      if (/^[xy]axis\d*$/.test(name) && axis.ticktext) axis.ticktext = lead(axis.ticktext);
    }
    place.style.transform = shrunk === 1 ? "" : "scale(" + shrunk + ")";
    frame.style.height = Number(frame.dataset.height) * shrunk + "px";
    Object.assign(figure.layout, { width: width, height: Number(frame.dataset.height), autosize: false });
    return window.Plotly.react(place, figure.data, figure.layout, CONFIG);
  }

  let printing = false;
  function drawAll(print) {
    printing = print;
    root.classList.toggle("is-print", print);
    return Promise.all(given.charts.map((chart) => draw(chart, print)));
  }

  let waiting = null;
  window.addEventListener("resize", function () {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (!printing) drawAll(false); }, 120);
  });
  dark.addEventListener("change", () => { if (!printing) drawAll(false); });
  window.addEventListener("beforeprint", () => drawAll(true));
  window.addEventListener("afterprint", () => drawAll(location.hash === "#print"));
  drawAll(location.hash === "#print").then(() => { root.dataset.drawn = "true"; });
})();
