/* Paints panels from their payloads: colours, badges, tables, CSV, full screen. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const payloads = {};        // "page/name" -> payload
  const asking = {};          // "page/name" -> timer of a panel whose result still grows
  const MINUS = "\u2212", THIN = "\u2009", ABSENT = "\u2013";
  const DATA = new Set(["x", "y", "z", "open", "high", "low", "close", "customdata", "text", "hovertext", "ids"]);
  const EMPTY = { data: [], layout: { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", xaxis: { visible: false }, yaxis: { visible: false } } };

  function palette() {
    return H.config().palettes[document.documentElement.dataset.theme] || {};
  }

  /* Colours from the palette; letters and margins grow with the page's own type size. */
  H.paint = function (node, colours, scale, parent) {
    if (typeof node === "string") {
      return node[0] === "@" ? colours[node.slice(1)] || "#888" : node;
    }
    if (Array.isArray(node)) return node.map((item) => H.paint(item, colours, scale));
    if (node && typeof node === "object") {
      const copy = {};
      const font = parent && parent.endsWith("font");
      for (const key in node) {
        const value = node[key];
        if (DATA.has(key) && Array.isArray(value)) copy[key] = value;
        else if (typeof value === "number" && ((font && key === "size") || parent === "margin")) copy[key] = Math.round(value * scale * 10) / 10;
        else copy[key] = H.paint(value, colours, scale, key);
      }
      return copy;
    }
    return node;
  };

  /* A figure may say in layout.meta.phone what a narrow screen changes: layout keys by their
     dotted path, and under "hide" the traces (by their meta) that it does without. */
  function fit(figure, width) {
    const phone = figure.layout.meta && figure.layout.meta.phone;
    if (!phone || width > 720) return figure;
    for (const path in phone) {
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

  function typeScale() {
    return Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 14) || 1;
  }

  H.write = function (value, column) {
    if (value === null || value === undefined || value === "") return ABSENT;
    if (typeof value !== "number" || column.decimals === undefined) return String(value);
    const rounded = Number(Math.abs(value).toFixed(column.decimals));
    const [whole, rest] = rounded.toFixed(column.decimals).split(".");
    const text = whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (rest ? "." + rest : "");
    const sign = rounded === 0 ? "" : value < 0 ? MINUS : column.sign ? "+" : "";
    return sign + (column.prefix || "") + text + (column.suffix || "");
  };

  function root(key) { return document.querySelector('[data-panel="' + key + '"]'); }

  function element(tag, text, className) {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  }

  /* Components as the server describes them -> DOM, outside React. */
  const NAMES = { className: "class", htmlFor: "for", tabIndex: "tabindex", colSpan: "colspan" };

  function build(node) {
    if (node === null || node === undefined || typeof node === "boolean") return [];
    if (Array.isArray(node)) return node.flatMap(build);
    if (typeof node !== "object") return [document.createTextNode(String(node))];
    const made = document.createElement(node.type.toLowerCase());
    for (const [name, value] of Object.entries(node.props)) {
      if (name === "children" || value === null || value === undefined) continue;
      if (name === "style") {
        for (const [key, text] of Object.entries(value)) {
          if (key.startsWith("--")) made.style.setProperty(key, text); else made.style[key] = text;
        }
      } else if (typeof value === "boolean" && !name.includes("-")) {
        if (value) made.setAttribute(name, "");
      } else made.setAttribute(NAMES[name] || name, value);
    }
    made.append(...build(node.props.children));
    return [made];
  }

  /* Change what differs and keep the rest, so that nothing jumps, scrolls or loses focus. */
  function morph(parent, wanted) {
    const have = [...parent.childNodes];
    wanted.forEach(function (node, i) {
      const old = have[i];
      if (!old) parent.append(node);
      else if (old.nodeType !== node.nodeType || old.nodeName !== node.nodeName) old.replaceWith(node);
      else if (old.nodeType === Node.TEXT_NODE) {
        if (old.data !== node.data) old.data = node.data;
      } else {
        for (const { name } of [...old.attributes]) {
          if (!node.hasAttribute(name) && name !== "aria-sort" && name !== "open") old.removeAttribute(name);
        }
        for (const { name, value } of node.attributes) {
          if (old.getAttribute(name) !== value) old.setAttribute(name, value);
        }
        morph(old, [...node.childNodes]);
      }
    });
    have.slice(wanted.length).forEach((node) => node.remove());
  }

  /* Components written into an element outside the panels, as `morph` does it. */
  H.fill = function (id, content) {
    const holder = document.getElementById(id);
    if (holder && content) morph(holder, build(content));
  };

  /* Give every bare panel its head and foot, and every static body its content. */
  H.dress = function () {
    for (const holder of document.querySelectorAll("[data-body]")) {
      holder.append(...build(JSON.parse(holder.dataset.body)));
      holder.removeAttribute("data-body");
    }
    for (const panel of document.querySelectorAll("[data-panel]:not(.is-dressed)")) {
      panel.classList.add("is-dressed");
      const head = element("header", undefined, "panel-head");
      const heading = element("div", undefined, "panel-heading");
      heading.append(element("h2", "\u00a0"), element("p", "\u00a0", "sub"));
      head.append(heading, element("span", undefined, "badge"));
      const foot = element("footer", undefined, "panel-foot");
      const tools = element("div", undefined, "panel-tools");
      const offered = [["csv", "CSV", "Download the numbers as CSV"]];
      if (panel.dataset.kind === "chart") offered.push(["fullscreen", "Full screen", "Show this chart alone on the screen"]);
      offered.unshift(["scene", "Add to scenes", "Keep this view for a presentation"]);
      for (const [action, text, about] of offered) {
        const tool = element("button", text, "tool");
        tool.type = "button";
        tool.title = about;
        tool.dataset.action = action;
        tools.append(tool);
      }
      const details = element("details", undefined, "as-table");
      details.append(element("summary", "View as table"), element("div", undefined, "data-table scroll"));
      foot.append(element("p", undefined, "note"), tools, details);
      panel.prepend(head);
      panel.append(foot);
    }
  };

  function write(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  /* A bar under the head while the server is still fetching: [done, all]. */
  function progress(panel, loading) {
    let meter = panel.querySelector(":scope > .meter");
    if (!loading) { if (meter) meter.remove(); return; }
    if (!meter) {
      panel.querySelector(".panel-head").after(meter = element("div", undefined, "meter"));
      meter.setAttribute("role", "progressbar");
      meter.append(element("div"));
    }
    meter.setAttribute("aria-valuenow", loading[0]);
    meter.setAttribute("aria-valuemax", loading[1]);
    meter.firstChild.style.width = (100 * loading[0] / loading[1]).toFixed(1) + "%";
  }

  function mark(key, payload) {
    const panel = root(key);
    if (!panel) return null;
    H.dress();
    panel.classList.remove("is-loading");
    panel.classList.toggle("is-absent", Boolean(payload.absence));
    panel.classList.toggle("has-data", Boolean(payload.data));
    panel.classList.toggle("is-simulated", Boolean(payload.simulated));
    panel.setAttribute("aria-busy", "false");
    write(panel.querySelector("h2"), payload.title);
    write(panel.querySelector(".sub"), payload.subtitle);
    write(panel.querySelector(".note"), payload.note);
    const badge = panel.querySelector(".badge");
    write(badge, payload.badge.text);
    badge.className = "badge badge-" + payload.badge.freshness.toLowerCase().replace(" ", "-");
    const content = panel.querySelector(".panel-figure, .panel-body");
    content.setAttribute("aria-label", payload.summary);
    if (panel.dataset.kind === "chart") {
      let absence = panel.querySelector(":scope > .absence");
      if (payload.absence && !absence) panel.insertBefore(absence = element("p", "", "absence"), content);
      if (absence) write(absence, payload.absence || "");
    }
    progress(panel, payload.loading);
    const details = panel.querySelector("details.as-table");
    if (details.open) fillTable(panel, payload);
    clearInterval(asking[key]);
    if (payload.again) asking[key] = setInterval(() => H.ask(key.split("/")[0]), payload.again * 1000);
    return panel;
  }

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.holdline = clientside.holdline || {};

  /* A payload with `views` holds the chart in several: the address says which one is shown. */
  function viewOf(key, views) {
    const params = H.remembered(key.split("/")[0]);
    return views.figures[views.by.map(([name, usual]) => (name in params ? params[name] : usual)).join("|")];
  }
  function ended(trace, last) {
    const full = trace.x.length;
    const cut = {};
    for (const name in trace) {
      const value = trace[name];
      cut[name] = Array.isArray(value) && value.length === full ? value.slice(full - last) : value;
    }
    return cut;
  }
  function seen(key) {
    const payload = payloads[key];
    const view = payload && payload.views && viewOf(key, payload.views);
    if (!view) return payload;
    const data = view.data.map((trace) => (trace.of === undefined ? trace : ended(payload.views.traces[trace.of], trace.last)));
    const table = Object.assign({}, payload.views.table, { rows: payload.views.table.rows.slice(-view.rows) });
    return Object.assign({}, payload, { figure: { data: data, layout: view.layout }, note: view.note, data: table });
  }
  /* Show the page's charts as its address now asks, if all that is needed is here. */
  H.showViews = function (page) {
    const held = Object.keys(payloads).filter((key) => key.startsWith(page + "/") && payloads[key].views);
    if (!held.length || !held.every((key) => viewOf(key, payloads[key].views))) return false;
    for (const key of held) {
      const [at, name] = key.split("/");
      clientside.holdline.paint_chart(payloads[key], null, { page: at, name: name });
    }
    return true;
  };

  clientside.holdline.paint_chart = function (given, theme, id) {
    if (!given) return window.dash_clientside.no_update;
    const key = id.page + "/" + id.name;
    payloads[key] = given;
    const payload = seen(key);
    const panel = mark(key, payload);
    const figure = payload.figure ? fit(H.paint(payload.figure, palette(), typeScale()), window.innerWidth) : EMPTY;
    if (H.markOwn && payload.figure) H.markOwn(figure);
    const at = Object.assign({}, id, { type: "chart-graph" });
    const mounted = panel && panel.querySelector(".js-plotly-plot");
    if (payload.figure) keepView(key, figure.layout, mounted ? mounted.layout : null);
    if (!mounted) return graph(at, figure);
    window.dash_clientside.set_props(at, { figure: figure });
    return window.dash_clientside.no_update;
  };

  /* Axes that the viewer has moved stay so while the view is the same: Plotly's uirevision alone
     loses a date axis panned while prices tick. */
  const drawn = {};   // panel key -> the revision and the ranges it was last given
  function keepView(key, layout, now) {
    const axes = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
    const before = drawn[key];
    const ranges = {};
    for (const name of axes) if (layout[name].range) ranges[name] = String(layout[name].range);
    drawn[key] = { revision: layout.uirevision, ranges: ranges };
    if (!now || !before || before.revision !== layout.uirevision) return;
    for (const name of axes) {
      const axis = now[name];
      if (!axis || !axis.range || axis.fixedrange) continue;
      const given = before.ranges[name];
      const moved = given ? given !== String(axis.range) : axis.autorange === false;
      if (moved) Object.assign(layout[name], { range: axis.range.slice(), autorange: false });
    }
  }

  /* Made once: Dash would mount new children anew, and zoom and hover would be lost. */
  function graph(at, figure) {
    return {
      namespace: "dash_core_components",
      type: "Graph",
      props: {
        id: at,
        figure: figure,
        config: H.config().graph,
        responsive: true,
        className: "graph",
      },
    };
  }

  clientside.holdline.paint_card = function (payload, id) {
    if (!payload) return;
    const key = id.page + "/" + id.name;
    payloads[key] = payload;
    const panel = mark(key, payload);
    if (!panel) return;
    const body = panel.querySelector(".panel-body");
    morph(body, payload.absence ? [element("p", payload.absence, "absence")] : build(payload.body));
    for (const heading of body.querySelectorAll("th[aria-sort]")) rank(heading);
    document.dispatchEvent(new CustomEvent("holdline-painted", { detail: key }));
  };

  function fillTable(panel, payload) {
    const holder = panel.querySelector(".data-table");
    holder.replaceChildren();
    if (!payload.data) return;
    holder.tabIndex = 0;
    const table = element("table", undefined, "table");
    table.append(element("caption", payload.summary, "sr-only"));
    const head = element("tr");
    for (const column of payload.data.columns) {
      const cell = element("th", column.name, column.decimals === undefined ? "txt" : "num");
      cell.scope = "col";
      head.append(cell);
    }
    const thead = element("thead");
    thead.append(head);
    const body = element("tbody");
    const quotations = payload.data.quotations;      // of each row's instrument, where they differ
    payload.data.rows.forEach((row, at) => {
      const line = element("tr");
      row.forEach((value, i) => {
        const named = payload.data.columns[i];
        const column = quotations && named.kind === "price" ? quotations[at] : named;
        line.append(element(i ? "td" : "th", H.write(value, column), column.decimals === undefined ? "txt" : "num"));
      });
      body.append(line);
    });
    table.append(thead, body);
    holder.append(table);
  }

  /* A cell that begins as a formula would be run by a spreadsheet. */
  /* For who paints elsewhere than in a panel: the presenter. */
  H.painter = {
    payloadOf: seen,
    element: element,
    /* Laid out as on a screen of `width` pixels, then its letters and margins grown by `scale`. */
    figure: function (figure, scale, width) {
      const layout = structuredClone(figure.layout);
      const drops = layout.meta && layout.meta.phone && layout.meta.phone.hide;
      const laid = fit({ data: figure.data, layout: layout }, drops && width < 1000 ? 720 : width);
      delete laid.layout.meta;
      return H.paint(laid, palette(), scale);
    },
    card: (body, payload) => morph(body, build(payload.body)),
  };

  function csvCell(value) {
    if (value === null || value === undefined) return "";
    let text = String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function download(key, payload) {
    const lines = [payload.data.columns.map((c) => csvCell(c.name)).join(",")];
    for (const row of payload.data.rows) lines.push(row.map(csvCell).join(","));
    lines.push("", csvCell("# " + payload.title), csvCell("# " + payload.subtitle));
    if (payload.simulated) lines.push(csvCell("# SIMULATED - not market prices"));
    if (H.asOf) lines.push(csvCell("# As of " + H.asOfText(H.asOf) + "; nothing later is used"));
    lines.push(csvCell("# Not investment advice"));
    const link = element("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\n") + "\n"], { type: "text/csv" }));
    link.download = "holdline-" + key.replace("/", "-") + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("[data-action]");
    const panel = button && button.closest("[data-panel]");
    if (!panel) return;
    const key = panel.dataset.panel;
    const payload = seen(key);
    if (button.dataset.action === "csv" && payload && payload.data) download(key, payload);
    if (button.dataset.action === "fullscreen") {
      if (document.fullscreenElement) document.exitFullscreen();
      else if (panel.requestFullscreen) panel.requestFullscreen();
    }
  });

  document.addEventListener("fullscreenchange", function () {
    setTimeout(() => window.dispatchEvent(new Event("resize")), 60);
  });

  document.addEventListener("toggle", function (event) {
    if (!event.target.matches || !event.target.matches("details.as-table")) return;
    const panel = event.target.closest("[data-panel]");
    if (panel && event.target.open && payloads[panel.dataset.panel]) fillTable(panel, seen(panel.dataset.panel));
  }, true);

  /* A drop-down of links closes when one is chosen, when the click is elsewhere, or on Escape. */
  function closePickers(kept) {
    for (const menu of document.querySelectorAll("details.picker[open]")) {
      if (menu !== kept) menu.open = false;
    }
  }
  document.addEventListener("click", function (event) {
    const menu = event.target.closest && event.target.closest("details.picker");
    closePickers(menu && !event.target.closest("a") ? menu : null);
  });
  document.addEventListener("keydown", function (event) {
    const menu = event.key === "Escape" && document.querySelector("details.picker[open]");
    if (!menu) return;
    closePickers(null);
    menu.querySelector("summary").focus();
  });

  /* Sorting a table: click a heading; rows move, nothing is asked of the server. */
  function numberOf(cell) {
    return cell && cell.dataset.value !== undefined ? Number(cell.dataset.value) : null;
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("button.sort");
    if (!button) return;
    const heading = button.closest("th");
    const down = heading.getAttribute("aria-sort") !== "descending";
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    rank(heading);
  });

  /* Put a table's rows in the order its marked heading says. */
  function rank(heading) {
    const table = heading.closest("table");
    const at = [...heading.parentNode.children].indexOf(heading);
    const down = heading.getAttribute("aria-sort") === "descending";
    const rows = [...table.tBodies[0].rows];
    const ranked = rows.map((row, i) => ({ row, i, n: numberOf(row.cells[at]), t: row.cells[at].textContent }));
    ranked.sort(function (a, b) {
      if (a.n === null && b.n === null) return (down ? -1 : 1) * b.t.localeCompare(a.t) || a.i - b.i;
      if (a.n === null) return 1;
      if (b.n === null) return -1;
      return (down ? b.n - a.n : a.n - b.n) || a.i - b.i;
    });
    ranked.forEach(({ row }) => table.tBodies[0].append(row));
  }

  /* A value that changes in place is tinted for a moment. */
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  new MutationObserver(function (changes) {
    if (still.matches) return;
    for (const change of changes) {
      const node = change.target.parentElement && change.target.parentElement.closest(".live");
      if (!node || !node.animate) continue;
      node.animate([{ backgroundColor: "var(--accent-soft)" }, { backgroundColor: "transparent" }], { duration: 1200 });
    }
  }).observe(document.documentElement, { subtree: true, characterData: true });
})();
