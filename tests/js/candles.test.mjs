import assert from "node:assert/strict";
import test from "node:test";
import { bars, drawnAs, thinned, unitFor } from "../../assets/core/candles.mjs";

/** Weekdays from a day on. */
function weekdays(first, count) {
  const days = [];
  for (let at = Date.parse(first); days.length < count; at += 86400000) {
    const day = new Date(at);
    if (day.getUTCDay() % 6) days.push(day.toISOString().slice(0, 10));
  }
  return days;
}

/** A made-up series in which every number tells its session. */
function figure(count) {
  const x = weekdays("1995-01-02", count);
  const numbers = x.map((_, i) => i);
  return {
    data: [
      {
        type: "candlestick",
        meta: "price",
        x,
        open: numbers,
        high: numbers.map((n) => n + 10),
        low: numbers.map((n) => n - 10),
        close: numbers.map((n) => n + 1),
      },
      { type: "bar", x, y: numbers.map(() => 1), yaxis: "y2" },
      { type: "scatter", name: "200-DMA", x: x.slice(200), y: numbers.slice(200) },
      {
        type: "scatter",
        name: "events",
        x,
        y: numbers.map(() => 0.3),
        text: numbers.map((n) => (n === 1 || n === 3 ? "event " + n : "")),
        marker: { size: numbers.map((n) => (n === 1 || n === 3 ? 8 : 0)), color: "red" },
      },
      { type: "scatter", name: "rung", xaxis: "x2", x: [0, 1], y: [5, 5] },
    ],
    layout: { xaxis: { rangebreaks: [{ bounds: ["sat", "mon"] }, { values: ["1996-12-25"] }] } },
  };
}

test("five years stay as they are", () => {
  const short = figure(1300);
  assert.equal(thinned(short, undefined), short);
  assert.equal(drawnAs(short, undefined), "whole");
});

test("the unit follows how many sessions are in sight", () => {
  assert.deepEqual([400, 401, 2600, 2601].map(unitFor), ["day", "week", "week", "month"]);
});

test("weeks begin on Monday, months on their first session", () => {
  const days = ["2025-01-30", "2025-01-31", "2025-02-03", "2025-02-07", "2025-02-10"];
  assert.deepEqual(bars(days, 0, 5, "week"), [[0, 1], [2, 3], [4]]);
  assert.deepEqual(bars(days, 0, 5, "month"), [
    [0, 1],
    [2, 3, 4],
  ]);
});

test("thirty years are months: first open, highest, lowest, last close, all the volume", () => {
  const thin = thinned(figure(7800), undefined);
  const [candles, volume, average] = thin.data;
  assert.equal(candles.x.length, 359);
  // January 1995 had 22 weekdays from the 2nd on: sessions 0 to 21
  assert.equal(candles.x[0], "1995-01-31");
  const bar = [candles.open[0], candles.high[0], candles.low[0], candles.close[0]];
  assert.deepEqual(bar, [0, 31, -10, 22]);
  assert.equal(volume.y[0], 22);
  assert.equal(candles.close[358], 7800);
  assert.equal(average.y[average.y.length - 1], 7799);
  assert.deepEqual(thin.layout.xaxis.rangebreaks, []);
  assert.equal(thin.layout.annotations[0].text, "monthly bars");
});

test("a month tells all its events, and what is not of the series is left alone", () => {
  const thin = thinned(figure(7800), undefined);
  assert.equal(thin.data[3].text[0], "event 1<br>event 3");
  assert.equal(thin.data[3].marker.size[0], 8);
  assert.deepEqual(thin.data[3].text.slice(1).filter(Boolean), []);
  assert.deepEqual(thin.data[4].x, [0, 1]);
});

test("zoomed in, every session is drawn: those in sight, and more on both sides", () => {
  const whole = figure(7800);
  const [from, to] = [whole.data[0].x[3000], whole.data[0].x[3199]];
  const thin = thinned(whole, [from + " 12:00", to]);
  const days = thin.data[0].x;
  assert.ok(days.includes(from) && days.includes(to));
  assert.ok(days[0] < from && days[days.length - 1] > to);
  assert.equal(days.length, 384); // 2880 to 3263: a quarter more at each end, at least
  assert.equal(thin.data[0].open[days.indexOf(from)], 3000);
  assert.equal(thin.data[2].y[thin.data[2].x.indexOf(from)], 3000);
  assert.equal(thin.layout.annotations, undefined);
});

test("some years are weeks, of what is in sight and some on both sides", () => {
  const whole = figure(7800);
  const [from, to] = [whole.data[0].x[3000], whole.data[0].x[3999]];
  const thin = thinned(whole, [from, to]);
  const days = thin.data[0].x;
  assert.ok(days[0] < from && days[days.length - 1] > to);
  // 1,000 sessions are 200 weeks; never more than as many again at both ends together
  assert.ok(days.length > 200 && days.length < 500, String(days.length));
  const highest = Math.max(...thin.data[0].high);
  assert.equal(highest, thin.data[0].close[days.length - 1] + 9); // session n: high n + 10, close n + 1
  assert.equal(thin.layout.annotations[0].text, "weekly bars");
});

test("a small pan redraws nothing", () => {
  const whole = figure(7800);
  const days = whole.data[0].x;
  const before = drawnAs(whole, [days[3020], days[3220]]);
  assert.equal(drawnAs(whole, [days[3030], days[3230]]), before);
  assert.notEqual(drawnAs(whole, [days[4000], days[4200]]), before);
  assert.notEqual(drawnAs(whole, undefined), before);
});
