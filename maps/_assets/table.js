"use strict";
// Every layer as a table: sorted by any column, searched, a hundred rows at a time.
(function (ga) {
  const rowsShown = 100;
  const find = (id) => document.getElementById(id);
  let tables = [];
  let current = null;
  let rows = [];
  let first = 0;
  let sorting = { column: 0, falling: false };

  function seriesColumn(layer, series) {
    return {
      name: ga.seriesName(layer, series),
      unit: series.scale.unit,
      text: (row) => (series.classes[row] === "-" || series.scale.named || series.marks?.[row] ? ga.valueText(series, row) : null),
      numbers: series.scale.named ? null : series.values,
      digits: series.scale.digits,
    };
  }

  // What each item is in the view that is shown.
  function choiceColumn(choices, heading, prefix) {
    const values = ga.inView(choices, ga.state.view);
    return values ? [{ name: heading, unit: "", text: (row) => ga.say(`${prefix}_${values[row]}`) }] : [];
  }

  // The series of the view that is shown comes first; of other subjects only what their first view shows.
  function toldSeries(layer) {
    const current = ga.seriesIn(layer, ga.state.view);
    const others = layer.series.filter(
      (series) => !series.repeats && series.origin !== current?.origin && ga.isTold(series, ga.state.view),
    );
    return current ? [current, ...others] : others;
  }

  function layerTable(layer) {
    const columns = [{ name: ga.say("name"), unit: "", text: (row) => layer.labels[row], isName: true }];
    if (layer.size) columns.push(layer.size);
    columns.push(...toldSeries(layer).map((series) => seriesColumn(layer, series)));
    if (layer.roles) columns.push(...choiceColumn(layer.roles, ga.say("role"), "role"));
    if (layer.kinds) columns.push(...choiceColumn(layer.kinds, ga.say("line_kind"), "kind"));
    columns.push(...layer.columns);
    columns.push(...((layer.parts && ga.inView(layer.parts, ga.state.view)) ?? []));
    return { name: layer.name, note: "", layer, columns, count: layer.labels.length };
  }

  function ownTable(packed) {
    const columns = packed.columns.map(ga.column);
    const count = packed.columns[0]?.numbers?.n ?? ga.integers(packed.columns[0]?.codes ?? "").length;
    return { name: packed.name, note: packed.note, layer: null, columns, count };
  }

  function cellText(column, row) {
    const text = column.text?.(row);
    if (text !== null && text !== undefined) return text;
    const value = column.numbers[row];
    return Number.isNaN(value) ? "–" : ga.number(value, column.digits);
  }

  function inOrder(column, falling) {
    const sign = falling ? -1 : 1;
    if (!column.numbers) return (one, other) => sign * ga.compare(column.text(one), column.text(other));
    return function (one, other) {
      const [a, b] = [column.numbers[one], column.numbers[other]];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return sign * (a - b);
    };
  }

  function collect() {
    const wanted = ga.fold(find("tables-filter").value.trim());
    rows = Array.from({ length: current.count }, (_, row) => row);
    if (wanted) {
      const texts = current.columns.filter((column) => !column.numbers);
      rows = rows.filter((row) => texts.some((column) => ga.fold(column.text(row)).includes(wanted)));
    }
    if (sorting.column !== null) rows.sort(inOrder(current.columns[sorting.column], sorting.falling));
    first = 0;
  }

  function heading(column, index) {
    const text = column.unit ? `${column.name} (${column.unit})` : column.name;
    const button = ga.element("button", { type: "button" }, ga.name(text));
    button.addEventListener("click", function () {
      sorting = { column: index, falling: sorting.column === index ? !sorting.falling : Boolean(column.numbers) };
      collect();
      draw();
      find("tables-body").querySelectorAll("th button")[index].focus();
    });
    const order = sorting.falling ? "descending" : "ascending";
    const attributes = { scope: "col", "aria-sort": sorting.column === index ? order : null };
    return ga.element("th", { ...attributes, class: column.numbers ? "number" : null }, button);
  }

  function cell(column, row, index) {
    const text = cellText(column, row);
    if (!column.isName) return ga.element("td", { class: column.numbers ? "number" : null }, ga.name(text));
    const button = ga.element("button", { type: "button", class: "go" }, ga.name(text));
    button.setAttribute("aria-label", ga.say("show_on_map", { name: text }));
    button.addEventListener("click", function () {
      find("tables").close();
      ga.showItem({ layer: current.layer, row });
    });
    return ga.element("th", { scope: "row", "data-index": index }, button);
  }

  function draw() {
    const last = Math.min(rows.length, first + rowsShown);
    const head = ga.element("tr", null, ...current.columns.map(heading));
    const body = rows
      .slice(first, last)
      .map((row) => ga.element("tr", null, ...current.columns.map((column, index) => cell(column, row, index))));
    const table = ga.element(
      "table",
      null,
      ga.element("caption", null, ga.name(current.name)),
      ga.element("thead", null, head),
      ga.element("tbody", null, ...body),
    );
    find("tables-body").replaceChildren(table);
    const place = { first: ga.number(rows.length ? first + 1 : 0, 0), last: ga.number(last, 0) };
    find("tables-page").textContent = ga.say("page", { ...place, count: ga.number(rows.length, 0) });
    find("tables-before").disabled = first === 0;
    find("tables-after").disabled = last >= rows.length;
  }

  function choose(index) {
    current = tables[index];
    sorting = { column: current.layer ? 0 : null, falling: false };
    find("tables-note").replaceChildren(ga.name(current.note));
    find("tables-filter").value = "";
    collect();
    draw();
  }

  function turn(step) {
    first += step * rowsShown;
    draw();
    find("tables-body").scrollTop = 0;
  }

  // A table that is the subject of the page stands in the panel, as it was given.
  function panelTable(packed) {
    const { name, note, columns, count } = ownTable(packed);
    const heading = (column) => (column.unit ? `${column.name} (${column.unit})` : column.name);
    const kind = (column) => ({ class: column.numbers ? "number" : null });
    const head = columns.map((column) => ga.element("th", { scope: "col", ...kind(column) }, ga.name(heading(column))));
    const body = Array.from({ length: count }, (_, row) =>
      ga.element("tr", null, ...columns.map((column) => ga.element("td", kind(column), ga.name(cellText(column, row))))),
    );
    const table = ga.element("table", null, ga.element("thead", null, ga.element("tr", null, ...head)));
    table.append(ga.element("tbody", null, ...body));
    const title = ga.element("h2", null, ga.name(name));
    const box = ga.element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": name }, table);
    return [title, ...(note ? [ga.element("p", { class: "note" }, ga.name(note))] : []), box];
  }

  // The table that answers the question comes first: the document's own, then people, areas, sites, the network.
  const tableOrder = ["points", "areas", "sites", "lines", "flows"];

  function allTables() {
    const layers = tableOrder.flatMap((type) => ga.layers.filter((layer) => layer.type === type && !ga.isOfChoice(layer)));
    return [
      ...ga.data.tables.map(ownTable).filter((table) => table.columns.length),
      ...layers.filter((layer) => layer.labels.some(Boolean)).map(layerTable),
    ];
  }

  ga.makeTables = function () {
    const inPanel = ga.data.tables.filter((table) => table.inPanel && table.columns.length);
    find("panel-tables").append(...inPanel.flatMap(panelTable));
    tables = allTables();
    const choice = find("tables-choice");
    choice.append(...tables.map((table, index) => ga.element("option", { value: index, dir: "auto" }, table.name)));
    choice.addEventListener("change", () => choose(Number(choice.value)));
    find("tables-filter").addEventListener("input", function () {
      collect();
      draw();
    });
    find("tables-before").addEventListener("click", () => turn(-1));
    find("tables-after").addEventListener("click", () => turn(1));
    find("tables-close").addEventListener("click", () => find("tables").close());
    find("open-tables").disabled = tables.length === 0;
    find("open-tables").addEventListener("click", function () {
      tables = allTables();
      choose(Number(choice.value));
      find("tables").showModal();
    });
  };
})(window.geoaccess);
