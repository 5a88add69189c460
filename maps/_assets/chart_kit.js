"use strict";
// Charts as SVG, each with a table beside it: people by minutes, and areas by their median. Nothing here knows
// what is charted.
(function (ga) {
  const [width, height, left, foot] = [330, 150, 34, 20];
  const samples = 110;

  ga.pictureText = function (text, attributes) {
    const made = ga.picture("text", attributes);
    made.textContent = text;
    return made;
  };

  // Round marks of an axis from at most a lowest to at least a highest value: steps of 1, 2, 2.5 or 5 times ten.
  ga.ticksBetween = function (low, high, count) {
    const rough = Math.max((high - low) / count, 1e-6 * Math.max(1, Math.abs(high)));
    const ten = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((one) => one * ten).find((one) => one >= rough * (1 - 1e-9));
    const first = Math.floor(low / step + 1e-9);
    const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
    return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
  };

  // Minutes are told in quarters and whole hours; the last mark is one that nearly everybody is within.
  ga.minuteTicks = function (most) {
    const step = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960].find((one) => most / one <= 6) ?? 1440;
    return Array.from({ length: Math.max(1, Math.ceil(most / step - 1e-9)) + 1 }, (_, at) => at * step);
  };

  // Shares of all people within each of some minutes; those who are not reached count among all.
  ga.sharesWithin = function (people, minutes, edges) {
    const sums = new Float64Array(edges.length);
    let total = 0;
    for (let at = 0; at < minutes.length; at += 1) {
      const weight = people[at] || 0;
      total += weight;
      if (!(minutes[at] <= edges[edges.length - 1])) continue;
      let low = 0;
      let high = edges.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (edges[middle] < minutes[at]) low = middle + 1;
        else high = middle;
      }
      sums[low] += weight;
    }
    let sum = 0;
    return sums.map((one) => (sum += one) / (total || 1));
  };

  // The smallest minutes within which a share of the people of some rows are; NaN where they are not reached.
  ga.weightedMedian = function (people, minutes, rows, share = 0.5) {
    const own = Array.from(rows).filter((at) => people[at] > 0);
    const key = (at) => (Number.isNaN(minutes[at]) ? Infinity : minutes[at]);
    own.sort((one, other) => key(one) - key(other));
    const wanted = share * own.reduce((sum, at) => sum + people[at], 0) * (1 - 1e-12);
    let sum = 0;
    const found = own.find((at) => (sum += people[at]) >= wanted);
    return found === undefined ? NaN : minutes[found];
  };

  // A time that nine tenths are within, and half as much again.
  ga.longestOf = function (people, lines) {
    const tenths = lines.map(({ minutes }) => ga.weightedMedian(people, minutes, minutes.keys(), 0.9));
    return Math.max(20, ...tenths.filter(Number.isFinite)) * 1.5;
  };

  const shareText = (share) => `${ga.number(100 * share, 1)}\u00a0%`;

  // Cumulative curves. `lines`: {name, mark, minutes}; `most`: the last minute; `brush`: [from, to] or null;
  // `at`: minutes of a place that is selected, or NaN; `onBrush`: told of a span that is dragged.
  ga.curvePicture = function ({ people, lines, most, brush = null, at = NaN, onBrush = null, size = [width, height] }) {
    const [wide, high] = size;
    const ticks = ga.minuteTicks(most);
    const end = ticks.at(-1);
    const edges = Array.from({ length: samples + 1 }, (_, one) => (one * end) / samples + 1e-9);
    const x = (minutes) => left + ((wide - left - 10) * minutes) / end;
    const y = (share) => high - foot - (high - foot - 8) * share;
    const picture = ga.picture("svg", { viewBox: `0 0 ${wide} ${high}`, class: onBrush ? "choice-curve" : "choice-curve still", "aria-hidden": "true" });
    for (const share of [0, 0.5, 1]) {
      picture.append(ga.picture("line", { x1: left, x2: wide - 10, y1: y(share), y2: y(share), class: "grid" }));
      picture.append(ga.pictureText(`${100 * share} %`, { x: left - 4, y: y(share) + 4, class: "end" }));
    }
    for (const minutes of wide < width ? [ticks[0], end] : ticks) {
      picture.append(ga.pictureText(ga.shortNumber(minutes), { x: x(minutes), y: high - 5, class: "middle" }));
    }
    if (brush) {
      const [from, to] = brush.map((one) => x(Math.min(one, end)));
      picture.append(ga.picture("rect", { x: from, width: Math.max(1, to - from), y: 8, height: high - foot - 8, class: "brush" }));
    }
    for (const { minutes, mark } of lines) {
      const points = Array.from(ga.sharesWithin(people, minutes, edges), (share, one) => `${x(edges[one]).toFixed(1)},${y(share).toFixed(1)}`);
      picture.append(ga.picture("polyline", { points: points.join(" "), class: `line ${mark}` }));
    }
    if (at <= end) picture.append(ga.picture("line", { x1: x(at), x2: x(at), y1: 8, y2: high - foot, class: "here" }));
    if (onBrush) makeBrushable(picture, (px) => Math.min(end, Math.max(0, ((px - left) / (wide - left - 10)) * end)), wide, onBrush);
    return picture;
  };

  // Drag over the curve to choose a span of minutes; two fields below do the same by keyboard.
  function makeBrushable(picture, minutesAt, wide, onBrush) {
    let from = null;
    const at = function (event) {
      const box = picture.getBoundingClientRect();
      return minutesAt(((event.clientX - box.left) / box.width) * wide);
    };
    picture.addEventListener("pointerdown", function (event) {
      event.preventDefault();
      picture.setPointerCapture(event.pointerId);
      from = at(event);
    });
    picture.addEventListener("pointerup", function (event) {
      if (from === null) return;
      const to = at(event);
      const span = [Math.min(from, to), Math.max(from, to)].map(Math.round);
      from = null;
      onBrush(span[1] > span[0] ? span : null);
    });
  }

  ga.chartLegend = (lines) => ga.element("p", { class: "choice-legend" }, ...lines.map(({ name, mark }) =>
    ga.element("span", { class: `key ${mark}` }, ga.name(name))));

  // The curves as a table: the share of people within each mark of the axis.
  ga.curveTable = function ({ people, lines, most, caption }) {
    const times = ga.minuteTicks(most).slice(1);
    const shares = lines.map(({ minutes }) => ga.sharesWithin(people, minutes, times.map((one) => one + 1e-9)));
    return ga.element("details", null, ga.element("summary", null, ga.say("choice_as_table")),
      ga.element("table", { class: "choice-figures" },
        ga.element("caption", { class: "hidden" }, caption),
        ga.element("thead", null, ga.element("tr", null, ga.element("th", { scope: "col" }, ga.say("choice_minutes")),
          ...lines.map((line) => ga.element("th", { scope: "col" }, ga.name(line.name))))),
        ga.element("tbody", null, ...times.map((minutes, at) => ga.element("tr", null,
          ga.element("th", { scope: "row" }, ga.shortNumber(minutes)),
          ...shares.map((line) => ga.element("td", null, shareText(line[at]))))))));
  };

  // Two fields for the ends of a span of minutes.
  ga.spanFields = function (prefix, onSpan) {
    const made = [["from", "choice_from"], ["to", "choice_to"]].map(function ([end, word]) {
      const id = `${prefix}-${end}`;
      const field = ga.element("input", { type: "number", id, min: 0, step: 1, class: "span" });
      field.addEventListener("change", read);
      return [ga.element("label", { for: id }, ga.say(word)), field];
    });
    const fields = made.map(([, field]) => field);
    function read() {
      const [from, to] = fields.map((field) => (field.value === "" ? NaN : Number(field.value)));
      const whole = [Number.isNaN(from) ? 0 : from, Number.isNaN(to) ? Number(fields[1].max) : to];
      onSpan(whole[1] > whole[0] ? whole : null);
    }
    // A field that somebody is about to fill in must stay as it is: only a drag writes into them.
    const fill = (brush) => fields.forEach((field, at) => (field.value = brush ? String(brush[at]) : ""));
    const limit = (most) => fields.forEach((field) => (field.max = String(ga.minuteTicks(most).at(-1))));
    return { nodes: made.flat(), fill, limit };
  };

  const shown = (minutes) => (Number.isNaN(minutes) ? ga.say("unreachable") : ga.number(minutes, 0));

  // Areas as bars, the longest first. `bars`: {area, name, value, tick, low, high}; a tick is what it is held
  // against; low and high end a line over the bar, NaN standing for nobody reached. `now`: the area of a place
  // that is selected on the map, or -1.
  ga.rankingRows = function (bars, { textOf, onArea, now = -1 }) {
    const every = bars.flatMap(({ value, tick, low, high }) => [value, tick, low, high]).filter(Number.isFinite);
    const most = Math.max(1, ...every);
    const share = (minutes) => (100 * (Number.isFinite(minutes) ? minutes : most)) / most;
    const key = (value) => (Number.isNaN(value) ? Infinity : value);
    const sorted = bars.toSorted((one, other) => (key(other.value) === key(one.value) ? one.area - other.area : key(other.value) - key(one.value)));
    return sorted.map(function (one) {
      const bar = ga.element("span", { class: "bar", "aria-hidden": "true" });
      const fill = ga.element("span", { class: Number.isNaN(one.value) ? "fill none" : "fill" });
      fill.style.width = `${share(one.value).toFixed(1)}%`;
      bar.append(fill);
      if (one.tick !== undefined) bar.append(placed("tick", share(one.tick)));
      if (one.low !== undefined) bar.append(placed("whisker", share(one.low), share(one.high)));
      const range = one.low === undefined || shown(one.low) === shown(one.high) ? "" : `; ${ga.say("chart_range", { low: shown(one.low), high: shown(one.high) })}`;
      const act = ga.element("button", { type: "button", "aria-pressed": String(one.area === now) },
        ga.name(one.name), " ", ga.element("small", null, textOf(one, shown) + range), bar);
      act.addEventListener("click", () => onArea(one.area));
      return ga.element("li", { class: one.area === now ? "now" : null }, act);
    });
  };

  function placed(name, from, to = null) {
    const mark = ga.element("span", { class: name });
    mark.style.left = `${from.toFixed(1)}%`;
    if (to !== null) mark.style.width = `${Math.max(0, to - from).toFixed(1)}%`;
    return mark;
  }

  // The least and the greatest of some minutes, not reached being beyond all.
  ga.rangeOf = function (values) {
    const known = values.map((value) => (Number.isNaN(value) ? Infinity : value));
    const back = (value) => (Number.isFinite(value) ? value : NaN);
    return { low: back(Math.min(...known)), high: back(Math.max(...known)) };
  };

  // Half of the people, and nine in ten, by the hour of leaving: `byHour`: 24 x minutes, of the people of some rows.
  ga.hoursChart = function ({ name, byHour, people, rows, of, now, pick }) {
    const shares = [[0.5, "yours", "choice_median"], [0.9, "today", "choice_p90"]];
    const single = rows.length === 1;
    const lines = (single ? shares.slice(0, 1) : shares).map(([share, mark, word]) => ({
      mark,
      name: single ? of : ga.say(word),
      values: byHour.map((minutes) => ga.weightedMedian(people, minutes, rows, share)),
    }));
    const known = lines.flatMap(({ values }) => values).filter(Number.isFinite);
    const ticks = ga.minuteTicks(Math.max(10, ...known));
    const end = ticks.at(-1);
    const x = (hour) => left + ((width - left - 10) * (hour + 0.5)) / 24;
    const y = (minutes) => height - foot - ((height - foot - 8) * Math.min(minutes, end)) / end;
    const picture = ga.picture("svg", { viewBox: `0 0 ${width} ${height}`, class: "choice-curve still", "aria-hidden": "true" });
    for (const tick of ticks) {
      picture.append(ga.picture("line", { x1: left, x2: width - 10, y1: y(tick), y2: y(tick), class: "grid" }));
      picture.append(ga.pictureText(ga.shortNumber(tick), { x: left - 4, y: y(tick) + 4, class: "end" }));
    }
    for (const hour of [0, 6, 12, 18, 24]) picture.append(ga.pictureText(ga.clock(hour), { x: x(hour - 0.5), y: height - 5, class: "middle" }));
    if (now !== null) picture.append(ga.picture("line", { x1: x(now), x2: x(now), y1: 8, y2: height - foot, class: "here" }));
    for (const { values, mark } of lines) {
      // A line breaks where they are not reached.
      const parts = values.map((value, hour) => (Number.isNaN(value) ? null : `${x(hour).toFixed(1)} ${y(value).toFixed(1)}`));
      const path = parts.map((part, hour) => part && `${parts[hour - 1] ? "L" : "M"}${part}`).filter(Boolean).join("");
      picture.append(ga.picture("path", { d: path || "M0 0", class: `line ${mark}` }));
    }
    const picks = ga.element("div", { class: "hour-picks", role: "group", "aria-label": ga.hourWord() }, ...byHour.map(function (_, hour) {
      const text = `${ga.clock(hour)}: ${lines.map((line) => `${line.name} ${shown(line.values[hour])}`).join(", ")}`;
      const act = ga.element("button", { type: "button", title: text, "aria-label": text, "aria-pressed": String(hour === now) }, String(hour));
      act.addEventListener("click", () => pick(hour));
      return act;
    }));
    const table = ga.element("details", null, ga.element("summary", null, ga.say("choice_as_table")),
      ga.element("table", { class: "choice-figures" },
        ga.element("caption", { class: "hidden" }, ga.name(`${name}: ${of}`)),
        ga.element("thead", null, ga.element("tr", null, ga.element("th", { scope: "col" }, ga.hourWord()),
          ...lines.map((line) => ga.element("th", { scope: "col" }, ga.name(line.name))))),
        ga.element("tbody", null, ...byHour.map((_, hour) => ga.element("tr", null,
          ga.element("th", { scope: "row" }, ga.clock(hour)), ...lines.map(({ values }) => ga.element("td", null, shown(values[hour]))))))));
    return [ga.element("p", { class: "note" }, ga.name(`${name}: ${of}`)), ga.chartLegend(lines), picture, picks, table];
  };

  // The map shows the places of a span of minutes, or of an area, alone; gives the people there.
  ga.markPlaces = function (layer, people, isMarked) {
    const rows = isMarked && Uint8Array.from(layer.labels, (_, at) => Number(isMarked(at)));
    ga.state.marked = rows ? { layer: layer.key, rows } : null;
    ga.redrawPlaces();
    return rows ? rows.reduce((sum, one, at) => sum + one * (people[at] || 0), 0) : 0;
  };

  ga.fitPlaces = function (layer, isMarked) {
    const places = layer.labels.flatMap((_, at) => (isMarked(at) ? [L.latLng(layer.lat[at], layer.lon[at])] : []));
    if (places.length) ga.map.fitBounds(L.latLngBounds(places), { animate: false, maxZoom: ga.homeZoom + 3, padding: [60, 60] });
  };
})(window.geoaccess);
