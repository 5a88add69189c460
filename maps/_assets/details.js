"use strict";
// What is known about one place, area, line or site: the tip under the pointer, and the pop-up.
(function (ga) {
  const partColours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#7a5c00", "#505050"];
  let tip = null;
  let popup = null;
  let opener = null;

  // Where an item is, in world coordinates.
  ga.placeOf = function (item) {
    const { layer, row } = item;
    if (layer.x) return { x: layer.x[row], y: layer.y[row] };
    const box = layer.boxes[row];
    if (layer.type === "areas") return { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 };
    const ring = layer.rings[row][0];
    const middle = 2 * Math.floor(ring.length / 4);
    return { x: ring[middle], y: ring[middle + 1] };
  };

  ga.latLngOf = function (item) {
    if (item.layer.lon) return L.latLng(item.layer.lat[item.row], item.layer.lon[item.row]);
    const at = ga.placeOf(item);
    return ga.map.unproject([at.x + ga.worldOrigin.x, at.y + ga.worldOrigin.y], 0);
  };

  // A value as it is shown anywhere, with what must be said behind it.
  ga.valueText = function (series, row) {
    const mark = series.marks?.[row];
    return mark ? `${bareText(series, row)} (${mark})` : bareText(series, row);
  };

  function bareText(series, row) {
    if (series.classes[row] === "-") return series.scale.missing || ga.say("unreachable");
    if (series.scale.named) return series.scale.labels[ga.classOf(series.classes[row])];
    return ga.quantity(series.values[row], series.scale.unit, series.scale.digits);
  }

  // Where views have subjects, a pop-up tells of the other subjects only what their first view shows.
  ga.isTold = function (series, view) {
    const [own, shown] = [ga.viewOf(series.view), ga.viewOf(view)];
    const subject = ga.subjectIn(series.view);
    if (subject) return subject === ga.subjectIn(view);
    if (!own || !shown || own.group === shown.group) return true;
    return ga.data.views.find((other) => other.group === own.group) === own;
  };

  ga.columnText = function (column, row) {
    return column.numbers ? ga.quantity(column.numbers[row], column.unit, column.digits) : column.text(row);
  };

  // All that a layer says of one item in a view, as pairs of name and value.
  ga.factsOf = function (item, view) {
    const { layer, row } = item;
    const facts = [];
    const current = ga.seriesIn(layer, view);
    if (current) facts.push([current.name, ga.valueText(current, row), "current"]);
    for (const series of layer.series) {
      if (series.repeats || series.origin === current?.origin || !ga.isTold(series, view)) continue;
      facts.push([ga.seriesName(layer, series), ga.valueText(series, row)]);
    }
    if (layer.type === "sites") {
      facts.push([ga.say("role"), ga.say(`role_${ga.inView(layer.roles, view)?.[row] ?? "absent"}`)]);
    }
    if (layer.type === "lines") {
      facts.push([ga.say("line_kind"), ga.say(`kind_${ga.inView(layer.kinds, view)?.[row] ?? "hidden"}`)]);
    }
    if (layer.size) facts.push([layer.size.name, ga.columnText(layer.size, row)]);
    for (const column of layer.columns) facts.push([column.name, ga.columnText(column, row)]);
    return facts;
  };

  function partsBar(parts, row) {
    const total = parts.reduce((sum, part) => sum + (part.numbers[row] || 0), 0);
    const bar = ga.element("div", { class: "parts", "aria-hidden": "true" });
    const list = ga.element("ul", { class: "parts-list" });
    parts.forEach(function (part, index) {
      const share = total ? (100 * (part.numbers[row] || 0)) / total : 0;
      const colour = partColours[index % partColours.length];
      const piece = ga.element("span");
      piece.style.width = `${share}%`;
      piece.style.background = colour;
      bar.append(piece);
      const dot = ga.element("span", { class: "dot", "aria-hidden": "true" });
      dot.style.background = colour;
      list.append(ga.element("li", null, dot, ga.name(part.name), ": ", ga.columnText(part, row)));
    });
    return [bar, list];
  }

  // Twenty-four cells in the colours of the hours, and what to leave by; the same in words for those who listen.
  function hoursStrip(hours, row) {
    const told = hours.values.map(function (_, hour) {
      const series = ga.hourSeries(hours, hour);
      return `${ga.clock(hour)}: ${ga.valueText(series, row)}`;
    });
    const name = ga.hoursOf(hours);
    const strip = ga.element("div", { class: "hours", role: "img", "aria-label": `${name}: ${told.join(", ")}` });
    told.forEach(function (text, hour) {
      const mark = hours.classes[hour][row];
      const cell = ga.element("span", { title: text, class: mark === "-" ? "none" : null });
      if (mark !== "-") cell.style.background = hours.scale.colours[ga.classOf(mark)];
      if (hour === ga.state.hour && ga.choosesHour(ga.state.view)) cell.classList.add("now");
      strip.append(cell);
    });
    const ends = ga.element("div", { class: "hours-ends", "aria-hidden": "true" });
    ends.append(...[0, 6, 12, 18, 24].map((hour) => ga.element("span", null, String(hour))));
    const lines = [ga.element("p", { class: "hours-name" }, ga.name(name)), strip, ends];
    if (hours.notes[row]) lines.push(ga.element("p", { class: "hours-note" }, ga.name(hours.notes[row])));
    return lines;
  }

  function detailsOf(item, view) {
    const { layer, row } = item;
    const heading = ga.element("h2", { tabindex: "-1" }, ga.name(layer.labels[row]));
    const list = ga.element("dl");
    for (const [name, value, mark] of ga.factsOf(item, view)) {
      list.append(
        ga.element("dt", { class: mark }, ga.name(name)),
        ga.element("dd", { class: mark }, ga.name(value)),
      );
    }
    const parts = layer.parts && ga.inView(layer.parts, view);
    const bar = parts?.length ? partsBar(parts, row) : [];
    const hours = ga.hoursIn(layer, view);
    if (hours) bar.push(...hoursStrip(hours, row));
    return ga.element("div", { class: "details" }, heading, ga.element("p", null, ga.name(layer.name)), ...bar, list);
  }

  ga.showTip = function (item, at) {
    const { layer, row } = item;
    const series = ga.seriesIn(layer, ga.viewAt(at));
    tip.replaceChildren(ga.element("strong", null, ga.name(layer.labels[row])));
    tip.append(ga.element("span", null, ga.name(series ? ga.valueText(series, row) : layer.name)));
    tip.hidden = false;
    const size = ga.map.getSize();
    tip.style.left = `${Math.max(0, Math.min(at.x + 14, size.x - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, at.y - tip.offsetHeight - 10)}px`;
  };

  ga.hideTip = function () {
    tip.hidden = true;
  };

  // Open an item's pop-up; by keyboard, the focus goes into it and comes back when it closes.
  ga.select = function (item, { byKeyboard = false, at = null } = {}) {
    opener = byKeyboard ? document.activeElement : null;
    ga.hideTip();
    const where = at ?? ga.latLngOf(item);
    const view = ga.viewAt(ga.map.latLngToContainerPoint(where));
    const content = detailsOf(item, view);
    popup.options.maxWidth = Math.min(300, ga.map.getSize().x - 75);
    popup.setLatLng(where).setContent(content).openOn(ga.map);
    ga.state.selected = item;
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    close?.setAttribute("aria-label", ga.say("close"));
    if (byKeyboard) content.querySelector("h2").focus({ preventScroll: true });
    ga.tell("select");
  };

  // Bring an item into sight and open it, as a table or the search asks.
  ga.showItem = function (item, { byKeyboard = true } = {}) {
    if (!ga.state.shown.has(item.layer.key)) ga.setShown(item.layer.key, true);
    const zoom = Math.max(ga.map.getZoom(), Math.min(9, ga.homeZoom + 2.5));
    ga.map.setView(ga.latLngOf(item), zoom, { animate: false });
    ga.map.getContainer().scrollIntoView({ block: "nearest" });
    ga.select(item, { byKeyboard });
  };

  ga.closeDetails = function () {
    if (!ga.map.hasLayer(popup)) return false;
    ga.map.closePopup(popup);
    return true;
  };

  ga.refreshDetails = function () {
    const item = ga.state.selected;
    if (!item || !ga.map.hasLayer(popup)) return;
    popup.setContent(detailsOf(item, ga.viewAt(ga.map.latLngToContainerPoint(popup.getLatLng()))));
  };

  ga.makeDetails = function () {
    tip = ga.element("div", { class: "tip", hidden: "", "aria-hidden": "true" });
    ga.map.getContainer().append(tip);
    popup = L.popup({ maxWidth: 300, minWidth: 180, autoPanPadding: [20, 20], closeOnEscapeKey: false });
    ga.map.on("popupclose", function () {
      ga.state.selected = null;
      const back = opener;
      opener = null;
      if (back?.isConnected) back.focus({ preventScroll: true });
      ga.tell("select");
    });
    ga.map.on("click", function (event) {
      const item = ga.itemAt(event.latlng, event.containerPoint);
      if (item) ga.useSite(item, { at: item.layer.x ? null : event.latlng });
    });
    ga.map.on("mousemove", function (event) {
      if (event.originalEvent.target.closest?.(".site, .leaflet-popup, .leaflet-control")) return;
      const item = ga.itemAt(event.latlng, event.containerPoint);
      ga.map.getContainer().classList.toggle("over-item", Boolean(item));
      if (item) ga.showTip(item, event.containerPoint);
      else ga.hideTip();
    });
    ga.map.on("mouseout movestart", ga.hideTip);
  };
})(window.geoaccess);
