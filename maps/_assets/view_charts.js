"use strict";
// What a view of minutes gives its charts: the other views of its subject beside it, and its hours of the day.
(function (ga) {
  const find = (id) => document.getElementById(id);
  // More curves than this in one picture are not told apart; the small ones below have each its own.
  const mostLines = 4;

  const charted = (view) => Boolean(view?.charted);

  // The places whose minutes a view shows: a series of its own, or one that shows those of an earlier view in classes.
  function seriesOf(view) {
    for (const layer of ga.layers) {
      if (layer.type !== "points" || !layer.size || !ga.state.shown.has(layer.key)) continue;
      const series = ga.choosesHour(view.key) ? ga.seriesIn(layer, view.key) : layer.series.find((one) => one.view === view.key);
      const base = series && (series.repeats && !charted(view) ? layer.series[series.origin] : series);
      if (base && charted(ga.viewOf(base.view))) return { layer, series: base };
    }
    return null;
  }

  // Views of the same subject: scenarios, before and after, the ends of a range.
  function family(layer, group) {
    return layer.series
      .map((series) => ({ series, view: ga.viewOf(series.view) }))
      .filter(({ series, view }) => charted(view) && view.group === group);
  }

  function hoursOf(layer, view) {
    const hours = ga.hoursIn(layer, view.key);
    if (!hours || hours.scale.unit !== "min") return null;
    return {
      name: ga.hoursOf(hours),
      byHour: Array.from({ length: 24 }, (_, hour) => ga.hourSeries(hours, hour).values),
      now: ga.choosesHour(view.key) ? ga.state.hour : null,
      pick: function (hour) {
        if (hours.chosenIn) ga.setView(hours.chosenIn);
        ga.setHour(hour);
      },
    };
  }

  function chartsNow() {
    const view = ga.viewOf(ga.state.view);
    if (!view || ga.subjectIn(view.key)) return null;
    const found = seriesOf(view);
    if (!found) return null;
    const { layer, series } = found;
    const all = family(layer, ga.viewOf(series.view).group);
    const hour = { series, view: ga.viewOf(series.view) };
    if (!all.some((one) => one.series === series)) all.push(hour);
    const own = all.find((one) => one.series === series);
    const labels = all.map((one) => one.view.label);
    for (const one of all) one.name = ga.ownPart(one.view.label, labels) || one.view.label;
    const others = all.filter((one) => one !== own).slice(0, mostLines - 1);
    const marks = ["today", "answer", "fourth"];
    return {
      layer,
      people: layer.size.numbers,
      lines: [
        ...others.map((one, at) => ({ name: one.name, minutes: one.series.values, mark: marks[at] })),
        { name: own.name, minutes: series.values, mark: "yours" },
      ],
      own: series.values,
      against: all[0] === own ? null : all[0].series.values,
      range: all.map((one) => one.series.values),
      multiples: all.map((one) => ({
        name: one.name, minutes: one.series.values, isNow: one === own, pick: () => ga.setView(one.view.key),
      })),
      areas: layer.areas,
      areaOf: layer.areaOf,
      hours: hoursOf(layer, view),
      textOf: (bar, shown) => ga.say("chart_rank", { minutes: shown(bar.value) }),
    };
  }

  ga.makeCharts = function () {
    if (!ga.data.views.some(charted)) return;
    const home = find("charts");
    const panel = ga.chartPanel("chart", chartsNow);
    home.append(ga.element("h2", null, ga.say("charts")), ...panel.nodes);
    const fill = function () {
      home.hidden = !chartsNow();
      // Another panel's selection, or one of places that this view does not chart, must not stay on the map.
      if (home.hidden && !ga.choice) {
        panel.unmark();
        if (ga.state.marked) ga.markPlaces({ labels: [] }, [], null);
      }
      panel.fill();
    };
    for (const event of ["view", "layers", "select", "hour", "choice"]) ga.on(event, fill);
    fill();
  };
})(window.geoaccess);
