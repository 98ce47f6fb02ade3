import assert from "node:assert/strict";
import test from "node:test";
import { fit, keepView, paint, unfolded, viewOf } from "../../assets/core/figure.mjs";

test("tokens become colours and an unknown one is grey", () => {
  assert.deepEqual(paint({ line: { color: "@up" }, fill: "@lost" }, { up: "#0072B2" }, 1), {
    line: { color: "#0072B2" },
    fill: "#888",
  });
});

test("letters and margins grow, marks and data do not", () => {
  const given = {
    data: [{ y: [1, 2], marker: { size: 6 }, textfont: { size: 11 } }],
    layout: { margin: { l: 40 }, font: { size: 12 }, height: 300 },
  };
  const painted = paint(given, {}, 1.5);
  assert.deepEqual(painted.layout, { margin: { l: 60 }, font: { size: 18 }, height: 300 });
  assert.equal(painted.data[0].textfont.size, 16.5);
  assert.equal(painted.data[0].marker.size, 6);
  assert.equal(painted.data[0].y, given.data[0].y); // shared, not copied
  assert.equal(given.layout.font.size, 12); // what was given is left as it was
});

test("names at points are data: an at sign in them is no colour", () => {
  assert.deepEqual(paint({ text: ["@up", "b"] }, { up: "#000" }, 1).text, ["@up", "b"]);
});

test("a phone's layout is used up to 720 pixels", () => {
  const made = () => ({
    data: [{ meta: "labels" }, { meta: "price" }],
    layout: {
      meta: { phone: { "xaxis.nticks": 4, "margin.r": 8, hide: "labels", below: 1100 } },
      xaxis: { nticks: 9 },
    },
  });
  const narrow = fit(made(), 720);
  assert.equal(narrow.layout.xaxis.nticks, 4);
  assert.deepEqual(narrow.layout.margin, { r: 8 });
  assert.deepEqual(narrow.data, [{ meta: "price" }]);
  assert.deepEqual(fit(made(), 1440, 1099), narrow); // its own place is too narrow
  const wide = fit(made(), 721);
  assert.equal(wide.layout.xaxis.nticks, 9);
  assert.equal(wide.data.length, 2);
  assert.equal(fit(made(), 1440, 1100).data.length, 2);
  assert.equal(fit(made(), 1440, 0).data.length, 2); // not shown yet
  const plain = { data: [], layout: { meta: { phone: { "margin.r": 8 } } } };
  assert.equal(fit(plain, 1440, 300).layout.margin, undefined);
});

test("an axis that the viewer moved stays while the view is the same", () => {
  const given = (range) => ({ uirevision: "SPY", xaxis: { range }, yaxis: {} });
  const before = keepView(given([0, 10]), null, undefined);
  const now = { xaxis: { range: [2, 5] }, yaxis: { range: [1, 2], autorange: true } };
  const next = given([0, 11]);
  keepView(next, now, before);
  assert.deepEqual(next.xaxis.range, [2, 5]);
  assert.equal(next.yaxis.range, undefined); // Plotly had chosen that one by itself
  const untouched = given([0, 11]);
  keepView(untouched, { xaxis: { range: [0, 10] } }, before);
  assert.deepEqual(untouched.xaxis.range, [0, 11]);
  const other = { ...given([0, 11]), uirevision: "QQQ" };
  keepView(other, now, before);
  assert.deepEqual(other.xaxis.range, [0, 11]);
});

test("the address chooses among a payload's views", () => {
  const payload = {
    title: "SPY",
    views: {
      by: [
        ["range", "1y"],
        ["log", "0"],
      ],
      traces: [{ name: "SPY", x: ["a", "b", "c"], y: [1, 2, 3] }],
      table: { columns: [], rows: [[1], [2], [3]] },
      figures: {
        "1m|0": {
          data: [{ of: 0, last: 2 }, { name: "line" }],
          layout: {},
          rows: 2,
          note: "to 2025-01-24",
        },
      },
    },
  };
  assert.equal(viewOf(payload, {}), undefined);
  const shown = unfolded(payload, { range: "1m" });
  assert.deepEqual(shown.figure.data, [
    { name: "SPY", x: ["b", "c"], y: [2, 3] },
    { name: "line" },
  ]);
  assert.deepEqual(shown.data.rows, [[2], [3]]);
  assert.equal(shown.note, "to 24 Jan 2025");
  assert.equal(unfolded(payload, {}), payload);
});
