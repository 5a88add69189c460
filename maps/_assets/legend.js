"use strict";
// The legend: each layer with a box to show it and what its colours, sizes, shapes and lines mean.
(function (ga) {
  const roles = ["chosen", "required", "existing", "closed", "candidate", "forbidden"];

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

  function row(picture, text) {
    return ga.element("li", null, picture, ga.element("span", null, ga.name(text)));
  }

  function scaleRows(layer, series) {
    const rows = series.scale.colours.map((colour, index) =>
      row(ga.swatch(layer.type, colour, false), classText(series.scale, index)),
    );
    if (series.classes.includes("-")) {
      const missing = series.scale.missing || ga.say("unreachable");
      rows.push(row(ga.swatch(layer.type, "", true), missing));
    }
    return ga.element("ul", { class: "classes" }, ...rows);
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
      const series = ga.seriesIn(layer, ga.state.view);
      const parts = [];
      if (series && ga.areasColoured()) {
        parts.push(ga.element("p", { class: "note" }, ga.say("points_neutral")));
      } else if (series) {
        parts.push(ga.element("h4", null, ga.name(series.name)), scaleRows(layer, series));
      }
      if (layer.size && layer.labels.length) {
        parts.push(ga.element("h4", null, ga.name(ga.say("size", { name: layer.size.name }))), sizeRows(layer));
      }
      return parts;
    },
    areas(layer) {
      const series = ga.seriesIn(layer, ga.state.view);
      return series ? [ga.element("h4", null, ga.name(series.name)), scaleRows(layer, series)] : [];
    },
    lines(layer) {
      const present = new Set(Object.values(layer.kinds).flat());
      const rows = Object.keys(ga.lineStyles)
        .filter((kind) => present.has(kind))
        .map((kind) => row(ga.lineSwatch(kind), ga.say(`kind_${kind}`)));
      return [ga.element("ul", { class: "classes" }, ...rows)];
    },
    sites(layer) {
      const present = new Set(Object.values(layer.roles).flat());
      const rows = roles
        .filter((role) => present.has(role))
        .map((role) => row(ga.symbol(layer.shape, role), ga.say(`role_${role}`)));
      return [ga.element("ul", { class: "classes" }, ...rows)];
    },
    flows: () => [],
  };

  function block(layer, index) {
    const id = `layer-${index}`;
    const box = ga.element("input", { type: "checkbox", id });
    box.checked = ga.state.shown.has(layer.key);
    box.addEventListener("change", () => ga.setShown(layer.key, box.checked));
    const count = ga.element("span", { class: "count" });
    if (layer.labels.length) count.textContent = ` (${ga.number(layer.labels.length, 0)})`;
    const label = ga.element("label", { for: id }, ga.name(layer.name), count);
    const body = ga.element("div", { class: "body" });
    if (box.checked) body.append(...bodies[layer.type](layer));
    return ga.element("div", { class: "layer" }, ga.element("h3", null, box, label), body);
  }

  ga.fillLegend = function () {
    const home = document.getElementById("layers");
    // Filling anew must not take the focus away from the box that was just used.
    const focused = home.contains(document.activeElement) ? document.activeElement.id : "";
    home.replaceChildren(...ga.layers.map(block));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
})(window.geoaccess);
