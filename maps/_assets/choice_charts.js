"use strict";
// What a choice of sites gives its charts: today, yours, the answer it is held against, and every state of the world.
(function (ga) {
  // Minutes of a state under the choice, once for each step of it.
  function minutesIn(choice, state) {
    if (state === choice.state) return choice.minutes;
    choice.elsewhere ??= new Map();
    if (!choice.elsewhere.has(state)) {
      const open = ga.openSites({ ...choice, state });
      choice.elsewhere.set(state, ga.quantaToMinutes(state, ga.serviceOf(choice.subject, state, open).best));
    }
    return choice.elsewhere.get(state);
  }

  function linesOf(choice) {
    const lines = [
      { name: ga.say("choice_today"), minutes: choice.minutesBefore, mark: "today" },
      { name: ga.say("choice_yours"), minutes: choice.minutes, mark: "yours" },
    ];
    const { answer, state } = choice;
    if (answer && !answer.figures.unknown) {
      lines.push({ name: answer.label, minutes: ga.quantaToMinutes(state, answer.best), mark: "answer" });
    }
    return lines;
  }

  function chartsOf(choice) {
    const { subject, state } = choice;
    // The states are worked out when the charts that show them are open.
    const states = ["multiples", "ranking"].some((name) => document.getElementById(`choice-${name}`)?.open) ? subject.states : [];
    return {
      layer: ga.layerOf(subject.points),
      people: subject.people,
      lines: linesOf(choice),
      own: choice.minutes,
      against: choice.minutesBefore,
      range: states.map((one) => minutesIn(choice, one)),
      multiples: subject.states.length < 2 ? [] : (states.length ? states : subject.states).map((one) => ({
        name: one.label,
        minutes: states.length ? minutesIn(choice, one) : choice.minutes,
        isNow: one === state,
        pick: () => ga.setChoiceState(one.key),
      })),
      areas: subject.areas,
      areaOf: subject.areaOf,
      hours: null,
      textOf: (bar, shown) => ga.say("choice_rank", { today: shown(bar.tick), yours: shown(bar.value) }),
    };
  }

  ga.choiceCharts = function () {
    const panel = ga.chartPanel("choice", () => (ga.choice && ga.choice.figures.unknown === 0 ? chartsOf(ga.choice) : null));
    ga.fillCharts = panel.fill;
    ga.on("select", panel.fill);
    return panel.nodes;
  };
})(window.geoaccess);
