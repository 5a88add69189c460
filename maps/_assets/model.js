"use strict";
// The document's layers and the state of the page; everything else asks here.
(function (ga) {
  const listeners = new Map();
  const origin = { x: 0, y: 0 };

  ga.on = function (event, listener) {
    listeners.set(event, [...(listeners.get(event) ?? []), listener]);
  };
  ga.tell = function (event) {
    for (const listener of listeners.get(event) ?? []) listener();
  };

  // Web Mercator at zoom 0 (256 units around the world), counted from the middle of the map, so that the
  // single-precision numbers of a canvas path stay exact to a hundredth of a pixel.
  ga.worldX = (lon) => (256 * (lon + 180)) / 360 - origin.x;
  ga.worldY = function (lat) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return 128 - (128 / Math.PI) * Math.atanh(sine) - origin.y;
  };
  ga.worldOrigin = origin;

  function project(flat) {
    const world = new Float64Array(flat.length);
    for (let at = 0; at < flat.length; at += 2) {
      world[at] = ga.worldX(flat[at]);
      world[at + 1] = ga.worldY(flat[at + 1]);
    }
    return world;
  }

  ga.worldShapes = (packed) => ga.rings(packed).map((rings) => rings.map(project));

  function boxOf(rings) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) {
      for (let at = 0; at < ring.length; at += 2) {
        box[0] = Math.min(box[0], ring[at]);
        box[1] = Math.min(box[1], ring[at + 1]);
        box[2] = Math.max(box[2], ring[at]);
        box[3] = Math.max(box[3], ring[at + 1]);
      }
    }
    return box;
  }

  // A series that shows the numbers of an earlier one in other classes holds only the place of that one.
  function readSeries(packed, at, all) {
    const repeats = typeof packed.values === "number";
    const origin = repeats ? packed.values : at;
    const marks = packed.marks && readTexts(packed.marks);
    return { ...packed, marks, repeats, origin, values: ga.numbers(repeats ? all[packed.values].values : packed.values) };
  }

  function readPlaces(layer, packed) {
    layer.lon = ga.numbers(packed.lon);
    layer.lat = ga.numbers(packed.lat);
    layer.x = layer.lon.map(ga.worldX);
    layer.y = layer.lat.map(ga.worldY);
  }

  // What each view has of its own, read by the same rule.
  const eachOf = (byView, read) =>
    Object.fromEntries(Object.entries(byView).map(([view, packed]) => [view, read(packed)]));
  const readTexts = (packed) => Array.from(ga.integers(packed.codes), (code) => packed.texts[code]);

  // More symbols of one layer than this are drawn on the canvas, but for those that matter most.
  const mostMarkers = 1000;

  const readers = {
    points(layer, packed) {
      readPlaces(layer, packed);
      layer.size = packed.size && ga.column(packed.size);
      layer.areaOf = Array.from(ga.integers(packed.areaOf));
      layer.parts = eachOf(packed.parts, (columns) => columns.map(ga.column));
      layer.hours = packed.hours.map((hours) => ({ ...hours, notes: readTexts(hours.notes) }));
    },
    sites(layer, packed) {
      readPlaces(layer, packed);
      layer.roles = eachOf(packed.roles, readTexts);
      layer.isLarge = layer.labels.length > mostMarkers;
    },
    areas(layer, packed) {
      layer.rings = ga.worldShapes(packed.shapes);
      layer.boxes = layer.rings.map(boxOf);
    },
    lines(layer, packed) {
      layer.rings = ga.worldShapes(packed.shapes);
      layer.boxes = layer.rings.map(boxOf);
      layer.kinds = eachOf(packed.kinds, readTexts);
      layer.fromZoom = ga.integers(packed.fromZoom);
      layer.ofPlace = ga.integers(packed.ofPlace);
    },
    flows(layer, packed) {
      layer.toSite = eachOf(packed.toSite, ga.integers);
    },
  };

  function readLayer(packed) {
    const layer = { ...packed };
    layer.labels = packed.labels ?? [];
    layer.columns = (packed.columns ?? []).map(ga.column);
    layer.series = (packed.series ?? []).map(readSeries);
    readers[layer.type](layer, packed);
    return layer;
  }

  // What a layer shows in a view: its own entry for the view, else the entry for every view.
  ga.inView = function (choices, view) {
    if (Object.hasOwn(choices, view)) return choices[view];
    return Object.hasOwn(choices, "") ? choices[""] : null;
  };

  // The strip of hours that a view shows of a layer's places, or null.
  ga.hoursIn = (layer, view) => layer.hours?.find((hours) => hours.views.includes(view)) ?? null;

  // Hours are those of leaving, or of an alarm, which somebody else answers.
  const ofAlarm = () => ga.layers.some((layer) => layer.hours?.some((hours) => hours.ofAlarm));
  ga.hourWord = () => (ofAlarm() ? ga.say("hour_alarm") : ga.say("hour"));
  ga.hoursOf = (hours) => (hours.ofAlarm ? ga.say("hours_of_alarm", { name: hours.name }) : ga.say("hours_of", { name: hours.name }));
  function hourOf(hours, at) {
    const told = { name: hours.name, from: ga.clock(at), to: ga.clock(at + 1) };
    return hours.ofAlarm ? ga.say("hour_of_alarm", told) : ga.say("hour_of", told);
  }

  // One hour of such a strip, as a series like any other.
  ga.hourSeries = function (hours, hour) {
    hours.series ??= hours.values.map((packed, at) => ({
      name: hourOf(hours, at),
      view: hours.chosenIn,
      scale: hours.scale,
      values: ga.numbers(packed),
      classes: hours.classes[at],
      origin: null,
      repeats: false,
    }));
    return hours.series[hour];
  };
  ga.clock = (hour) => `${String(hour).padStart(2, "0")}:00`;

  // Whether a view's colours are those of an hour that is chosen.
  ga.choosesHour = (view) =>
    Boolean(view) && ga.layers.some((layer) => layer.hours?.some((hours) => hours.chosenIn === view));

  ga.seriesIn = function (layer, view) {
    const chosen = view && layer.hours?.find((hours) => hours.chosenIn === view);
    if (chosen) return ga.hourSeries(chosen, ga.state.hour);
    const bare = ga.data.views.length === 0;
    return (
      layer.series.find((series) => series.view === view) ??
      layer.series.find((series) => series.view === "") ??
      (bare ? layer.series[0] : null) ??
      null
    );
  };

  // Which places of a layer a chart shows alone, or null for all.
  ga.markedRows = (layer) => (ga.state.marked?.layer === layer.key ? ga.state.marked.rows : null);

  // A view of a reader's own choice of sites belongs to its subject; the list of views offers the others.
  ga.subjectIn = (view) =>
    ga.data.whatIf.find((one) => one.minutesView === view || one.changeView === view) ?? null;
  ga.listedViews = () => ga.data.views.filter((view) => !ga.subjectIn(view.key));
  ga.isOfChoice = (layer) => ga.data.whatIf.some((subject) => subject.sites === layer.key);

  ga.grouped = () => new Set(ga.listedViews().map((view) => view.group)).size > 1;

  // What a label has of its own among several that begin alike: "no ferry" of "Nearest" and "Nearest, no ferry".
  function ownPart(label, labels) {
    let at = 0;
    while (at < label.length && labels.every((other) => other[at] === label[at])) at += 1;
    if (at < label.length && labels.every((other) => other.length > at)) at = label.lastIndexOf(" ", at) + 1;
    return label.slice(at).replace(/^[\s,:]+/, "");
  }

  ga.ownPart = ownPart;

  // The name of a series, with that of its view where several series of the layer have one name.
  ga.seriesName = function (layer, series) {
    const view = ga.viewOf(series.view);
    const alike = layer.series.filter((other) => other.name === series.name && !other.repeats);
    if (!view || alike.length < 2) return series.name;
    const own = alike.map((other) => ga.viewOf(other.view)).filter((other) => other?.group === view.group);
    const group = own.length < alike.length && ga.grouped() ? view.group : "";
    if (!group && view.label.startsWith(series.name)) return view.label;
    const which = [group, own.length > 1 ? ownPart(view.label, own.map((other) => other.label)) : ""].filter(Boolean);
    return which.length ? `${series.name} (${which.join(": ")})` : series.name;
  };

  ga.viewOf = (key) => ga.data.views.find((view) => view.key === key) ?? null;
  ga.layerOf = (key) => ga.layers.find((layer) => layer.key === key) ?? null;

  // Filled areas and coloured points would both speak through one palette; then the points stay neutral.
  ga.areasColoured = () =>
    ga.layers.some(
      (layer) => layer.type === "areas" && ga.state.shown.has(layer.key) && ga.seriesIn(layer, ga.state.view),
    );

  ga.setView = function (key) {
    if (key !== ga.state.view && ga.viewOf(key)) {
      ga.state.view = key;
      ga.tell("view");
    }
  };

  ga.setHour = function (hour) {
    if (hour !== ga.state.hour) {
      ga.state.hour = hour;
      ga.tell("hour");
    }
  };

  ga.setShown = function (key, shown) {
    if (shown) ga.state.shown.add(key);
    else ga.state.shown.delete(key);
    ga.tell("layers");
  };

  ga.readModel = function () {
    const [west, south, east, north] = ga.data.bounds;
    origin.x = ga.worldX((west + east) / 2);
    origin.y = ga.worldY((south + north) / 2);
    ga.layers = ga.data.layers.map(readLayer);
    ga.state = {
      view: ga.data.firstView,
      shown: new Set(ga.layers.filter((layer) => layer.shown).map((layer) => layer.key)),
      hour: 12,
      swipe: false,
      swipeAt: 0.5,
      selected: null,
      marked: null,
    };
  };
})(window.geoaccess);
