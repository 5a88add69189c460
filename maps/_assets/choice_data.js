"use strict";
// Minutes between people and sites: unpacked, and what they say of a choice of sites. Nothing here touches the page.
(function (ga) {
  const unreached = 65535;
  const leftOut = 65534;
  const counts = new Float64Array(65536);

  // Rows of quanta as maps/what_if.py packs them: differences along each row, low bytes first, deflated.
  async function unpack(text, length) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer());
    const size = planes.length / 2;
    const rows = new Uint16Array(size);
    for (let at = 0; at < size; at += 1) {
      const step = planes[at] | (planes[size + at] << 8);
      rows[at] = at % length ? rows[at - 1] + step : step;
    }
    return rows;
  }

  const flags = (text) => Uint8Array.from(text, (letter) => Number(letter));

  // The states of a subject, unpacked when the subject is first shown.
  ga.unpackSubject = function (subject) {
    subject.unpacking ??= unpackAll(subject);
    return subject.unpacking;
  };

  async function unpackAll(subject) {
    const n = subject.weights.length;
    for (const state of subject.states) {
      const rows = await unpack(state.rows, n);
      const sites = subject.ids.length;
      state.rows = "";
      state.minutes = rows.subarray(0, sites * n);
      state.before = rows.subarray(sites * n, (sites + 1) * n);
      state.limitRows = rows.subarray((sites + 1) * n);
      state.isToday = flags(state.today);
    }
    subject.people = Float64Array.from(subject.weights);
    subject.areaRows = Int32Array.from(subject.areaOf);
    subject.mayChange = flags(subject.closable);
  }

  ga.rowOfSite = (subject, state, site) =>
    state.minutes.subarray(site * subject.people.length, (site + 1) * subject.people.length);

  // The fastest and the second fastest open site of everybody.
  ga.serviceOf = function (subject, state, open) {
    const n = subject.people.length;
    const best = new Uint16Array(n).fill(unreached);
    const second = new Uint16Array(n).fill(unreached);
    const site = new Int32Array(n).fill(-1);
    for (let one = 0; one < open.length; one += 1) {
      if (!open[one]) continue;
      const row = ga.rowOfSite(subject, state, one);
      for (let at = 0; at < n; at += 1) {
        const quanta = row[at];
        if (quanta < best[at]) {
          second[at] = best[at];
          best[at] = quanta;
          site[at] = one;
        } else if (quanta < second[at]) {
          second[at] = quanta;
        }
      }
    }
    return { best, second, site };
  };

  // The smallest time within which a share of all people are reached; NaN where it falls among the unreached.
  function percentile(share, total, step) {
    const wanted = share * total * (1 - 1e-12);
    let sum = 0;
    for (let quanta = 0; quanta < leftOut; quanta += 1) {
      sum += counts[quanta];
      if (counts[quanta] && sum >= wanted) return quanta * step;
    }
    return NaN;
  }

  ga.figuresOf = function (subject, state, best) {
    const people = subject.people;
    const n = people.length;
    counts.fill(0);
    let worst = -1;
    for (let at = 0; at < n; at += 1) {
      counts[best[at]] += people[at];
      if (people[at] > 0 && best[at] < leftOut && (worst < 0 || best[at] > best[worst])) worst = at;
    }
    let total = 0;
    let reached = 0;
    let sum = 0;
    for (let quanta = 0; quanta <= unreached; quanta += 1) {
      if (!counts[quanta]) continue;
      total += counts[quanta];
      if (quanta < leftOut) {
        reached += counts[quanta];
        sum += counts[quanta] * quanta;
      }
    }
    return {
      mean: reached ? (sum / reached) * state.step : NaN,
      median: percentile(0.5, total, state.step),
      p90: percentile(0.9, total, state.step),
      within: subject.within.map((one) => shareWithin(subject, state, best, one.limit, total)),
      worst: worst < 0 ? NaN : best[worst] * state.step,
      worstPlace: worst,
      total,
      unreached: counts[unreached],
      unknown: counts[leftOut],
    };
  };

  function shareWithin(subject, state, best, limit, total) {
    const n = subject.people.length;
    const row = state.limitRows.subarray(limit * n, (limit + 1) * n);
    let within = 0;
    for (let at = 0; at < n; at += 1) if (best[at] <= row[at]) within += subject.people[at];
    return total ? within / total : NaN;
  }

  const none = () => ({ gain: 0, lose: 0, newly: 0, gone: 0, gained: 0, lost: 0 });

  // Who gains and who loses: persons, and person-hours of those reached before and after.
  ga.changesOf = function (subject, state, before, after) {
    const areas = subject.areas.map(none);
    const hours = state.step / 60;
    for (let at = 0; at < before.length; at += 1) {
      const area = areas[subject.areaRows[at]];
      const weight = subject.people[at];
      if (!area || before[at] === after[at]) continue;
      if (before[at] === unreached) area.newly += weight;
      else if (after[at] === unreached) area.gone += weight;
      else if (after[at] < before[at]) {
        area.gain += weight;
        area.gained += weight * (before[at] - after[at]) * hours;
      } else {
        area.lose += weight;
        area.lost += weight * (after[at] - before[at]) * hours;
      }
    }
    const all = none();
    for (const area of areas) for (const key of Object.keys(all)) all[key] += area[key];
    return { all, areas };
  };

  // The promises that a choice breaks, with the people beyond the limit and the areas where it is broken.
  ga.brokenPromises = function (subject, state, best) {
    const n = subject.people.length;
    return subject.promises.flatMap(function (promise) {
      const row = state.limitRows.subarray(promise.limit * n, (promise.limit + 1) * n);
      const made = promise.areas.length ? new Set(promise.areas) : null;
      const [total, beyond] = [new Float64Array(subject.areas.length + 1), new Float64Array(subject.areas.length + 1)];
      for (let at = 0; at < n; at += 1) {
        const area = subject.areaRows[at];
        if (made && !made.has(area)) continue;
        const group = promise.each ? area : subject.areas.length;
        total[group] += subject.people[at];
        if (best[at] > row[at]) beyond[group] += subject.people[at];
      }
      const isBroken = (all, group) => all > 0 && beyond[group] > (1 - promise.share) * all + 1e-9 * all;
      const where = Array.from(total.keys()).filter((group) => isBroken(total[group], group));
      if (!where.length) return [];
      const people = where.reduce((sum, group) => sum + beyond[group], 0);
      return [{ label: promise.label, people, areas: where.map((group) => subject.areas[group]).filter(Boolean) }];
    });
  };

  ga.quantaToMinutes = function (state, quanta) {
    const minutes = new Float64Array(quanta.length);
    for (let at = 0; at < quanta.length; at += 1) {
      minutes[at] = quanta[at] >= leftOut ? NaN : quanta[at] * state.step;
    }
    return minutes;
  };

  ga.unreachedQuanta = unreached;
  ga.leftOutQuanta = leftOut;
})(window.geoaccess);
