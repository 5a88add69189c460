"use strict";
// Search by name, with and without diacritics, as a combobox with a list of hits.
(function (ga) {
  const most = 12;
  let entries = null;
  let hits = [];
  let active = -1;
  const box = () => document.getElementById("search-text");
  const list = () => document.getElementById("search-hits");

  // "Træna" is found as træna, traena and trana; "Ørnes" as ornes and oernes; "Åse" as ase and aase.
  function spellings(text) {
    const folded = ga.fold(text);
    const lower = text.toLowerCase().normalize("NFC");
    const doubled = ga.fold(lower.replace(/å/g, "aa").replace(/ø/g, "oe").replace(/ä/g, "ae").replace(/ö/g, "oe"));
    const single = ga.fold(lower.replace(/æ/g, "a"));
    return [...new Set([lower, folded, doubled, single])];
  }

  // "Gáivuotna - Kåfjord - Kaivuono" is found by each of its names as a whole name.
  function partsOf(label) {
    const parts = label.split(/\s+[-–/]\s+/);
    return parts.length > 1 ? parts : [];
  }

  // Whether a text begins with another but for one letter that is wrong, missing, too many or swapped.
  function nearly(spelled, text) {
    let at = 0;
    while (at < text.length && spelled[at] === text[at]) at += 1;
    const rest = text.slice(at);
    const swapped = spelled[at + 1] === rest[0] && spelled[at] === rest[1] && spelled.startsWith(rest.slice(2), at + 2);
    return (
      spelled.startsWith(rest.slice(1), at + 1) ||
      spelled.startsWith(rest, at + 1) ||
      spelled.startsWith(rest.slice(1), at) ||
      (rest.length > 1 && swapped)
    );
  }

  // Municipalities that are not drawn are found too: they are where their places are.
  function areasOfPlaces() {
    const layer = ga.layers.find((one) => one.type === "points" && one.areas?.length);
    return (layer?.areas ?? []).map((label, area) => ({ layer, area, label, spelled: [label, ...partsOf(label)].flatMap(spellings) }));
  }

  function allEntries() {
    if (!entries) {
      entries = [];
      for (const layer of ga.layers.filter((one) => !ga.isOfChoice(one))) {
        layer.labels.forEach(function (label, row) {
          if (label) entries.push({ layer, row, label, spelled: [label, ...partsOf(label)].flatMap(spellings) });
        });
      }
      if (!ga.layers.some((layer) => layer.type === "areas" && layer.labels.length)) entries.push(...areasOfPlaces());
    }
    return entries;
  }

  function rank(entry, wanted) {
    let best = 3;
    for (const spelled of entry.spelled) {
      for (const text of wanted) {
        if (spelled === text) return 0;
        if (spelled.startsWith(text)) best = Math.min(best, 1);
        else if (spelled.includes(text)) best = Math.min(best, 2);
      }
    }
    return best;
  }

  // Of equal names, what is on the map comes first, and places before areas and lines.
  const types = ["points", "sites", "areas", "lines"];
  const standing = (layer) => types.indexOf(layer.type) + (ga.state.shown.has(layer.key) ? 0 : types.length);

  function ranked(wanted) {
    const found = allEntries().map((entry) => ({ entry, rank: rank(entry, wanted) }));
    const exact = found.filter((one) => one.rank < 3);
    // Short texts are near everything.
    if (exact.length || wanted[0].length < 4) return exact;
    return found.filter(({ entry }) => entry.spelled.some((spelled) => wanted.some((text) => nearly(spelled, text))));
  }

  function search(text) {
    return ranked([text.toLowerCase().normalize("NFC"), ga.fold(text)])
      .sort(
        (one, other) =>
          one.rank - other.rank ||
          standing(one.entry.layer) - standing(other.entry.layer) ||
          one.entry.label.length - other.entry.label.length,
      )
      .slice(0, most)
      .map((found) => found.entry);
  }

  function close() {
    hits = [];
    active = -1;
    list().hidden = true;
    list().replaceChildren();
    box().setAttribute("aria-expanded", "false");
    box().removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    active = index;
    list().childNodes.forEach((node, at) => node.setAttribute("aria-selected", String(at === active)));
    box().setAttribute("aria-activedescendant", `hit-${active}`);
    list().childNodes[active].scrollIntoView({ block: "nearest" });
  }

  function open() {
    const text = box().value.trim();
    close();
    document.getElementById("search-none").textContent = "";
    if (!text) return;
    hits = search(text);
    if (!hits.length) {
      document.getElementById("search-none").textContent = ga.say("no_hits");
      return;
    }
    list().append(
      ...hits.map(function (entry, index) {
        const node = ga.element("li", { role: "option", id: `hit-${index}`, "aria-selected": "false" });
        node.append(ga.name(entry.label), " ", ga.element("small", null, ga.name(entry.area === undefined ? entry.layer.name : ga.say("choice_area"))));
        node.addEventListener("pointerdown", (event) => event.preventDefault());
        node.addEventListener("click", () => go(index));
        return node;
      }),
    );
    list().hidden = false;
    box().setAttribute("aria-expanded", "true");
  }

  function go(index) {
    const entry = hits[index];
    box().value = entry.label;
    close();
    if (entry.area === undefined) ga.showItem({ layer: entry.layer, row: entry.row });
    else ga.fitPlaces(entry.layer, (at) => entry.layer.areaOf[at] === entry.area);
  }

  ga.makeSearch = function () {
    list().setAttribute("aria-label", ga.say("search_hits"));
    box().addEventListener("input", open);
    box().addEventListener("blur", close);
    box().addEventListener("keydown", function (event) {
      if (event.key === "Escape" && hits.length) {
        event.stopPropagation();
        close();
      } else if (event.key === "Enter" && hits.length) {
        event.preventDefault();
        go(Math.max(0, active));
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && hits.length) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark((active + step + hits.length + (active < 0 && step < 0 ? 1 : 0)) % hits.length);
      }
    });
  };
})(window.geoaccess);
