// Builds ../../assets/0-plotly.min.js: plotly.js with the five trace types that Holdline draws.
//   npm install --ignore-scripts && node node_modules/esbuild/install.js && node build.mjs
// The version in package.json is the one the Python package "plotly" carries; a test compares them.
import { build } from "esbuild";
import { createRequire } from "module";

const require = createRequire(import.meta.url);
const { environmentPlugin } = require("esbuild-plugin-environment");
const inlineCss = require("esbuild-plugin-inline-css");
const { version } = require("plotly.js/package.json");

const TRACES = ["bar", "candlestick", "heatmap", "treemap"]; // plotly.js's core brings scatter with it

await build({
  stdin: {
    contents: `
      const Plotly = require("plotly.js/lib/core");
      Plotly.register([${TRACES.map((trace) => `require("plotly.js/lib/${trace}")`).join(", ")}]);
      module.exports = Plotly;`,
    resolveDir: import.meta.dirname ?? process.cwd(),
    loader: "js",
  },
  bundle: true,
  format: "iife",
  globalName: "Plotly",
  minify: true,
  target: "es2016",
  plugins: [inlineCss(), environmentPlugin({ NODE_DEBUG: false })],
  alias: { stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false" },
  legalComments: "eof",
  banner: {
    js: `/* plotly.js v${version} (scatter, ${TRACES.join(", ")}). Copyright Plotly, Inc. MIT licence. */`,
  },
  outfile: "../../assets/0-plotly.min.js",
});
