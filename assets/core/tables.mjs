/* Tables: the numbers behind a panel as rows, as CSV, and ranked by a heading. */
import { element, within } from "./dom.mjs";
import { asOfText, csvCell, dayText, write } from "./format.mjs";

/**
 * @typedef {Object} Column
 * @property {string} name
 * @property {string} kind
 * @property {number} [decimals]
 * @property {boolean} [sign]
 * @property {string} [prefix]
 * @property {string} [suffix]
 */
/** @typedef {{columns: Column[], rows: any[][], quotations?: any[]}} Data */

/**
 * The rows with the newest first, where they begin with days that come one after another.
 * @param {Data} data
 * @returns {Data}
 */
export function newestFirst(data) {
  const { columns, rows, quotations } = data;
  const days = columns[0].kind === "date" ? rows.map((row) => row[0]) : [];
  const rising = days.every((day, i) => i === 0 || days[i - 1] <= day);
  if (days.length < 2 || !rising) return data;
  const turned = quotations && [...quotations].reverse();
  return { ...data, rows: [...rows].reverse(), quotations: turned };
}

/** The table of a payload. */
export function dataTable(payload) {
  const { columns, rows, quotations } = newestFirst(payload.data);
  const kind = (column) => (column.decimals === undefined ? "txt" : "num");
  const table = element("table", undefined, "table");
  const head = element("tr");
  for (const column of columns) {
    const cell = element("th", column.name, kind(column));
    cell.scope = "col";
    head.append(cell);
  }
  const body = element("tbody");
  rows.forEach((row, at) => {
    const line = element("tr");
    row.forEach((value, i) => {
      const own = quotations && columns[i].kind === "price"; // in its instrument's decimals
      const day = columns[i].kind === "date" && typeof value === "string";
      const text = day ? dayText(value) : write(value, own ? quotations[at] : columns[i]);
      line.append(element(i ? "td" : "th", text, kind(columns[i])));
    });
    body.append(line);
  });
  const top = element("thead");
  top.append(head);
  table.append(element("caption", payload.summary, "sr-only"), top, body);
  return table;
}

/** A payload's numbers as a CSV file, with what they are under them. */
export function csv(payload, asOf) {
  const { columns, rows } = payload.data;
  const lines = [columns.map((column) => csvCell(column.name)).join(",")];
  for (const row of rows) lines.push(row.map(csvCell).join(","));
  lines.push("", csvCell("# " + payload.title), csvCell("# " + payload.subtitle));
  if (payload.simulated) lines.push(csvCell("# SIMULATED - not market prices"));
  if (asOf) lines.push(csvCell("# As of " + asOfText(asOf) + "; nothing later is used"));
  lines.push(csvCell("# Not investment advice"));
  return "\ufeff" + lines.join("\n") + "\n";
}

/** @typedef {{i: number, number: number|null, text: string}} Cell i: its row's place now */

/** Order of two cells: numbers before texts, texts by the alphabet, equals as they stand. */
export function compareCells(a, b, down) {
  if (a.number === null && b.number === null) {
    return (down ? -1 : 1) * b.text.localeCompare(a.text) || a.i - b.i;
  }
  if (a.number === null) return 1;
  if (b.number === null) return -1;
  return (down ? b.number - a.number : a.number - b.number) || a.i - b.i;
}

/** Put a table's rows in the order its marked heading says. */
export function rank(heading) {
  const table = heading.closest("table");
  const at = [...heading.parentNode.children].indexOf(heading);
  const down = heading.getAttribute("aria-sort") === "descending";
  const ranked = [...table.tBodies[0].rows].map((row, i) => {
    const cell = row.cells[at];
    const number = cell && cell.dataset.value !== undefined ? Number(cell.dataset.value) : null;
    return { row, i, number, text: cell ? cell.textContent : "" };
  });
  ranked.sort((a, b) => compareCells(a, b, down));
  for (const { row } of ranked) table.tBodies[0].append(row);
}

/** Sort a table where its heading is clicked: rows move, nothing is asked of the server. */
export function sortOnClick() {
  document.addEventListener("click", (event) => {
    const button = within(event, "button.sort");
    if (!button) return;
    const heading = button.closest("th");
    const down = heading.getAttribute("aria-sort") !== "descending";
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    rank(heading);
  });
}
