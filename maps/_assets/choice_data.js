"use strict";
// Minutes between people and sites: unpacked, and what they say of a choice of sites. Nothing here touches the page.
(function (ga) {
  const unreached = 65535;
  const leftOut = 65534;
  const counts = new Float64Array(65536);

  // Small numbers of either sign, the sign in the lowest bit, low bytes first.
  async function restOf(text) {
    const planes = await ga.inflate(text);
    const size = planes.length / 2;
    const rest = new Uint16Array(size);
    for (let at = 0; at < size; at += 1) {
      const folded = planes[at] | (planes[size + at] << 8);
      rest[at] = (folded >>> 1) ^ -(folded & 1);
    }
    return rest;
  }

  // Rows of quanta as maps/what_if.py packs them. All sums wrap around at 65,536, as the differences did.
  function rowsOf(subject, rest, n) {
    const rows = rest.slice();
    for (const row of subject.order) {
      const like = subject.like[row];
      for (let at = row * n, of = like * n, end = at + n; like >= 0 && at < end; at += 1, of += 1) rows[at] += rows[of];
    }
    for (let start = 0; start < rows.length; start += n) {
      for (let at = start + 1; at < start + n; at += 1) rows[at] += rows[at - 1];
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
    const sites = subject.ids.length;
    subject.order = ga.integers(subject.order);
    subject.like = ga.integers(subject.like);
    let last = null;
    for (const state of subject.states) {
      const rest = await restOf(state.rows);
      if (state.countsOn) for (let at = 0; at < rest.length; at += 1) rest[at] += last[at];
      last = rest;
      const rows = rowsOf(subject, rest, n);
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

  // The fastest and the second fastest open site of everybody; of sites as fast, the first in the list.
  ga.serviceOf = function (subject, state, open) {
    const n = subject.people.length;
    const best = new Uint16Array(n).fill(unreached);
    const second = new Uint16Array(n).fill(unreached);
    const site = new Int32Array(n).fill(-1);
    const next = new Int32Array(n).fill(-1);
    const service = { best, second, site, next };
    for (let one = 0; one < open.length; one += 1) if (open[one]) addSite(service, ga.rowOfSite(subject, state, one), one);
    return service;
  };

  const isBefore = (quanta, one, than, other) => quanta < than || (quanta === than && quanta < unreached && one < other);

  function addSite({ best, second, site, next }, row, one) {
    for (let at = 0; at < row.length; at += 1) {
      const quanta = row[at];
      // Nearly every site is slower than two others.
      if (quanta > second[at]) continue;
      if (isBefore(quanta, one, best[at], site[at])) {
        second[at] = best[at];
        next[at] = site[at];
        best[at] = quanta;
        site[at] = one;
      } else if (isBefore(quanta, one, second[at], next[at])) {
        second[at] = quanta;
        next[at] = one;
      }
    }
  }

  // Only the people of a site that closes look at all others anew.
  function takeSite(subject, state, service, one, open) {
    const { best, second, site, next } = service;
    const n = best.length;
    for (let at = 0; at < n; at += 1) {
      if (site[at] !== one && next[at] !== one) continue;
      let [first, from, other, of] = [unreached, -1, unreached, -1];
      for (let candidate = 0, cell = at; candidate < open.length; candidate += 1, cell += n) {
        if (!open[candidate]) continue;
        const quanta = state.minutes[cell];
        if (quanta < first) [other, of, first, from] = [first, from, quanta, candidate];
        else if (quanta < other) [other, of] = [quanta, candidate];
      }
      best[at] = first;
      site[at] = from;
      second[at] = other;
      next[at] = of;
    }
  }

  // The service of other open sites, from that of some before; it is changed in place. A step opens or closes few.
  ga.serviceAfter = function (subject, state, last, open) {
    const isKnown = last && last.state === state;
    const changed = isKnown ? Array.from(open.keys()).filter((one) => open[one] !== last.open[one]) : [];
    if (!isKnown || changed.length > 6) return { ...ga.serviceOf(subject, state, open), state, open };
    for (const one of changed) if (open[one]) addSite(last, ga.rowOfSite(subject, state, one), one);
    for (const one of changed) if (!open[one]) takeSite(subject, state, last, one, open);
    return { ...last, open };
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
      if (before[at] === after[at]) continue;
      const area = areas[subject.areaRows[at]];
      const weight = subject.people[at];
      if (!area) continue;
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
