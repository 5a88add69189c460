"use strict";
// The reader's own choice of sites: opening, closing, moving, undo, and the address that carries it.
(function (ga) {
  const separator = ",";
  let turn = 0;
  let hasRead = false;

  ga.choice = null;

  const emptyChoice = (subject) => ({
    subject,
    state: subject.states[0],
    plus: new Set(),
    minus: new Set(),
    past: [],
    future: [],
    moving: -1,
    unknown: 0,
    told: null,
  });

  const choiceOf = function (subject) {
    subject.choice ??= emptyChoice(subject);
    return subject.choice;
  };

  // Which sites are open: those of today in the state, with what the choice adds and takes away.
  ga.openSites = function (choice) {
    const open = Uint8Array.from(choice.state.isToday);
    for (const site of choice.plus) open[site] = 1;
    for (const site of choice.minus) open[site] = 0;
    return open;
  };

  const snapshot = (choice) => [new Set(choice.plus), new Set(choice.minus)];

  function restore(choice, [plus, minus]) {
    choice.plus = new Set(plus);
    choice.minus = new Set(minus);
  }

  function openOne(choice, site) {
    choice.minus.delete(site);
    if (!choice.state.isToday[site]) choice.plus.add(site);
  }

  function closeOne(choice, site) {
    choice.plus.delete(site);
    if (choice.state.isToday[site]) choice.minus.add(site);
  }

  // Everything that follows from the choice, computed once for each change.
  function compute(choice) {
    const { subject, state } = choice;
    const open = ga.openSites(choice);
    const service = ga.serviceAfter(subject, state, choice.service, open);
    choice.open = open;
    choice.service = service;
    state.figures ??= ga.figuresOf(subject, state, state.before);
    choice.today = state.figures;
    choice.figures = ga.figuresOf(subject, state, service.best);
    choice.changes = ga.changesOf(subject, state, state.before, service.best);
    choice.broken = ga.brokenPromises(subject, state, service.best);
    choice.answer = ga.comparedAnswer(choice);
    choice.minutes = ga.quantaToMinutes(state, service.best);
    state.minutesBefore ??= ga.quantaToMinutes(state, state.before);
    choice.minutesBefore = state.minutesBefore;
    choice.elsewhere = null;
  }

  function roleOf(choice, site) {
    const { subject, state, open } = choice;
    if (!subject.mayChange[site]) return open[site] ? "required" : "absent";
    if (open[site]) return state.isToday[site] ? "existing" : "chosen";
    return state.isToday[site] ? "closed" : "candidate";
  }

  function classOf(scale, value) {
    let index = 0;
    while (index < scale.breaks.length && (scale.closedAbove ? scale.breaks[index] < value : scale.breaks[index] <= value)) index += 1;
    return index;
  }

  const lettersOf = (codes) => new TextDecoder("latin1").decode(codes);
  const codeOf = (scale, value) => (Number.isNaN(value) ? "-" : ga.markOf(classOf(scale, value))).charCodeAt(0);

  // The classes of values as maps/scales.py assigns them, one character each.
  const classesOf = (scale, values) => lettersOf(Uint8Array.from(values, (value) => codeOf(scale, value)));

  // The class of every quantum, worked out once for each state: a step then only looks it up.
  function classesOfQuanta(scale, state, quanta) {
    state.codes ??= Uint8Array.from({ length: 65536 }, (_, one) => codeOf(scale, one >= ga.leftOutQuanta ? NaN : one * state.step));
    const codes = new Uint8Array(quanta.length);
    for (let at = 0; at < codes.length; at += 1) codes[at] = state.codes[quanta[at]];
    return lettersOf(codes);
  }

  // A series of the choice; its values are worked out when a view shows them.
  function colour(layer, view, make) {
    const series = layer.series.find((one) => one.view === view);
    let made = null;
    const read = (name) => ({ configurable: true, enumerable: true, get: () => (made ??= make(series.scale))[name] });
    Object.defineProperties(series, { values: read("values"), classes: read("classes") });
    Object.assign(series, { repeats: false, origin: view });
  }

  // What the map draws of the choice.
  function drawChoice(choice) {
    const { subject } = choice;
    const layer = ga.layerOf(subject.points);
    const { minutes, minutesBefore: before, state } = choice;
    const best = choice.service.best.slice();
    colour(layer, subject.minutesView, (scale) => ({ values: minutes, classes: classesOfQuanta(scale, state, best) }));
    colour(layer, subject.changeView, function (scale) {
      const values = minutes.map((value, at) => value - before[at]);
      return { values, classes: classesOf(scale, values) };
    });
    const sites = ga.layerOf(subject.sites);
    const roles = Array.from(subject.ids, (_, site) => roleOf(choice, site));
    sites.roles[subject.minutesView] = roles;
    sites.roles[subject.changeView] = roles;
  }

  function refresh(choice) {
    compute(choice);
    drawChoice(choice);
    ga.tell("choice");
  }

  function change(choice, apply, told) {
    choice.past.push(snapshot(choice));
    choice.future = [];
    choice.moving = -1;
    choice.unknown = 0;
    apply();
    choice.told = told;
    refresh(choice);
    ga.writeAddress({ push: true });
  }

  const names = (sites) => sites.map((site) => ga.layerOf(ga.choice.subject.sites).labels[site]).join(", ");

  // Close an open site, open a closed one; while a site is being moved, the next one opened takes its place.
  ga.toggleSite = function (site) {
    const choice = ga.choice;
    if (!choice || !choice.subject.mayChange[site]) return;
    const isOpen = choice.open[site];
    const moving = choice.moving;
    if (isOpen) {
      change(choice, () => closeOne(choice, site), ga.say("choice_closed", { site: names([site]) }));
    } else if (moving >= 0) {
      ga.takeStep({ close: moving, open: site });
    } else {
      change(choice, () => openOne(choice, site), ga.say("choice_opened", { site: names([site]) }));
    }
  };

  ga.takeStep = function ({ open = -1, close = -1 }) {
    const choice = ga.choice;
    const apply = function () {
      if (close >= 0) closeOne(choice, close);
      if (open >= 0) openOne(choice, open);
    };
    const told = close < 0
      ? ga.say("choice_opened", { site: names([open]) })
      : open < 0
        ? ga.say("choice_closed", { site: names([close]) })
        : ga.say("choice_moved", { from: names([close]), to: names([open]) });
    change(choice, apply, told);
  };

  // Take up a whole choice: nothing changed, or the answer of a solver.
  ga.takeChoice = function (opened, closed, told) {
    const choice = ga.choice;
    change(choice, () => restore(choice, [opened, closed]), told);
  };

  ga.startMove = function (site) {
    ga.choice.moving = site;
    ga.choice.told = site < 0 ? ga.say("choice_move_stopped") : ga.say("choice_move", { site: names([site]) });
    ga.tell("choice");
  };

  function step(from, to, told) {
    const choice = ga.choice;
    if (!choice?.[from].length) return;
    choice[to].push(snapshot(choice));
    restore(choice, choice[from].pop());
    choice.told = ga.say(told);
    choice.moving = -1;
    refresh(choice);
    ga.writeAddress({ push: true });
  }
  ga.undoChoice = () => step("past", "future", "choice_undone");
  ga.redoChoice = () => step("future", "past", "choice_redone");

  ga.setChoiceState = function (key) {
    const choice = ga.choice;
    choice.state = choice.subject.states.find((state) => state.key === key) ?? choice.state;
    choice.told = choice.state.label;
    refresh(choice);
    ga.writeAddress();
  };

  // The choice in the address: + opens, - closes; ids are escaped, so that no sign in one ends it.
  ga.choiceAddress = function () {
    const choice = ga.choice;
    if (!hasRead) return ["sites", "in"].map((name) => rawPart(name) && `&${name}=${rawPart(name)}`).join("");
    if (!choice) return "";
    const part = (sign, sites) => Array.from(sites).sort((a, b) => a - b)
      .filter((site) => choice.subject.ids[site].isWellFormed?.() ?? true)
      .map((site) => sign + encodeURIComponent(choice.subject.ids[site]));
    const sites = [...part("+", choice.plus), ...part("-", choice.minus)];
    const state = choice.state === choice.subject.states[0] ? "" : `&in=${encodeURIComponent(choice.state.key)}`;
    return (sites.length ? `&sites=${sites.join(separator)}` : "") + state;
  };

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return null;
    }
  }

  // What an address says of the sites of a subject; whatever it does not know is counted and passed over.
  function readSites(subject, raw) {
    const found = { plus: new Set(), minus: new Set(), unknown: 0 };
    const position = new Map(subject.ids.map((id, at) => [id, at]));
    for (const token of raw.split(separator).filter(Boolean)) {
      const sign = /^(\+|%2B| |%20|-|%2D)/i.exec(token);
      const id = sign && decoded(token.slice(sign[0].length));
      const site = position.get(id);
      if (site === undefined || !subject.mayChange[site]) found.unknown += 1;
      else if (sign[0].startsWith("-") || /^%2D$/i.test(sign[0])) found.minus.add(site);
      else found.plus.add(site);
    }
    for (const site of found.minus) found.plus.delete(site);
    return found;
  }

  // Mail programs escape the signs between the sites too; then the whole is unescaped first.
  function sitesIn(subject, raw) {
    const found = readSites(subject, raw);
    const whole = found.unknown ? decoded(raw) : null;
    const again = whole === null ? found : readSites(subject, whole);
    return again.unknown < found.unknown ? again : found;
  }

  function rawPart(name) {
    const part = location.hash.slice(1).split("&").find((one) => one.startsWith(`${name}=`));
    return part === undefined ? "" : part.slice(name.length + 1);
  }

  // The subject of an address without a view is the first that knows all its sites.
  function subjectOfAddress(raw) {
    const shown = ga.subjectIn(ga.state.view);
    if (shown || !raw) return shown;
    return ga.data.whatIf.find((one) => !sitesIn(one, raw).unknown) ?? ga.data.whatIf[0] ?? null;
  }

  // Read the choice of the address into the page, before anything writes another address.
  async function readChoice({ isBack = false } = {}) {
    const raw = rawPart("sites");
    const key = decoded(rawPart("in"));
    hasRead = true;
    for (const subject of ga.data.whatIf) subject.mayChange ??= Uint8Array.from(subject.closable, Number);
    const subject = subjectOfAddress(raw);
    if (!subject) return;
    const choice = choiceOf(subject);
    choice.state = subject.states.find((state) => state.key === key) ?? subject.states[0];
    const found = sitesIn(subject, raw);
    if (isBack) {
      choice.past.push(snapshot(choice));
      choice.future = [];
    }
    restore(choice, [found.plus, found.minus]);
    choice.unknown = found.unknown;
    if (!ga.subjectIn(ga.state.view)) ga.state.view = subject.minutesView;
    await ga.showChoice();
  }

  // Show the choice of the view's subject, or none where the view has no subject.
  ga.showChoice = async function () {
    const mine = (turn += 1);
    const subject = ga.subjectIn(ga.state.view);
    if (!subject) {
      ga.choice = null;
      ga.tell("choice");
      return;
    }
    await ga.unpackSubject(subject);
    if (mine !== turn) return;
    ga.choice = choiceOf(subject);
    refresh(ga.choice);
    ga.writeAddress();
  };

  // Back and forward, and an address that was typed or pasted over this one.
  function onAddress() {
    const view = decoded(rawPart("view").replace(/\+/g, " "));
    const before = ga.state.view;
    if (ga.viewOf(view)) ga.state.view = view;
    readChoice({ isBack: true });
    if (ga.state.view !== before) ga.tell("view");
  }

  ga.startChoice = async function () {
    if (!ga.data.whatIf.length) return;
    ga.makeChoicePanel();
    ga.on("choice", ga.fillChoicePanel);
    for (const told of [ga.dressSites, ga.redrawPlaces, ga.fillLegend, ga.refreshDetails]) ga.on("choice", told);
    await readChoice();
    ga.on("view", ga.showChoice);
    ga.showView();
    ga.fillFigures();
    ga.fillChoicePanel();
    window.addEventListener("popstate", onAddress);
  };

  // A site of the choice that is shown: a click changes it instead of opening its pop-up.
  ga.isChoosable = (item) =>
    Boolean(ga.choice) && item.layer.key === ga.choice.subject.sites && Boolean(ga.choice.subject.mayChange[item.row]);
})(window.geoaccess);
