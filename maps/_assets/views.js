"use strict";
// The choice between views, the swipe line, and the figures that belong to what is chosen.
(function (ga) {
  let slider = null;

  const itemText = (item) => item.value ?? ga.say("not_known");

  function figure(item) {
    const known = typeof item.value === "number";
    const value = ga.element("dd", null, ga.name(known ? ga.number(item.value, item.digits) : itemText(item)));
    // A long unit may stand on a line of its own.
    const space = item.unit.length > 4 ? " " : "\u00a0";
    if (known && item.unit) value.append(space, ga.element("small", null, ga.name(item.unit)));
    const isLong = known && value.firstChild.textContent.length > 8;
    const box = ga.element("div", { class: isLong ? "figure long" : "figure" }, ga.element("dt", null, ga.name(item.label)), value);
    if (item.explanation) box.append(ga.element("dd", { class: "note" }, ga.name(item.explanation)));
    return box;
  }

  function proofBox(proof) {
    const value = (number) => ga.quantity(number, proof.unit, 2);
    const lines = [];
    if (proof.objectiveName) lines.push(proof.objectiveName);
    if (proof.objective !== null) lines.push(ga.say("objective", { value: value(proof.objective) }));
    if (proof.lowerBound !== null) lines.push(ga.say("bound", { value: value(proof.lowerBound) }));
    const gap = proof.gap === null ? "" : ` (${ga.say("gap", { value: ga.shortNumber(100 * proof.gap) })})`;
    if (proof.solver) lines.push(ga.say("solver", { value: proof.solver }));
    return ga.element(
      "div",
      { class: `proof ${proof.status}` },
      ga.element("h2", null, ga.say("proof")),
      ga.element("p", { class: "verdict" }, ga.say(`proof_${proof.status}`) + gap),
      ga.element("p", { class: "note" }, ga.say(`proof_${proof.status}_text`)),
      ...lines.map((line) => ga.element("p", { class: "note" }, ga.name(line))),
    );
  }

  // The state of the world of a view: its own, that of the reader's choice, or the document's.
  function stateOf(key) {
    const subject = ga.subjectIn(key);
    if (subject) return (ga.choice?.subject === subject ? ga.choice.state : subject.states[0]).label;
    return ga.viewOf(key)?.state || ga.data.state;
  }

  // Under the title: in which state of the world, of when, how sure.
  ga.fillStanding = function () {
    const shown = ga.state.swipe ? ga.data.swipe : [ga.state.view];
    const states = [...new Set(shown.map(stateOf))].filter(Boolean).join(" | ");
    const lines = [...(states ? [ga.say("state", { state: states })] : []), ...ga.data.standing];
    // What is proven is the run's answer, and not what a reader chooses.
    if (ga.data.verdict && !shown.some(ga.subjectIn)) lines.push(ga.data.verdict);
    const home = document.getElementById("standing");
    if (home.dataset.told === lines.join("\n")) return;
    home.dataset.told = lines.join("\n");
    home.replaceChildren(...lines.flatMap((line, at) => (at ? [" · ", ga.name(line)] : [ga.name(line)])));
  };

  // The answer in figures stands above everything that is chosen: the view's own, large, else the document's. What
  // else the document says, and its proof, follow below the choice of views.
  ga.fillFigures = function () {
    const shown = (ga.state.swipe ? ga.data.swipe : [ga.state.view]).map(ga.viewOf).filter(Boolean);
    const parts = [];
    for (const view of shown.filter((one) => one.headline.length)) {
      if (ga.listedViews().length > 1) parts.push(ga.element("h2", null, ga.name(ownLabel(view))));
      parts.push(ga.element("dl", { class: "figures" }, ...view.headline.map(figure)));
    }
    const general = ga.data.headline.map(figure);
    const more = [];
    if (general.length && !parts.length) parts.push(ga.element("dl", { class: "figures" }, ...general));
    else if (general.length) more.push(ga.element("dl", { class: "figures lines" }, ...general));
    const proof = shown.at(-1)?.proof ?? ga.data.proof;
    if (proof) more.push(proofBox(proof));
    document.getElementById("figures").replaceChildren(...parts);
    const below = document.getElementById("proof");
    below.replaceChildren(...more);
    below.hidden = !more.length;
  };

  // A view listed under its state needs not say it again.
  function ownLabel(view) {
    const end = `, ${view.state}`;
    return view.state && view.label.endsWith(end) ? view.label.slice(0, -end.length) : view.label;
  }

  function radio(view, greatest, text) {
    const input = ga.element("input", { type: "radio", name: "view", value: view.key });
    input.addEventListener("change", () => ga.setView(view.key));
    const label = ga.element("label", { class: "choice" }, input, ga.element("span", null, ga.name(text)));
    if (ga.data.viewControl === "list" && view.rank !== null) {
      const bar = ga.element("span", { class: "rank", "aria-hidden": "true" });
      const most = greatest.get(view.rankUnit);
      bar.style.width = `${most ? (100 * Math.abs(view.rank)) / most : 0}%`;
      bar.hidden = !most;
      const digits = Number.isInteger(view.rank) ? 0 : Math.abs(view.rank) < 100 ? 2 : 0;
      const value = ga.quantity(view.rank, view.rankUnit, digits);
      label.append(ga.element("span", { class: "rank-value" }, ga.name(value)), bar);
    }
    return label;
  }

  // The longest bar of each unit: people are not compared with hours. Bars help where ranks differ; nearly equal ones
  // would only look alike.
  function greatestByUnit(views) {
    const sizes = new Map();
    for (const view of views.filter((one) => one.rank !== null)) {
      sizes.set(view.rankUnit, [...(sizes.get(view.rankUnit) ?? []), Math.abs(view.rank)]);
    }
    return new Map(Array.from(sizes, ([unit, own]) => [unit, Math.max(0, ...own) > 1.2 * Math.min(...own) ? Math.max(...own) : 0]));
  }

  function radioGroup() {
    const greatest = greatestByUnit(ga.listedViews());
    const group = ga.element("fieldset", { class: `choices ${ga.data.viewControl}` });
    group.append(ga.element("legend", null, ga.name(ga.data.viewLabel || ga.say("view"))));
    group.append(...folded(ga.listedViews(), greatest));
    return group;
  }

  // Where ranks of several units follow each other, each run of one unit says what its bars are.
  function unitHead(views, at, greatest) {
    const { rank, rankUnit } = views[at];
    const isNew = ga.data.viewControl === "list" && greatest.size > 1 && rank !== null && rankUnit !== views[at - 1]?.rankUnit;
    return isNew ? [ga.element("p", { class: "rank-unit" }, ga.name(rankUnit))] : [];
  }

  // Views of several subjects fold away by subject; the one that is shown stands open.
  function folded(views, greatest) {
    const groups = new Map();
    for (const view of views) groups.set(view.group, [...(groups.get(view.group) ?? []), view]);
    if (groups.size < 2) return listed(views, greatest);
    return Array.from(groups, function ([name, members]) {
      const summary = ga.element("summary", null, ga.name(name || ga.say("view")));
      return ga.element("details", { class: "view-group" }, summary, ...listed(members, greatest));
    });
  }

  // Views of several states of the world stand under the state's name, each with what is its own.
  function listed(views, greatest) {
    const states = new Map();
    for (const view of views) states.set(view.state, [...(states.get(view.state) ?? []), view]);
    if (states.size < 2) return views.flatMap((view, at) => [...unitHead(views, at, greatest), radio(view, greatest, view.label)]);
    return Array.from(states, function ([state, own]) {
      const head = state ? [ga.element("p", { class: "state-head", "aria-hidden": "true" }, ga.name(state))] : [];
      return [...head, ...own.map((view) => named(radio(view, greatest, ownLabel(view)), view))];
    }).flat();
  }

  // Who hears the list instead of seeing it hears the whole label.
  function named(label, view) {
    label.querySelector("input").setAttribute("aria-label", view.label);
    return label;
  }

  function sliderGroup() {
    const label = ga.element("label", { for: "view-slider" }, ga.name(ga.data.viewLabel || ga.say("view")));
    const last = ga.listedViews().length - 1;
    slider = ga.element("input", { type: "range", id: "view-slider", min: 0, max: last, step: 1 });
    slider.addEventListener("input", () => ga.setView(ga.listedViews()[Number(slider.value)].key));
    const shown = ga.element("output", { for: "view-slider" });
    return ga.element("div", { class: "choices slider" }, label, slider, shown, ...curve());
  }

  // The ranked figures of all views as a curve; the tables hold the same numbers.
  function curve() {
    const ranks = ga.listedViews().map((view) => view.rank);
    if (ranks.length < 2 || ranks.some((rank) => rank === null)) return [];
    const [least, greatest] = [Math.min(...ranks), Math.max(...ranks)];
    const x = (at) => 4 + (292 * at) / (ranks.length - 1);
    const y = (rank) => 54 - (48 * (rank - least)) / (greatest - least || 1);
    const picture = ga.picture("svg", { viewBox: "0 0 300 60", class: "curve", "aria-hidden": "true" });
    const points = ranks.map((rank, at) => `${x(at).toFixed(1)},${y(rank).toFixed(1)}`).join(" ");
    picture.append(ga.picture("polyline", { points, class: "curve-line" }));
    picture.append(ga.picture("circle", { r: 4.5, class: "curve-now" }));
    ga.moveCurve = function (at) {
      picture.lastChild.setAttribute("cx", x(at));
      picture.lastChild.setAttribute("cy", y(ranks[at]));
    };
    const unit = ga.listedViews()[0].rankUnit;
    const ends = ga.element("p", { class: "curve-ends", "aria-hidden": "true" });
    const digits = greatest - least < 20 ? 1 : 0;
    ends.append(
      ga.name(ga.quantity(ranks[0], unit, digits)),
      ga.name(ga.quantity(ranks[ranks.length - 1], unit, digits)),
    );
    return [picture, ends];
  }

  // The control shows the state, whoever changed it.
  ga.showView = function () {
    const home = document.getElementById("views");
    const view = ga.viewOf(ga.state.view);
    for (const input of home.querySelectorAll("input[type=radio]")) {
      input.checked = input.value === ga.state.view;
      const group = input.closest("details");
      if (group && input.checked) group.open = true;
    }
    if (slider) {
      slider.value = String(ga.listedViews().indexOf(view));
      slider.setAttribute("aria-valuetext", view.label);
      ga.moveCurve?.(Number(slider.value));
      home.querySelector("output").replaceChildren(ga.name(view.label));
    }
    const note = document.getElementById("view-note");
    if (note) note.replaceChildren(ga.name(view?.explanation ?? ""));
  };

  // The hour of leaving, in the views whose colours depend on it.
  ga.makeHours = function () {
    if (!ga.layers.some((layer) => layer.hours?.some((hours) => hours.chosenIn))) return;
    const label = ga.element("label", { for: "hour-slider" }, ga.hourWord());
    const range = ga.element("input", { type: "range", id: "hour-slider", min: 0, max: 23, step: 1 });
    range.addEventListener("input", () => ga.setHour(Number(range.value)));
    const shown = ga.element("output", { for: "hour-slider" });
    document.getElementById("hours").append(
      ga.element("div", { class: "choices slider" }, label, range, shown),
    );
    ga.showHour();
  };

  ga.showHour = function () {
    const home = document.getElementById("hours");
    const range = document.getElementById("hour-slider");
    if (!range) return;
    home.hidden = !ga.choosesHour(ga.state.view);
    const text = `${ga.clock(ga.state.hour)}–${ga.clock(ga.state.hour + 1)}`;
    range.value = String(ga.state.hour);
    range.setAttribute("aria-valuetext", text);
    home.querySelector("output").textContent = text;
  };

  ga.setSwipe = function (on) {
    ga.state.swipe = on;
    const line = document.getElementById("swipe-line");
    if (line) line.parentElement.hidden = !on;
    const box = document.getElementById("swipe");
    if (box) box.checked = on;
    for (const input of document.querySelectorAll("#views .choices input")) input.disabled = on;
    placeSwipe();
    ga.tell("swipe");
  };

  function placeSwipe() {
    const bar = document.getElementById("swipe-bar");
    if (bar) bar.style.left = `${100 * ga.state.swipeAt}%`;
    const line = document.getElementById("swipe-line");
    if (line) line.value = String(Math.round(100 * ga.state.swipeAt));
  }

  // Where the new sites are in the view on the right: the comparison is about them.
  function chosenPlaces() {
    return ga.layers
      .filter((layer) => layer.type === "sites")
      .flatMap((layer) =>
        (ga.inView(layer.roles, ga.data.swipe[1]) ?? []).flatMap((role, row) =>
          role === "chosen" ? [L.latLng(layer.lat[row], layer.lon[row])] : [],
        ),
      );
  }

  // All new sites in sight, and the line to their left: so the side that has them shows them.
  function frameChosen() {
    const places = chosenPlaces();
    if (!places.length) return;
    const width = ga.map.getSize().x;
    const room = { paddingTopLeft: [0.3 * width, 60], paddingBottomRight: [0.1 * width, 60] };
    ga.map.fitBounds(L.latLngBounds(places), { animate: false, maxZoom: ga.homeZoom + 3, ...room });
    const west = Math.min(...places.map((place) => ga.map.latLngToContainerPoint(place).x));
    ga.state.swipeAt = Math.min(0.9, Math.max(0.1, (west - 40) / width));
  }

  function moveSwipe(share) {
    ga.state.swipeAt = Math.min(1, Math.max(0, share));
    placeSwipe();
    ga.tell("swipe");
  }

  // The whole line can be dragged, not only its handle.
  function makeDraggable(bar) {
    bar.addEventListener("pointerdown", function (event) {
      event.preventDefault();
      bar.setPointerCapture(event.pointerId);
    });
    bar.addEventListener("pointermove", function (event) {
      if (!bar.hasPointerCapture(event.pointerId)) return;
      const box = ga.map.getContainer().getBoundingClientRect();
      moveSwipe((event.clientX - box.left) / box.width);
    });
  }

  // A range input lies over the map's upper edge too: it is moved by the arrow keys.
  function makeSwipe() {
    const [left, right] = ga.data.swipe.map((key) => ga.viewOf(key).label);
    const range = ga.element("input", {
      type: "range", id: "swipe-line", min: 0, max: 100, step: 1, value: 50, "aria-label": ga.say("swipe_line"),
    });
    range.addEventListener("input", () => moveSwipe(Number(range.value) / 100));
    const bar = ga.element("div", { id: "swipe-bar", "aria-hidden": "true" });
    bar.append(
      ga.element("span", { class: "left" }, ga.name(left)),
      ga.element("span", { class: "right" }, ga.name(right)),
    );
    makeDraggable(bar);
    const home = ga.element("div", { id: "swipe-home", hidden: "" }, bar, range);
    L.DomEvent.disableClickPropagation(home);
    ga.map.getContainer().append(home);
    const box = ga.element("input", { type: "checkbox", id: "swipe" });
    box.addEventListener("change", function () {
      if (box.checked) frameChosen();
      ga.setSwipe(box.checked);
    });
    const names = ga.name(`${left} | ${right}`);
    return ga.element("label", { class: "choice swipe" }, box, `${ga.say("swipe")}: `, names);
  }

  ga.makeViews = function () {
    const home = document.getElementById("views");
    if (ga.listedViews().length < 2) return;
    home.hidden = false;
    home.append(ga.data.viewControl === "slider" ? sliderGroup() : radioGroup());
    home.append(ga.element("p", { id: "view-note", class: "note", "aria-live": "polite" }));
    if (ga.data.swipe) home.append(makeSwipe());
    ga.showView();
  };
})(window.geoaccess);
