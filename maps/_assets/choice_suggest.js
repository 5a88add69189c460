"use strict";
// The best single step from a choice, by trying all of them: an addition, a closure, a swap. Reaching people
// comes before minutes, as in the placements of the command line.
(function (ga) {
  const better = (one, other) =>
    !other || one.unreached < other.unreached - 1e-9 || (one.unreached < other.unreached + 1e-9 && one.sum < other.sum);

  // What closing each open site costs: persons no longer reached, person-quanta, and people not known of.
  function closureCosts(subject, service, open) {
    const costs = { unreached: new Float64Array(open.length), sum: new Float64Array(open.length), unknown: new Float64Array(open.length) };
    const { best, second, site } = service;
    for (let at = 0; at < best.length; at += 1) {
      const from = site[at];
      const weight = subject.people[at];
      if (from < 0 || !weight) continue;
      if (second[at] === ga.unreachedQuanta) {
        costs.unreached[from] += weight;
        costs.sum[from] -= weight * best[at];
      } else if (second[at] === ga.leftOutQuanta) {
        costs.unknown[from] += 1;
      } else {
        costs.sum[from] += weight * (second[at] - best[at]);
      }
    }
    return costs;
  }

  // What opening a site gives, and how it changes what each closure costs.
  function tryAddition(subject, state, service, candidate, mend) {
    const row = ga.rowOfSite(subject, state, candidate);
    const { best, second, site } = service;
    const people = subject.people;
    let unreached = 0;
    let sum = 0;
    for (let at = 0; at < row.length; at += 1) {
      const quanta = row[at];
      if (quanta >= second[at] || quanta >= ga.leftOutQuanta) continue;
      const weight = people[at];
      if (!weight) continue;
      const from = site[at];
      if (quanta < best[at]) {
        if (from < 0) {
          unreached -= weight;
          sum += weight * quanta;
          continue;
        }
        sum -= weight * (best[at] - quanta);
      }
      if (!mend) continue;
      // With the site open, closing the one that serves now sends these people to it, or changes nothing.
      const then = quanta < best[at] ? 0 : quanta - best[at];
      if (second[at] === ga.unreachedQuanta) {
        mend.unreached[from] -= weight;
        mend.sum[from] += weight * (best[at] + then);
      } else if (second[at] === ga.leftOutQuanta) {
        mend.unknown[from] -= 1;
        mend.sum[from] += weight * then;
      } else {
        mend.sum[from] += weight * (then - (second[at] - best[at]));
      }
    }
    return { unreached, sum };
  }

  // Steps from a choice: null where there is none, or where the page does not carry what it takes.
  ga.suggestions = function (subject, state, open) {
    const service = ga.serviceOf(subject, state, open);
    if (service.best.some((quanta, at) => quanta === ga.leftOutQuanta && subject.people[at] > 0)) return null;
    const costs = closureCosts(subject, service, open);
    const found = { open: null, close: null, swap: null };
    const sites = Array.from(open.keys()).filter((site) => subject.mayChange[site]);
    const opened = sites.filter((site) => open[site]);
    for (const close of opened) {
      const step = { close, unreached: costs.unreached[close], sum: costs.sum[close] };
      if (!costs.unknown[close] && better(step, found.close)) found.close = step;
    }
    const mend = { unreached: new Float64Array(open.length), sum: new Float64Array(open.length), unknown: new Float64Array(open.length) };
    for (const candidate of sites.filter((site) => !open[site])) {
      for (const column of Object.values(mend)) column.fill(0);
      const gain = tryAddition(subject, state, service, candidate, mend);
      const step = { open: candidate, ...gain };
      if ((gain.unreached < 0 || gain.sum < 0) && better(step, found.open)) found.open = step;
      for (const close of opened) {
        if (costs.unknown[close] + mend.unknown[close] > 0) continue;
        const swap = {
          open: candidate,
          close,
          unreached: gain.unreached + costs.unreached[close] + mend.unreached[close],
          sum: gain.sum + costs.sum[close] + mend.sum[close],
        };
        if (better(swap, found.swap)) found.swap = swap;
      }
    }
    const swap = found.swap;
    if (swap && swap.unreached > -1e-9 && (swap.unreached > 1e-9 || swap.sum > -0.5)) found.swap = null;
    return found;
  };
})(window.geoaccess);
