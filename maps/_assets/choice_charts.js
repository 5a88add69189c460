"use strict";
// Charts of a choice, linked with the map: people by minutes, and municipalities by their median.
(function (ga) {
  const find = (id) => document.getElementById(id);
  const [width, height, left, foot] = [330, 150, 34, 20];
  const samples = 110;
  let brush = null;

  // Shares of all people within each of some times, in quanta.
  function sharesWithin(subject, best, edges) {
    const sums = new Float64Array(edges.length);
    let total = 0;
    for (let at = 0; at < best.length; at += 1) {
      const weight = subject.people[at];
      total += weight;
      if (best[at] >= ga.leftOutQuanta) continue;
      let low = 0;
      let high = edges.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (edges[middle] < best[at]) low = middle + 1;
        else high = middle;
      }
      if (low < edges.length) sums[low] += weight;
    }
    let sum = 0;
    return sums.map((one) => (sum += one) / (total || 1));
  }

  // A round time that nearly everybody is within.
  function longest(choice) {
    const most = Math.max(choice.today.p90 || 0, choice.figures.p90 || 0, 20) * 1.5;
    const step = most > 300 ? 120 : most > 120 ? 60 : most > 60 ? 30 : 15;
    return Math.ceil(most / step) * step;
  }

  function linesOf(choice) {
    const lines = [
      { name: ga.say("choice_today"), best: choice.state.before, mark: "today" },
      { name: ga.say("choice_yours"), best: choice.service.best, mark: "yours" },
    ];
    if (choice.answer && !choice.answer.figures.unknown) lines.push({ name: choice.answer.label, best: choice.answer.best, mark: "answer" });
    return lines;
  }

  function curve(choice) {
    const most = longest(choice);
    const { subject, state } = choice;
    const edges = Array.from({ length: samples + 1 }, (_, at) => Math.floor((at * most) / samples / state.step + 1e-9));
    const x = (minutes) => left + ((width - left - 6) * minutes) / most;
    const y = (share) => height - foot - (height - foot - 8) * share;
    const picture = ga.picture("svg", { viewBox: `0 0 ${width} ${height}`, class: "choice-curve", "aria-hidden": "true" });
    for (const share of [0, 0.5, 1]) {
      picture.append(ga.picture("line", { x1: left, x2: width - 6, y1: y(share), y2: y(share), class: "grid" }));
      const label = ga.picture("text", { x: left - 4, y: y(share) + 4, class: "end" });
      label.textContent = `${100 * share} %`;
      picture.append(label);
    }
    for (let minutes = 0; minutes <= most; minutes += most / 4) {
      const label = ga.picture("text", { x: x(minutes), y: height - 5, class: "middle" });
      label.textContent = ga.shortNumber(minutes);
      picture.append(label);
    }
    if (brush) {
      const [from, to] = [x(brush[0]), x(Math.min(brush[1], most))];
      picture.append(ga.picture("rect", { x: from, width: Math.max(1, to - from), y: 8, height: height - foot - 8, class: "brush" }));
    }
    for (const { best, mark } of linesOf(choice)) {
      const shares = sharesWithin(subject, best, edges);
      const points = Array.from(shares, (share, at) => `${x((at * most) / samples).toFixed(1)},${y(share).toFixed(1)}`).join(" ");
      picture.append(ga.picture("polyline", { points, class: `line ${mark}` }));
    }
    makeBrushable(choice, picture, (at) => Math.min(most, Math.max(0, ((at - left) / (width - left - 6)) * most)));
    return { picture, most };
  }

  // Drag over the curve to choose a span of minutes; the two fields below do the same by keyboard.
  function makeBrushable(choice, picture, minutesAt) {
    let from = null;
    const at = function (event) {
      const box = picture.getBoundingClientRect();
      return minutesAt(((event.clientX - box.left) / box.width) * width);
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
      setBrush(choice, span[1] > span[0] ? span : null);
    });
  }

  function legend(choice) {
    return ga.element("p", { class: "choice-legend" }, ...linesOf(choice).map(({ name, mark }) =>
      ga.element("span", { class: `key ${mark}` }, ga.name(name))));
  }

  function curveTable(choice, most) {
    const { subject, state } = choice;
    const times = Array.from({ length: 8 }, (_, at) => ((at + 1) * most) / 8);
    const edges = times.map((minutes) => Math.floor(minutes / state.step + 1e-9));
    const lines = linesOf(choice).map((line) => ({ ...line, shares: sharesWithin(subject, line.best, edges) }));
    return ga.element("details", null, ga.element("summary", null, ga.say("choice_as_table")),
      ga.element("table", { class: "choice-figures" },
        ga.element("thead", null, ga.element("tr", null, ga.element("th", { scope: "col" }, ga.say("choice_minutes")),
          ...lines.map((line) => ga.element("th", { scope: "col" }, ga.name(line.name))))),
        ga.element("tbody", null, ...times.map((minutes, at) => ga.element("tr", null,
          ga.element("th", { scope: "row" }, ga.shortNumber(minutes)),
          ...lines.map((line) => ga.element("td", null, `${ga.number(100 * line.shares[at], 1)}\u00a0%`)))))));
  }

  // The places that a brush or an area selects; the map shows them alone.
  function mark(choice, isMarked, told) {
    const marked = isMarked && Uint8Array.from(choice.service.best, (_, at) => Number(isMarked(at)));
    ga.state.marked = marked ? { layer: choice.subject.points, rows: marked } : null;
    const people = marked ? choice.subject.people.reduce((sum, weight, at) => sum + marked[at] * weight, 0) : 0;
    find("choice-marked").textContent = marked ? told(ga.number(people, 0)) : "";
    find("choice-unmark").hidden = !marked;
    ga.redrawPlaces();
  }

  function markBrush(choice) {
    const { state, service } = choice;
    const [from, to] = brush;
    const inside = (at) => service.best[at] < ga.leftOutQuanta && service.best[at] * state.step >= from && service.best[at] * state.step <= to;
    mark(choice, inside, (people) => ga.say("choice_brushed", { people, from: ga.shortNumber(from), to: ga.shortNumber(to) }));
  }

  function setBrush(choice, span) {
    brush = span;
    if (span) markBrush(choice);
    else mark(choice, null);
    fillCurve(choice);
  }

  function fillCurve(choice) {
    if (!find("choice-curve").open) return;
    const { picture, most } = curve(choice);
    find("choice-curve-body").replaceChildren(legend(choice), picture, curveTable(choice, most));
    for (const [at, id] of ["choice-from", "choice-to"].entries()) {
      const field = find(id);
      field.max = String(most);
      if (document.activeElement !== field) field.value = brush ? String(brush[at]) : "";
    }
  }

  // Weighted medians of the areas, in minutes; NaN where fewer than half are reached.
  function medians(subject, state, best) {
    const rows = subject.areas.map(() => []);
    for (let at = 0; at < best.length; at += 1) {
      if (subject.people[at] > 0) rows[subject.areaRows[at]]?.push(at);
    }
    return rows.map(function (own) {
      own.sort((one, other) => best[one] - best[other]);
      const half = 0.5 * own.reduce((sum, at) => sum + subject.people[at], 0) * (1 - 1e-12);
      let sum = 0;
      const found = own.find((at) => (sum += subject.people[at]) >= half);
      return found === undefined || best[found] >= ga.leftOutQuanta ? NaN : best[found] * state.step;
    });
  }

  const shown = (minutes) => (Number.isNaN(minutes) ? ga.say("unreachable") : ga.number(minutes, 0));

  function ranking(choice) {
    const { subject, state } = choice;
    const today = medians(subject, state, state.before);
    const yours = medians(subject, state, choice.service.best);
    const all = subject.states.length < 2 ? [yours] : subject.states.map((one) =>
      medians(subject, one, ga.serviceOf(subject, one, ga.openSites({ ...choice, state: one })).best));
    const most = Math.max(1, ...all.flat().filter(Number.isFinite), ...today.filter(Number.isFinite));
    const share = (minutes) => `${((100 * (Number.isNaN(minutes) ? most : minutes)) / most).toFixed(1)}%`;
    const order = Array.from(subject.areas.keys()).sort((one, other) =>
      (Number.isNaN(yours[other]) ? Infinity : yours[other]) - (Number.isNaN(yours[one]) ? Infinity : yours[one]) || one - other);
    return order.map(function (area) {
      const bar = ga.element("span", { class: "bar", "aria-hidden": "true" });
      const fill = ga.element("span", { class: Number.isNaN(yours[area]) ? "fill none" : "fill" });
      fill.style.width = share(yours[area]);
      const tick = ga.element("span", { class: "tick" });
      tick.style.left = share(today[area]);
      bar.append(fill, tick);
      const range = all.map((one) => one[area]).map((value) => (Number.isNaN(value) ? Infinity : value));
      if (all.length > 1) {
        const [low, high] = [Math.min(...range), Math.max(...range)];
        const whisker = ga.element("span", { class: "whisker" });
        whisker.style.left = share(Number.isFinite(low) ? low : NaN);
        whisker.style.width = `${Math.max(0, parseFloat(share(Number.isFinite(high) ? high : NaN)) - parseFloat(share(Number.isFinite(low) ? low : NaN)))}%`;
        bar.append(whisker);
      }
      const text = ga.say("choice_rank", { today: shown(today[area]), yours: shown(yours[area]) });
      const act = ga.element("button", { type: "button" }, ga.name(subject.areas[area]), " ", ga.element("small", null, text), bar);
      act.addEventListener("click", () => showArea(choice, area));
      return ga.element("li", null, act);
    });
  }

  function showArea(choice, area) {
    const { subject } = choice;
    const layer = ga.layerOf(subject.points);
    const places = [];
    subject.areaRows.forEach((own, at) => own === area && places.push(L.latLng(layer.lat[at], layer.lon[at])));
    brush = null;
    ga.map.fitBounds(L.latLngBounds(places), { animate: false, maxZoom: ga.homeZoom + 3, padding: [60, 60] });
    mark(choice, (at) => subject.areaRows[at] === area, (people) => ga.say("choice_area_shown", { area: subject.areas[area], people }));
    fillCurve(choice);
  }

  function fillRanking(choice) {
    if (find("choice-ranking").open) find("choice-ranking-list").replaceChildren(...ranking(choice));
  }

  ga.fillCharts = function (choice) {
    if (ga.state.marked && !brush) mark(choice, null);
    if (brush) markBrush(choice);
    fillCurve(choice);
    fillRanking(choice);
  };

  // Fields for the ends of the span.
  function spanField(id, word) {
    const field = ga.element("input", { type: "number", id, min: 0, step: 1 });
    field.addEventListener("change", function () {
      const [from, to] = [find("choice-from").value, find("choice-to").value].map((text) => (text === "" ? NaN : Number(text)));
      const whole = [Number.isNaN(from) ? 0 : from, Number.isNaN(to) ? Number(find("choice-to").max) : to];
      if (ga.choice) setBrush(ga.choice, whole[1] > whole[0] ? whole : null);
    });
    return [ga.element("label", { for: id }, ga.say(word)), field];
  }

  ga.choiceCharts = function () {
    const folded = (id, word, ...children) =>
      ga.element("details", { id }, ga.element("summary", null, ga.say(word)), ...children);
    const unmark = ga.choiceButton("choice-unmark", "choice_unmark", () => setBrush(ga.choice, null));
    unmark.hidden = true;
    const curves = folded("choice-curve", "choice_curve",
      ga.element("div", { id: "choice-curve-body" }),
      ga.element("p", { class: "choice-tools" }, ...spanField("choice-from", "choice_from"), ...spanField("choice-to", "choice_to")));
    const ranked = folded("choice-ranking", "choice_ranking", ga.element("ul", { id: "choice-ranking-list" }));
    curves.addEventListener("toggle", () => ga.choice && fillCurve(ga.choice));
    ranked.addEventListener("toggle", () => ga.choice && fillRanking(ga.choice));
    const marked = ga.element("p", { class: "choice-tools" }, ga.element("span", { id: "choice-marked", role: "status" }), unmark);
    return [curves, ranked, marked];
  };
})(window.geoaccess);
