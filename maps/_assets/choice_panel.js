"use strict";
// The panel of a choice: what it means in figures, beside today and beside what a solver found.
(function (ga) {
  const find = (id) => document.getElementById(id);
  const button = function (id, word, act) {
    const made = ga.element("button", { type: "button", id }, ga.say(word));
    made.addEventListener("click", act);
    return made;
  };

  const minutes = (value) => (Number.isNaN(value) ? ga.say("unreachable") : ga.number(value, 1));
  const hundredths = (value) => (Number.isNaN(value) ? ga.say("not_known") : ga.number(value, 2));
  const share = (value) => `${ga.number(100 * value, 1)}\u00a0%`;
  const people = (value) => ga.number(value, 0);

  function rowsOf(choice, all) {
    const { subject } = choice;
    const labels = ga.layerOf(subject.points).labels;
    const row = (label, read, show) => ({ label, cells: all.map((one) => show(read(one))) });
    return [
      row(ga.say("choice_mean"), (one) => one.mean, hundredths),
      row(ga.say("choice_median"), (one) => one.median, minutes),
      row(ga.say("choice_p90"), (one) => one.p90, minutes),
      ...subject.within.map((within, at) => row(within.label, (one) => one.within[at], share)),
      row(ga.say("choice_worst"), (one) => one, (one) =>
        one.worstPlace < 0 ? ga.say("not_known") : `${minutes(one.worst)} (${labels[one.worstPlace]})`),
      row(ga.say("choice_unreached"), (one) => one.unreached, people),
    ];
  }

  function figuresTable(choice) {
    const columns = [[ga.say("choice_today"), choice.today], [ga.say("choice_yours"), choice.figures]];
    if (choice.answer && !choice.answer.figures.unknown) {
      const count = choice.answer.opened.length;
      columns.push([`${choice.answer.label} (${ga.say("choice_new", { count })})`, choice.answer.figures]);
    }
    const rows = rowsOf(choice, columns.map(([, one]) => one));
    const told = [...columns.map(([name]) => name), ...rows.map(({ label }) => label)].join("\n");
    if (told === lastTable?.told) {
      // Of the same table only the figures that changed are written.
      rows.forEach(({ cells }, row) => cells.forEach(function (cell, at) {
        const bdi = lastTable.node.tBodies[0].rows[row].cells[at + 1].firstChild;
        if (bdi.textContent !== cell) bdi.textContent = cell;
      }));
      return lastTable.node;
    }
    const head = columns.map(([name]) => ga.element("th", { scope: "col" }, ga.name(name)));
    const body = rows.map(({ label, cells }) =>
      ga.element("tr", null, ga.element("th", { scope: "row" }, ga.name(label)),
        ...cells.map((cell, at) => ga.element("td", { class: at === 1 ? "yours" : null }, ga.name(cell)))));
    const node = ga.element("table", { class: "choice-figures" },
      ga.element("caption", { class: "hidden" }, ga.say("choice_figures")),
      ga.element("thead", null, ga.element("tr", null, ga.element("td"), ...head)),
      ga.element("tbody", null, ...body));
    lastTable = { told, node };
    return node;
  }
  let lastTable = null;

  // How far from the proven best: only where as many sites open and close as there.
  function verdict(choice) {
    const { answer, figures, plus, minus } = choice;
    if (!answer?.proven || answer.figures.unknown) return null;
    const count = plus.size;
    if (count !== answer.opened.length || minus.size !== answer.closed.length) {
      return count || minus.size ? ga.say("choice_other_count", { count: answer.opened.length, closed: answer.closed.length }) : null;
    }
    const values = { count, yours: hundredths(figures.mean), best: hundredths(answer.figures.mean) };
    if (figures.unreached > answer.figures.unreached) {
      const fewer = people(figures.unreached - answer.figures.unreached);
      return ga.say("choice_reaches_fewer", { ...values, people: fewer });
    }
    const behind = (100 * (figures.mean - answer.figures.mean)) / answer.figures.mean;
    if (Math.abs(behind) < 0.005) return ga.say("choice_is_best", values);
    return ga.say(behind > 0 ? "choice_behind" : "choice_ahead", { ...values, percent: ga.number(Math.abs(behind), behind < 0.1 ? 2 : 1) });
  }

  function warnings(choice) {
    const lines = choice.broken.map(function ({ label, people: beyond, areas }) {
      const where = areas.length ? ` (${areas.slice(0, 6).join(", ")}${areas.length > 6 ? ", …" : ""})` : "";
      return ga.say("choice_broken", { promise: label, people: people(beyond) }) + where;
    });
    lines.push(...ga.beyondLimits(choice));
    if (choice.unknown) lines.push(ga.say("choice_unknown_sites", { count: choice.unknown }));
    return lines;
  }

  // Where a large page does not carry what a choice needs, it shows no figure at all.
  function notHere(choice) {
    return ga.element("p", { class: "choice-warning" },
      ga.say("choice_not_carried", { people: people(choice.figures.unknown) }));
  }

  function fillFigures(choice) {
    const parts = [];
    if (choice.figures.unknown) parts.push(notHere(choice));
    else {
      parts.push(figuresTable(choice));
      const told = verdict(choice);
      if (told) parts.push(ga.element("p", { class: "choice-verdict" }, ga.name(told)));
    }
    for (const line of warnings(choice)) parts.push(ga.element("p", { class: "choice-warning" }, ga.name(line)));
    const home = find("choice-figures");
    if (parts[0] === home.firstChild) {
      while (home.childNodes.length > 1) home.lastChild.remove();
      home.append(...parts.slice(1));
    } else home.replaceChildren(...parts);
  }

  function stateChoice(choice) {
    const home = find("choice-state");
    home.hidden = choice.subject.states.length < 2;
    const select = home.querySelector("select");
    // A step leaves the list as it is.
    if (select.dataset.of !== choice.subject.key) {
      select.dataset.of = choice.subject.key;
      select.replaceChildren(...choice.subject.states.map(function (state) {
        const option = ga.element("option", { value: state.key });
        option.textContent = state.label;
        return option;
      }));
    }
    select.value = choice.state.key;
  }

  function fillSubjects(choice) {
    const home = find("choice-subject");
    home.hidden = ga.data.whatIf.length < 2;
    home.querySelector("select").replaceChildren(...ga.data.whatIf.map(function (subject, at) {
      const option = ga.element("option", { value: at });
      option.textContent = subject.label;
      option.selected = subject === choice.subject;
      return option;
    }));
  }

  ga.fillChoicePanel = function () {
    const choice = ga.choice;
    find("choice").hidden = false;
    find("choice-start").hidden = Boolean(choice);
    find("choice-body").hidden = !choice;
    find("views").hidden = Boolean(choice) || ga.listedViews().length < 2;
    find("figures").hidden = Boolean(choice);
    find("proof").hidden = Boolean(choice) || !find("proof").children.length;
    if (!choice) return;
    for (const [id, view] of [["choice-show-minutes", "minutesView"], ["choice-show-change", "changeView"]]) {
      find(id).setAttribute("aria-pressed", String(ga.state.view === choice.subject[view]));
    }
    stateChoice(choice);
    find("choice-undo").disabled = !choice.past.length;
    find("choice-redo").disabled = !choice.future.length;
    find("choice-today").disabled = !choice.plus.size && !choice.minus.size;
    find("choice-answer").hidden = !ga.ownAnswer(choice);
    find("choice-stop").hidden = choice.moving < 0;
    find("choice-told").replaceChildren(ga.name(choice.told ?? ""));
    fillFigures(choice);
    ga.fillChoiceTables(choice);
    // A step changes neither the subjects nor what is said of one.
    if (find("choice-notes").dataset.of === choice.subject.key) return;
    find("choice-notes").dataset.of = choice.subject.key;
    fillSubjects(choice);
    find("choice-title").replaceChildren(ga.name(ga.say("choice_title", { name: choice.subject.label })));
    find("choice-notes").replaceChildren(...choice.subject.notes.map((note) => ga.element("p", { class: "note" }, ga.name(note))));
  };

  function toolbar() {
    return ga.element("p", { class: "choice-tools" },
      button("choice-undo", "choice_undo", ga.undoChoice),
      button("choice-redo", "choice_redo", ga.redoChoice),
      button("choice-today", "choice_back", () => ga.takeChoice(new Set(), new Set(), ga.say("choice_as_today"))),
      button("choice-answer", "choice_take_answer", function () {
        const { opened, closed, label } = ga.ownAnswer(ga.choice);
        ga.takeChoice(new Set(opened), new Set(closed), label);
      }),
      button("choice-leave", "choice_leave", leave),
      button("choice-stop", "choice_stop_move", () => ga.startMove(-1)));
  }

  // Back to what the run shows first; the choice is kept.
  function leave() {
    const listed = ga.listedViews();
    const first = listed.find((view) => view.key === ga.data.firstView) ?? listed[0];
    if (first) ga.setView(first.key);
  }

  ga.makeChoicePanel = function () {
    const select = ga.element("select", { id: "choice-state-select" });
    select.addEventListener("change", () => ga.setChoiceState(select.value));
    const state = ga.element("p", { id: "choice-state" },
      ga.element("label", { for: "choice-state-select" }, ga.say("choice_state")), " ", select);
    const start = button("choice-start", "choice_start", function () {
      if (ga.state.swipe) ga.setSwipe(false);
      ga.setView((ga.data.whatIf.find((subject) => subject.choice) ?? ga.data.whatIf[0]).minutesView);
    });
    const subjects = ga.element("select", { id: "choice-subject-select" });
    subjects.addEventListener("change", () => ga.setView(ga.data.whatIf[Number(subjects.value)].minutesView));
    const show = (id, word, view) => button(id, word, () => ga.setView(ga.choice.subject[view]));
    const body = ga.element("div", { id: "choice-body", hidden: "" },
      ga.element("h2", { id: "choice-title" }),
      ga.element("p", { class: "note" }, ga.say("choice_help")),
      ga.element("p", { id: "choice-subject" },
        ga.element("label", { for: "choice-subject-select" }, ga.say("choice_subject")), " ", subjects),
      state,
      ga.element("div", { class: "choice-tools", role: "group", "aria-label": ga.say("view") },
        show("choice-show-minutes", "choice_show_minutes", "minutesView"),
        show("choice-show-change", "choice_show_change", "changeView")),
      toolbar(),
      ga.element("p", { id: "choice-told", role: "status" }),
      ga.element("div", { id: "choice-figures" }),
      ...ga.choiceTables(),
      ga.element("div", { id: "choice-notes" }));
    find("choice").append(start, body);
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && ga.choice?.moving >= 0) ga.startMove(-1);
    });
  };

  ga.choiceButton = button;
})(window.geoaccess);
