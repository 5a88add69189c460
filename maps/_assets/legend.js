"use strict";
// The key on the map (what colours, sizes, shapes and lines mean) and the list of layers with a box for each.
(function (ga) {
  const find = (id) => document.getElementById(id);
  const roles = ["chosen", "named", "required", "existing", "closed", "candidate", "forbidden"];

  function classText(scale, index) {
    if (scale.labels.length) return scale.labels[index];
    const unit = scale.unit ? `\u00a0${scale.unit}` : "";
    const show = (value) => ga.shortNumber(value) + unit;
    const low = scale.breaks[index - 1];
    const high = scale.breaks[index];
    if (scale.diverging) return stepText(low, high, unit);
    if (low === undefined) return ga.say(scale.closedAbove ? "class_up_to" : "class_under", { high: show(high) });
    if (high === undefined) return ga.say(scale.closedAbove ? "class_over" : "class_from", { low: show(low) });
    const limits = { low: ga.shortNumber(low), high: show(high) };
    return ga.say(scale.closedAbove ? "class_over_to" : "class_between", limits);
  }

  // A class of a change: shorter by, about the same, longer by.
  function stepText(low, high, unit) {
    if ((low ?? -Infinity) < 0 && (high ?? Infinity) > 0) return ga.say("about_same");
    const shorter = (high ?? Infinity) <= 0;
    const [near, far] = shorter ? [-high, low === undefined ? null : -low] : [low, high ?? null];
    const step =
      far === null
        ? ga.say("class_step_from", { low: ga.shortNumber(near) + unit })
        : ga.say("class_between", { low: ga.shortNumber(near), high: ga.shortNumber(far) + unit });
    return ga.say(shorter ? "class_less_by" : "class_more_by", { step });
  }
  ga.classText = classText;

  // A heading stays with its rows, also where paper has columns.
  const part = (heading, rows) => ga.element("div", { class: "key-part" }, ga.element("h3", null, ga.name(heading)), rows);

  function row(picture, text) {
    return ga.element("li", null, picture, ga.element("span", null, ga.name(text)));
  }

  // More names than this are not listed: the pop-up names what a colour stands for.
  const mostNames = 14;
  // From here on the rows stand closer.
  const manyRows = 9;

  function scaleRows(layer, series) {
    if (series.scale.named && series.scale.labels.length > mostNames) {
      const count = ga.number(series.scale.labels.length, 0);
      return ga.element("p", { class: "note" }, ga.say("many_names", { count }));
    }
    const middle = (series.scale.colours.length - 1) / 2;
    const kept = (index) => !series.scale.diverging || index === middle || series.classes.includes(ga.markOf(index));
    const rows = series.scale.colours
      .map((colour, index) => kept(index) && row(ga.swatch(layer.type, colour, false), classText(series.scale, index)))
      .filter(Boolean);
    if (series.classes.includes("-")) {
      const missing = series.scale.missing || ga.say("unreachable");
      rows.push(row(ga.swatch(layer.type, "", true), missing));
    }
    return ga.element("ul", { class: rows.length > manyRows ? "classes many" : "classes" }, ...rows);
  }

  // Circle sizes at round numbers, drawn as large as they are on the map now.
  function sizeRows(layer) {
    const radius = ga.radiusAt(layer, ga.map?.getZoom() ?? ga.homeZoom);
    const greatest = layer.largest;
    const round = 10 ** Math.floor(Math.log10(greatest));
    const samples = [round / 100, round / 10, round].filter((value) => value >= 1);
    const rows = samples.map(function (value) {
      const picture = ga.sizeSwatch(sampleRadius(layer, radius, value));
      return row(picture, ga.quantity(value, layer.size.unit, 0));
    });
    return ga.element("ul", { class: "classes sizes" }, ...rows);
  }

  function sampleRadius(layer, radius, value) {
    const sizes = layer.size.numbers;
    // The radius rule takes a row; the largest row gives the factor for any value.
    const full = radius(layer.order[0]);
    const least = radius(layer.order[layer.order.length - 1]);
    return Math.max(least, full * Math.sqrt(value / (sizes[layer.order[0]] || 1)));
  }

  const bodies = {
    points(layer) {
      const parts = [];
      if (ga.areasColoured()) parts.push(ga.element("p", { class: "note" }, ga.say("points_neutral")));
      else parts.push(...coloured(layer), ...hatchRow(layer));
      const changes = ga.seriesIn(layer, ga.state.view)?.scale.diverging;
      if (layer.size && layer.labels.length && !changes) {
        parts.push(part(ga.say("size", { name: layer.size.name }), sizeRows(layer)));
      }
      return parts;
    },
    areas: coloured,
    lines(layer) {
      const present = new Set(viewsShown().flatMap((view) => ga.inView(layer.kinds, view) ?? []));
      const kinds = Object.keys(ga.lineStyles).filter((kind) => present.has(kind));
      if (!kinds.length) return [];
      if (kinds.length === 1) return [ga.element("ul", { class: "classes" }, row(ga.lineSwatch(kinds[0], layer.emphasis), layer.name))];
      const rows = kinds.map((kind) => row(ga.lineSwatch(kind, layer.emphasis), ga.say(`kind_${kind}`)));
      return [part(layer.name, ga.element("ul", { class: "classes" }, ...rows))];
    },
    // A kind whose sites are all of one ordinary role needs one line; otherwise each role has its own.
    sites(layer) {
      const present = new Set(viewsShown().flatMap((view) => ga.inView(layer.roles, view) ?? []));
      const shown = roles.filter((role) => present.has(role));
      const name = (role) => (role === "existing" || role === "named" ? layer.name : `${layer.name}: ${ga.say(`role_${role}`)}`);
      const rows = shown.map((role) => row(ga.symbol(layer.shape, role, 1), name(role)));
      return rows.length ? [ga.element("ul", { class: "classes" }, ...rows)] : [];
    },
    flows(layer) {
      const drawn = viewsShown().some((view) => ga.inView(layer.toSite, view));
      return drawn ? [ga.element("p", { class: "note" }, ga.name(layer.name))] : [];
    },
  };

  const viewsShown = () => (ga.state.swipe ? ga.data.swipe : [ga.state.view]);

  // The colours of a layer; with the swipe line, those of both sides where they differ.
  function coloured(layer) {
    const all = viewsShown().map((view) => ga.seriesIn(layer, view)).filter(Boolean);
    const same = (one, other) =>
      one.scale.unit === other.scale.unit && String(one.scale.breaks) === String(other.scale.breaks);
    const distinct = all.filter((series, at) => all.findIndex((other) => same(series, other)) === at);
    return distinct.flatMap(function (series) {
      const alike = all.filter((other) => same(series, other));
      const names = Array.from(new Set(alike.map((other) => other.name))).join(" | ");
      const classes = alike.map((other) => other.classes).join("");
      return [part(names, scaleRows(layer, { ...series, classes }))];
    });
  }

  // What hatching means, where a shown view hatches any place.
  function hatchRow(layer) {
    const drawn = viewsShown().some((view) => ga.inView(layer.hatching?.rows ?? {}, view)?.includes("1"));
    if (!drawn) return [];
    return [ga.element("ul", { class: "classes" }, row(ga.hatchSwatch(), layer.hatching.name))];
  }

  // Whether a layer draws anything in the views that are shown: one that does not is not offered.
  const drawn = {
    points: () => true,
    areas: () => true,
    lines: (layer, view) => (ga.inView(layer.kinds, view) ?? []).some((kind) => ga.lineStyles[kind]),
    sites: (layer, view) => (ga.inView(layer.roles, view) ?? []).some((role) => role !== "absent"),
    flows: (layer, view) => ga.inView(layer.toSite, view) !== null,
  };
  const isDrawn = (layer) => viewsShown().some((view) => drawn[layer.type](layer, view));

  function block(layer, index) {
    const id = `layer-${index}`;
    const box = ga.element("input", { type: "checkbox", id });
    box.checked = ga.state.shown.has(layer.key);
    box.addEventListener("change", () => ga.setShown(layer.key, box.checked));
    const count = ga.element("span", { class: "count" });
    if (layer.labels.length) count.textContent = ` (${ga.number(layer.labels.length, 0)})`;
    const label = ga.element("label", { for: id }, ga.name(layer.name), count);
    return ga.element("div", { class: "layer" }, box, label);
  }

  const keyOrder = ["areas", "points", "sites", "lines", "flows"];

  // What would look the same stays: laying it out again takes the browser longer than a step of a choice.
  function replaceChanged(home, nodes) {
    const isSame = nodes.length === home.children.length && nodes.every((node, at) => node.isEqualNode(home.children[at]));
    if (!isSame) home.replaceChildren(...nodes);
  }

  // What the key says of a layer hangs on these alone; of places, on which classes there are and how large circles are.
  const present = (values) => Array.from(new Set(values ?? [])).sort().join("");
  const looks = {
    points: (layer, view) => [ga.areasColoured(), present(ga.seriesIn(layer, view)?.classes), present(ga.inView(layer.hatching?.rows ?? {}, view))],
    areas: (layer, view) => [present(ga.seriesIn(layer, view)?.classes)],
    lines: (layer, view) => [present(ga.inView(layer.kinds, view))],
    sites: (layer, view) => [present(ga.inView(layer.roles, view))],
    flows: (layer, view) => [ga.inView(layer.toSite, view) !== null],
  };
  let lastKey = "";

  ga.fillLegend = function () {
    const shown = keyOrder.flatMap((type) =>
      ga.layers.filter((layer) => layer.type === type && ga.state.shown.has(layer.key)),
    );
    const views = viewsShown();
    const looksLike = shown.map((layer) => [layer.key, views.map((view) => looks[layer.type](layer, view))]);
    const key = JSON.stringify([views, ga.map?.getZoom(), find("map_geoaccess").clientWidth, looksLike]);
    if (key !== lastKey) {
      lastKey = key;
      replaceChanged(find("key-body"), shown.flatMap((layer) => bodies[layer.type](layer)));
      find("key").hidden = shown.length === 0;
    }
    const home = find("layers");
    const offered = ga.layers.map((layer, index) => (isDrawn(layer) ? `${index} ${ga.state.shown.has(layer.key)}` : "")).join();
    if (offered === home.dataset.offered) return;
    home.dataset.offered = offered;
    // Filling anew must not take the focus away from the box that was just used.
    const focused = home.contains(document.activeElement) ? document.activeElement.id : "";
    home.replaceChildren(...ga.layers.flatMap((layer, index) => (isDrawn(layer) ? [block(layer, index)] : [])));
    if (focused) find(focused)?.focus({ preventScroll: true });
  };
})(window.geoaccess);
