"use strict";
// Charts that are linked with the map: people by minutes, small multiples, hours of the day, areas by their median.
// A panel asks its source what there is to chart: {layer, people, lines, own, against, range, multiples, areas,
// areaOf, hours, textOf}; minutes are NaN for those who are not reached.
(function (ga) {
  const find = (id) => document.getElementById(id);
  const [smallWidth, smallHeight] = [156, 92];

  ga.chartPanel = function (prefix, source) {
    let brush = null;
    let area = -1;
    const id = (name) => `${prefix}-${name}`;
    const isOpen = (name) => find(id(name))?.open;

    // The place that is selected on the map, where it is one of those that are charted.
    function selectedRow(told) {
      const item = ga.state.selected;
      return item && item.layer === told.layer ? item.row : -1;
    }

    const isInside = (told) => (at) => told.own[at] >= brush[0] && told.own[at] <= brush[1];

    // Anew, with the table left open where it was.
    function refill(name, nodes) {
      const home = find(id(name));
      const wasOpen = home.querySelector("details")?.open ?? false;
      home.replaceChildren(...nodes);
      const table = home.querySelector("details");
      if (table) table.open = wasOpen;
    }

    function unmark() {
      brush = null;
      area = -1;
    }

    function applyMarks(told) {
      const isMarked = brush ? isInside(told) : area >= 0 ? (at) => told.areaOf[at] === area : null;
      if (!isMarked && !ga.state.marked) return;
      const count = ga.number(ga.markPlaces(told.layer, told.people, isMarked), 0);
      const span = brush && { people: count, from: ga.shortNumber(brush[0]), to: ga.shortNumber(brush[1]) };
      const words = brush ? ga.say("choice_brushed", span) : area >= 0 ? ga.say("choice_area_shown", { area: told.areas[area], people: count }) : "";
      find(id("marked")).textContent = words;
      find(id("unmark")).hidden = !isMarked;
    }

    function setBrush(span, { isTyped = false } = {}) {
      unmark();
      brush = span;
      if (!isTyped) spans.fill(span);
      fill();
    }

    function showArea(one) {
      const told = source();
      unmark();
      spans.fill(null);
      area = one;
      ga.fitPlaces(told.layer, (at) => told.areaOf[at] === one);
      fill();
    }

    const spans = ga.spanFields(prefix, (span) => setBrush(span, { isTyped: true }));

    function fillCurve(told) {
      if (!isOpen("curve")) return;
      const { people, lines } = told;
      const most = ga.longestOf(people, lines);
      const row = selectedRow(told);
      const at = row < 0 ? NaN : told.own[row];
      refill("curve-body", [
        ga.chartLegend(lines),
        ga.curvePicture({ people, lines, most, brush, at, onBrush: setBrush }),
        ga.curveTable({ people, lines, most, caption: ga.say("choice_curve") }),
      ]);
      spans.limit(most);
    }

    // One small curve for each state of the world; all have the axes of the longest.
    function fillMultiples(told) {
      const home = find(id("multiples"));
      home.hidden = told.multiples.length < 2;
      if (home.hidden || !home.open) return;
      const most = ga.longestOf(told.people, told.multiples);
      const [first] = told.multiples;
      find(id("multiples-list")).replaceChildren(...told.multiples.map(function ({ name, minutes, isNow, pick }) {
        const lines = minutes === first.minutes ? [] : [{ minutes: first.minutes, mark: "today" }];
        const picture = ga.curvePicture({
          people: told.people, lines: [...lines, { minutes, mark: "yours" }], most, size: [smallWidth, smallHeight],
        });
        const median = ga.weightedMedian(told.people, minutes, minutes.keys());
        const words = ga.say("chart_median", { median: Number.isNaN(median) ? ga.say("unreachable") : ga.number(median, 1) });
        const act = ga.element("button", { type: "button", "aria-pressed": String(isNow) },
          ga.element("span", null, ga.name(name)), picture, ga.element("small", null, words));
        act.addEventListener("click", pick);
        return ga.element("li", null, act);
      }));
      spansNote(told, first);
    }

    function spansNote(told, first) {
      find(id("multiples-note")).replaceChildren(ga.name(ga.say("chart_multiples_note", { name: first.name })));
    }

    function fillHours(told) {
      const home = find(id("hours"));
      home.hidden = !told.hours;
      if (home.hidden || !home.open) return;
      const row = selectedRow(told);
      const rows = row >= 0 ? [row] : area >= 0 ? told.areaOf.flatMap((one, at) => (one === area ? [at] : [])) : Array.from(told.people.keys());
      const of = row >= 0 ? told.layer.labels[row] : area >= 0 ? told.areas[area] : ga.say("chart_everybody");
      const people = row >= 0 ? told.people.map(() => 1) : told.people;
      refill("hours-body", ga.hoursChart({ ...told.hours, people, rows, of }));
    }

    function fillRanking(told) {
      const home = find(id("ranking"));
      home.hidden = told.areas.length < 2;
      if (home.hidden || !home.open) return;
      const rows = told.areas.map(() => []);
      told.areaOf.forEach((one, at) => rows[one]?.push(at));
      const medians = (minutes) => rows.map((own) => ga.weightedMedian(told.people, minutes, own));
      const [own, ticks] = [medians(told.own), told.against && medians(told.against)];
      const ends = told.range.map((minutes) => (minutes === told.own ? own : medians(minutes)));
      const bars = told.areas.map(function (name, one) {
        const range = ends.length > 1 ? ga.rangeOf(ends.map((all) => all[one])) : {};
        return { area: one, name, value: own[one], tick: ticks?.[one], ...range };
      });
      const row = selectedRow(told);
      const now = row >= 0 ? told.areaOf[row] : area;
      const list = find(id("ranking-list"));
      list.replaceChildren(...ga.rankingRows(bars, { textOf: told.textOf, onArea: showArea, now }));
      const mine = list.querySelector(".now");
      if (mine) list.scrollTop = mine.offsetTop - list.offsetTop - 40;
    }

    function fill() {
      const told = source();
      if (!told) return;
      applyMarks(told);
      fillCurve(told);
      fillMultiples(told);
      fillHours(told);
      fillRanking(told);
    }

    function folded(name, word, ...children) {
      const home = ga.element("details", { id: id(name) }, ga.element("summary", null, ga.say(word)), ...children);
      home.addEventListener("toggle", fill);
      return home;
    }

    const button = ga.choiceButton(id("unmark"), "choice_unmark", () => setBrush(null));
    button.hidden = true;
    const nodes = [
      folded("curve", "choice_curve", ga.element("div", { id: id("curve-body") }), ga.element("p", { class: "choice-tools" }, ...spans.nodes)),
      folded("multiples", "chart_multiples", ga.element("p", { id: id("multiples-note"), class: "note" }), ga.element("ul", { id: id("multiples-list"), class: "multiples" })),
      folded("hours", "chart_hours", ga.element("div", { id: id("hours-body") })),
      folded("ranking", "choice_ranking", ga.element("ul", { id: id("ranking-list"), class: "ranking" })),
      ga.element("p", { class: "choice-tools" }, ga.element("span", { id: id("marked"), role: "status" }), button),
    ];
    return { nodes, fill, unmark };
  };
})(window.geoaccess);
