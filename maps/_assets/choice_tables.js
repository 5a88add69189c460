"use strict";
// The lists of a choice: who gains and loses, the sites, what to try next, and how to take it along.
(function (ga) {
  const find = (id) => document.getElementById(id);
  const people = (value) => ga.number(value, 0);

  function changesTable(choice) {
    const rows = choice.changes.areas
      .map((change, area) => ({ ...change, name: choice.subject.areas[area] }))
      .filter((row) => row.gain || row.lose || row.newly || row.gone)
      .sort((one, other) => other.gone - one.gone || other.lost - one.lost || other.gained - one.gained);
    const heads = ["choice_area", "choice_losing", "choice_hours_lost", "choice_gaining", "choice_hours_gained", "choice_gone", "choice_newly"];
    const cells = (row) => [people(row.lose), ga.number(row.lost, 1), people(row.gain), ga.number(row.gained, 1), people(row.gone), people(row.newly)];
    return ga.element("table", { class: "choice-changes" },
      ga.element("caption", { class: "hidden" }, ga.say("choice_changes")),
      ga.element("thead", null, ga.element("tr", null, ...heads.map((head) => ga.element("th", { scope: "col" }, ga.say(head))))),
      ga.element("tbody", null, ...rows.map((row) =>
        ga.element("tr", null, ga.element("th", { scope: "row" }, ga.name(row.name)),
          ...cells(row).map((cell) => ga.element("td", null, cell))))));
  }

  function fillChanges(choice) {
    const { all } = choice.changes;
    const told = ga.say("choice_sum", {
      gain: people(all.gain), gained: ga.number(all.gained, 0), lose: people(all.lose), lost: ga.number(all.lost, 0),
    });
    const more = [];
    if (all.gone) more.push(ga.say("choice_sum_gone", { people: people(all.gone) }));
    if (all.newly) more.push(ga.say("choice_sum_newly", { people: people(all.newly) }));
    find("choice-sum").textContent = [told, ...more].join(" ");
    const home = find("choice-changes");
    home.hidden = Boolean(choice.figures.unknown);
    if (!home.open) return;
    const isNone = !all.gain && !all.lose && !all.gone && !all.newly;
    find("choice-changes-body").replaceChildren(...(isNone ? [] : [changesTable(choice)]));
  }

  const rank = (choice, site) => {
    const changed = choice.plus.has(site) || choice.minus.has(site);
    return changed ? 0 : choice.state.isToday[site] ? 1 : 2;
  };

  // The row of a site, made once: making all of them anew at every step would be most of its time.
  function siteRow(choice, site) {
    const { subject } = choice;
    subject.rows ??= new Map();
    if (subject.rows.has(site)) return subject.rows.get(site);
    const name = ga.layerOf(subject.sites).labels[site];
    const box = ga.element("input", { type: "checkbox", "data-site": site, "data-act": "open" });
    box.addEventListener("change", () => ga.toggleSite(site));
    const role = ga.element("small");
    const move = ga.element("button", { type: "button", "data-site": site, "data-act": "move" }, ga.say("choice_move_button"));
    move.setAttribute("aria-label", ga.say("choice_move_label", { site: name }));
    move.addEventListener("click", () => ga.startMove(site));
    const item = ga.element("li", null, ga.element("label", null, box, " ", ga.name(name), " ", role), move);
    const row = { item, box, role, move };
    subject.rows.set(site, row);
    return row;
  }

  // The rows in their order; only those that moved are touched, since touching all would be most of a step's time.
  function arrange(home, items) {
    const wanted = new Set(items);
    for (const child of Array.from(home.children)) if (!wanted.has(child)) child.remove();
    items.forEach(function (item, at) {
      if (home.children[at] !== item) home.insertBefore(item, home.children[at] ?? null);
    });
  }

  // The place of each label in the order of the alphabet.
  function alphabetOf(labels) {
    const places = new Int32Array(labels.length);
    Array.from(labels.keys()).sort((one, other) => ga.compare(labels[one], labels[other])).forEach((site, place) => (places[site] = place));
    return places;
  }

  // Every site that may change: what is changed first, then today's, then the places where one could open.
  function fillSites(choice) {
    const { subject, open } = choice;
    const labels = ga.layerOf(subject.sites).labels;
    const typed = ga.fold(find("choice-search").value.trim());
    subject.alphabet ??= alphabetOf(labels);
    const ranks = labels.map((_, site) => rank(choice, site));
    const sites = Array.from(labels.keys())
      .filter((site) => subject.mayChange[site] && (!typed || ga.fold(labels[site]).includes(typed)))
      .sort((one, other) => ranks[one] - ranks[other] || subject.alphabet[one] - subject.alphabet[other]);
    const focused = document.activeElement?.dataset?.act ? document.activeElement : null;
    const items = sites.map(function (site) {
      const { item, box, role, move } = siteRow(choice, site);
      box.checked = Boolean(open[site]);
      const told = ["choice_changed", "choice_of_today", "choice_possible"][ranks[site]];
      if (role.dataset.told !== told) {
        role.dataset.told = told;
        role.textContent = ga.say(told);
      }
      if (move.hidden === Boolean(open[site])) move.hidden = !open[site];
      return item;
    });
    const home = find("choice-sites");
    arrange(home, items);
    find("choice-sites-none").hidden = sites.length > 0;
    // A row that moved loses the focus; a button that went gives it to the box of its site.
    if (focused?.hidden) subject.rows.get(Number(focused.dataset.site)).box.focus({ preventScroll: true });
    else if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  function effect(choice, step) {
    const open = Uint8Array.from(choice.open);
    if (step.open !== undefined) open[step.open] = 1;
    if (step.close !== undefined) open[step.close] = 0;
    const best = ga.serviceOf(choice.subject, choice.state, open).best;
    const figures = ga.figuresOf(choice.subject, choice.state, best);
    const values = { mean: ga.number(figures.mean, 2), change: ga.number(figures.mean - choice.figures.mean, 2) };
    const same = figures.unreached === choice.figures.unreached;
    return same ? ga.say("choice_effect", values) : ga.say("choice_effect_reach", { ...values, people: people(figures.unreached) });
  }

  function suggestionRow(choice, word, step) {
    const labels = ga.layerOf(choice.subject.sites).labels;
    if (!step) return ga.element("li", null, ga.say(`${word}_none`));
    const names = { open: labels[step.open] ?? "", close: labels[step.close] ?? "" };
    const text = `${ga.say(word, names)}: ${effect(choice, step)}`;
    const act = ga.element("button", { type: "button", "aria-label": `${ga.say("choice_do")}: ${text}` }, ga.say("choice_do"));
    act.addEventListener("click", function () {
      ga.takeStep({ open: step.open, close: step.close });
      find("choice-suggest-summary").focus({ preventScroll: true });
    });
    return ga.element("li", null, ga.name(text), " ", act);
  }

  // Computed when asked for: trying every swap takes longer than all the rest.
  function fillSuggestions(choice) {
    if (!find("choice-suggest").open) return;
    const found = ga.suggestions(choice.subject, choice.state, choice.open);
    const list = find("choice-suggest-list");
    if (!found) {
      list.replaceChildren(ga.element("li", null, ga.say("choice_suggest_not")));
      return;
    }
    list.replaceChildren(
      suggestionRow(choice, "choice_best_open", found.open),
      suggestionRow(choice, "choice_best_close", found.close),
      suggestionRow(choice, "choice_best_swap", found.swap));
  }

  // What `geoaccess place --sites-file` reads.
  ga.choiceFile = function (choice) {
    const ids = (sites) => Array.from(sites).sort((a, b) => a - b).map((site) => choice.subject.ids[site]);
    return {
      format: "geoaccess-choice",
      version: 1,
      kind: choice.subject.kind,
      question: choice.subject.key,
      scenario: choice.state.key,
      open: ids(choice.plus),
      close: ids(choice.minus),
    };
  };

  function download() {
    const text = `${JSON.stringify(ga.choiceFile(ga.choice), null, 2)}\n`;
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = ga.element("a", { href: address, download: "choice.json" });
    link.click();
    URL.revokeObjectURL(address);
  }

  function fillTake(choice) {
    if (!find("choice-take").open) return;
    ga.flushAddress();
    find("choice-link").value = location.href;
    const { kind, key } = choice.subject;
    const command = kind === "placement" ? `place STUDY ${key}` : "access STUDY";
    find("choice-command-text").textContent = `geoaccess ${command} --sites-file choice.json`;
  }

  async function copy() {
    const field = find("choice-link");
    ga.flushAddress();
    field.value = location.href;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      find("choice-copied").textContent = ga.say("choice_copied");
    } catch {
      find("choice-copied").textContent = ga.say("choice_copy_yourself");
    }
  }

  // The boxes say at once what is open; which order the sites stand in can wait for the picture.
  function tickSites(choice) {
    for (const [site, { box }] of choice.subject.rows ?? []) {
      if (box.checked !== Boolean(choice.open[site])) box.checked = Boolean(choice.open[site]);
    }
  }

  function fillRest() {
    isWaiting = false;
    const choice = ga.choice;
    if (!choice) return;
    fillSites(choice);
    fillSuggestions(choice);
    ga.fillFrontier(choice);
    ga.fillCharts();
  }
  let isWaiting = false;

  // Figures, gains and losses come with the first picture after a step; lists and charts follow it.
  ga.fillChoiceTables = function (choice) {
    fillChanges(choice);
    fillTake(choice);
    if (!choice.subject.rows) return fillRest();
    tickSites(choice);
    if (isWaiting) return;
    isWaiting = true;
    ga.afterPicture(fillRest);
  };

  function folded(id, word, ...children) {
    const summary = ga.element("summary", { id: `${id}-summary` }, ga.say(word));
    return ga.element("details", { id }, summary, ...children);
  }

  ga.choiceTables = function () {
    const search = ga.element("input", { type: "search", id: "choice-search", spellcheck: "false", autocomplete: "off" });
    search.addEventListener("input", () => ga.choice && fillSites(ga.choice));
    const suggest = folded("choice-suggest", "choice_suggest", ga.element("ul", { id: "choice-suggest-list" }));
    suggest.addEventListener("toggle", () => ga.choice && fillSuggestions(ga.choice));
    const link = ga.element("input", { type: "text", id: "choice-link", readonly: "" });
    const take = folded("choice-take", "choice_take",
      ga.element("label", { for: "choice-link" }, ga.say("choice_link")), link,
      ga.element("p", { class: "choice-tools" },
        ga.choiceButton("choice-copy", "choice_copy", copy),
        ga.choiceButton("choice-save", "choice_save", download)),
      ga.element("p", { id: "choice-copied", role: "status", class: "note" }),
      ga.element("p", { id: "choice-command", class: "note" }, ga.say("choice_command"), " ", ga.element("code", { id: "choice-command-text" })));
    take.addEventListener("toggle", () => ga.choice && fillTake(ga.choice));
    const changes = folded("choice-changes", "choice_changes",
      ga.element("div", { id: "choice-changes-body", role: "region", tabindex: "0", "aria-label": ga.say("choice_changes") }));
    changes.addEventListener("toggle", () => ga.choice && fillChanges(ga.choice));
    ga.on("address", () => ga.choice && fillTake(ga.choice));
    const sites = ga.element("div", { class: "choice-list" },
      ga.element("label", { for: "choice-search" }, ga.say("choice_search")), search,
      ga.element("ul", { id: "choice-sites", tabindex: "0", "aria-label": ga.say("choice_sites") }),
      ga.element("p", { id: "choice-sites-none", class: "note", hidden: "" }, ga.say("choice_no_site")));
    return [
      ga.element("p", { id: "choice-sum" }),
      changes, sites, suggest, ga.choiceFrontier(), ...ga.choiceCharts(), take,
    ];
  };
})(window.geoaccess);
