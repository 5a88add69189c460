"use strict";
// What a choice is held against: answers of a solver by number of sites, and what the question lets it open.
(function (ga) {
  const find = (id) => document.getElementById(id);
  const [width, height, left, foot] = [330, 130, 40, 20];

  // An answer of a solver in a state, with its figures; none depends on the choice, so each is computed once.
  function figured(subject, state, answer) {
    state.answers ??= new Map();
    if (!state.answers.has(answer)) {
      const open = Uint8Array.from(state.isToday);
      for (const site of answer.opened) open[site] = 1;
      for (const site of answer.closed) open[site] = 0;
      const { best } = ga.serviceOf(subject, state, open);
      state.answers.set(answer, { ...answer, best, figures: ga.figuresOf(subject, state, best) });
    }
    return state.answers.get(answer);
  }

  const inState = (choice) => choice.subject.answers.filter((one) => !one.state || one.state === choice.state.key);

  // The run's own answer, which comes first.
  ga.ownAnswer = function (choice) {
    const [own] = inState(choice);
    return own ? figured(choice.subject, choice.state, own) : null;
  };

  // The answer that a choice is compared with: the proven one of as many sites, else the run's own.
  ga.comparedAnswer = function (choice) {
    const same = inState(choice).find((one) =>
      one.proven && one.opened.length === choice.plus.size && one.closed.length === choice.minus.size);
    return same ? figured(choice.subject, choice.state, same) : ga.ownAnswer(choice);
  };

  // The proven answers that only open sites, by their number; today is the number none.
  function steps(choice) {
    const { subject, state } = choice;
    const proven = inState(choice)
      .filter((one) => one.proven && !one.closed.length && one.opened.length)
      .map((one) => figured(subject, state, one))
      .filter((one) => !one.figures.unknown);
    const today = { opened: [], figures: choice.today };
    return [today, ...proven].sort((one, other) => one.opened.length - other.opened.length);
  }

  const hundredths = (value) => (Number.isNaN(value) ? ga.say("not_known") : ga.number(value, 2));

  function picture(choice, all) {
    const counts = all.map((one) => one.opened.length);
    const own = { count: choice.plus.size, mean: choice.figures.mean };
    const means = [...all.map((one) => one.figures.mean), own.mean].filter(Number.isFinite);
    const ticks = ga.ticksBetween(Math.min(...means), Math.max(...means), 4);
    const [low, high] = [ticks[0], ticks.at(-1)];
    const most = Math.max(...counts, own.count, 1);
    const x = (count) => left + 8 + ((width - left - 20) * count) / most;
    const y = (mean) => height - foot - ((height - foot - 10) * (mean - low)) / (high - low);
    const drawn = ga.picture("svg", { viewBox: `0 0 ${width} ${height}`, class: "choice-curve still", "aria-hidden": "true" });
    for (const tick of ticks) {
      drawn.append(ga.picture("line", { x1: left, x2: width - 6, y1: y(tick), y2: y(tick), class: "grid" }));
      drawn.append(ga.pictureText(ga.shortNumber(tick), { x: left - 4, y: y(tick) + 4, class: "end" }));
    }
    for (let count = 0; count <= most; count += Math.ceil(most / 10)) {
      drawn.append(ga.pictureText(String(count), { x: x(count), y: height - 5, class: "middle" }));
    }
    const line = all.map((one) => `${x(one.opened.length).toFixed(1)},${y(one.figures.mean).toFixed(1)}`).join(" ");
    drawn.append(ga.picture("polyline", { points: line, class: "line answer" }));
    for (const one of all) drawn.append(ga.picture("circle", { cx: x(one.opened.length), cy: y(one.figures.mean), r: 3, class: "stop" }));
    if (Number.isFinite(own.mean)) {
      drawn.append(ga.picture("circle", { cx: x(own.count), cy: y(own.mean), r: 5.5, class: choice.minus.size ? "own hollow" : "own" }));
    }
    return drawn;
  }

  function takeUp(choice, one) {
    const act = ga.element("button", { type: "button" }, ga.say("choice_do"));
    act.addEventListener("click", () => ga.takeChoice(new Set(one.opened), new Set(), ga.say("choice_took", { count: one.opened.length })));
    act.setAttribute("aria-label", ga.say("choice_take_best", { count: one.opened.length }));
    return act;
  }

  function table(choice, all) {
    const labels = ga.layerOf(choice.subject.sites).labels;
    return ga.element("table", { class: "choice-figures" },
      ga.element("caption", { class: "hidden" }, ga.say("choice_frontier")),
      ga.element("thead", null, ga.element("tr", null,
        ...["choice_count", "choice_mean", "choice_which"].map((word) => ga.element("th", { scope: "col" }, ga.say(word))),
        ga.element("td"))),
      ga.element("tbody", null, ...all.map((one) => ga.element("tr", null,
        ga.element("th", { scope: "row" }, String(one.opened.length)),
        ga.element("td", null, hundredths(one.figures.mean)),
        ga.element("td", null, ga.name(one.opened.map((site) => labels[site]).join(", ") || ga.say("choice_today"))),
        ga.element("td", null, takeUp(choice, one))))));
  }

  ga.fillFrontier = function (choice) {
    const all = steps(choice);
    const home = find("choice-frontier");
    home.hidden = all.length < 2 || Boolean(choice.figures.unknown);
    if (home.hidden || !home.open) return;
    const told = ga.say(choice.minus.size ? "choice_frontier_closed" : "choice_frontier_told");
    find("choice-frontier-body").replaceChildren(picture(choice, all), ga.element("p", { class: "note" }, told), table(choice, all));
  };

  ga.choiceFrontier = function () {
    const home = ga.element("details", { id: "choice-frontier" }, ga.element("summary", null, ga.say("choice_frontier")),
      ga.element("div", { id: "choice-frontier-body" }));
    home.addEventListener("toggle", () => ga.choice && ga.fillFrontier(ga.choice));
    return home;
  };

  const beyond = { opened: "choice_beyond_opened", closed: "choice_beyond_closed", cost: "choice_beyond_cost" };

  // What a choice has beyond what the question lets it: told, not refused.
  ga.beyondLimits = function (choice) {
    const { subject, plus, minus } = choice;
    return subject.limits.flatMap(function (limit) {
      const counted = Array.from(limit.what === "closed" ? minus : plus).filter((site) => !limit.sites.length || limit.sites.includes(site));
      const own = limit.what === "cost" ? counted.reduce((sum, site) => sum + (subject.costs[site] ?? 0), 0) : counted.length;
      const tooMany = limit.atMost !== null && own > limit.atMost + 1e-9;
      // A choice that opens nothing yet is no attempt at the least that is asked for.
      const tooFew = limit.atLeast !== null && plus.size > 0 && own < limit.atLeast;
      if (!tooMany && !tooFew) return [];
      return [ga.say(beyond[limit.what], { limit: limit.label, own: ga.shortNumber(own) })];
    });
  };
})(window.geoaccess);
