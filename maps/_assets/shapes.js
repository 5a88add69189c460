"use strict";
// Symbols: outlines in a box from -10 to 10, drawn as SVG on the map and in the legend.
(function (ga) {
  const svg = "http://www.w3.org/2000/svg";
  const outlines = {
    cross: "M-3-9H3V-3H9V3H3V9H-3V3H-9V-3H-3Z",
    square: "M-7.5-7.5H7.5V7.5H-7.5Z",
    diamond: "M0-10L10 0L0 10L-10 0Z",
    triangle: "M0-9L9.5 7.5H-9.5Z",
    pentagon: "M0-9.5L9.5-2.6L5.9 8.5H-5.9L-9.5-2.6Z",
    hexagon: "M-5-8.5H5L9.8 0L5 8.5H-5L-9.8 0Z",
    drop: "M0-10C3-5 7-1 7 3A7 7 0 0 1-7 3C-7-1-3-5 0-10Z",
    plane: "M0-10L2-7V-2L10 3V5L2 3V7L5 9V10L0 9L-5 10V9L-2 7V3L-10 5V3L-2-2V-7Z",
    star: "M0-10L2.6-3.4L9.6-3L4.1 1.4L6 8.2L0 4.3L-6 8.2L-4.1 1.4L-9.6-3L-2.6-3.4Z",
    ring: "M0-9A9 9 0 1 1 0 9A9 9 0 1 1 0-9ZM0-4A4 4 0 1 0 0 4A4 4 0 1 0 0-4Z",
  };
  const large = new Set(["chosen", "named", "closed"]);
  const sizes = { chosen: 28, named: 24, closed: 22, candidate: 10, absent: 0, forbidden: 11 };

  function node(tag, attributes) {
    const made = document.createElementNS(svg, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  ga.picture = node;
  ga.outline = (shape) => outlines[shape] ?? outlines.square;

  // How many symbols a view shows, counted once for each list of roles.
  const counted = new WeakMap();
  function symbolsOf(layer) {
    const roles = ga.state.shown.has(layer.key) ? ga.inView(layer.roles, ga.state.view) : null;
    if (!roles) return 0;
    if (!counted.has(roles)) counted.set(roles, roles.filter((role) => role !== "absent").length);
    return counted.get(roles);
  }

  // On a small window many symbols would cover the people that the map is about: from so many on, each is smaller.
  const roomy = 150; // symbols on a million pixels
  function crowding(zoom) {
    const size = ga.map.getSize();
    const count = ga.layers.reduce((sum, layer) => sum + (layer.type === "sites" ? symbolsOf(layer) : 0), 0);
    const room = (size.x * size.y * 4 ** (zoom - ga.homeZoom)) / 1e6;
    return Math.min(1, Math.max(0.55, Math.sqrt((roomy * room) / Math.max(1, count))));
  }

  // Small on the whole map, where the places' colours matter; larger in a closer look.
  ga.symbolGrowth = function () {
    const zoom = ga.map.getZoom();
    return Math.min(1.4, Math.max(0.8, 0.8 + 0.15 * (zoom - ga.homeZoom))) * crowding(zoom);
  };
  ga.symbolSize = (role, growth) => Math.round((sizes[role] ?? 17) * (large.has(role) ? 1 : growth));

  // The symbol of a site: its shape says the kind, its dress the role.
  ga.symbol = function (shape, role, growth) {
    const size = ga.symbolSize(role, growth);
    const picture = node("svg", {
      viewBox: "-13 -13 26 26",
      width: size,
      height: size,
      class: `symbol ${role}`,
      "aria-hidden": "true",
      focusable: "false",
    });
    const path = ga.outline(shape);
    picture.append(node("path", { d: path, class: "halo" }), node("path", { d: path, class: "body" }));
    if (role === "closed" || role === "forbidden") {
      picture.append(node("path", { d: "M-10-10L10 10M10-10L-10 10", class: "strike" }));
    }
    if (role === "required") picture.append(node("circle", { r: 3, class: "pin" }));
    return picture;
  };

  // A swatch of a class: a circle for places, a square for areas, a cross where nothing is reached.
  ga.swatch = function (kind, colour, missing) {
    const picture = node("svg", {
      viewBox: "-10 -10 20 20",
      width: 18,
      height: 18,
      class: "swatch",
      "aria-hidden": "true",
      focusable: "false",
    });
    if (missing && kind === "points") {
      picture.append(node("path", { d: "M-6-6L6 6M6-6L-6 6", class: "unreached" }));
    } else if (missing) {
      picture.append(
        node("rect", { x: -8, y: -8, width: 16, height: 16, fill: "#ffffff", stroke: "#4a4a4a" }),
        node("path", { d: "M-8 0L0-8M-8 8L8-8M0 8L8 0", class: "hatch" }),
      );
    } else if (kind === "points") {
      picture.append(node("circle", { r: 7, fill: colour, stroke: "#2b2b2b", "stroke-width": 1 }));
    } else {
      picture.append(
        node("rect", { x: -8, y: -8, width: 16, height: 16, fill: colour, "fill-opacity": 0.9, stroke: "#2b2b2b" }),
      );
    }
    return picture;
  };

  // How each kind of line is drawn: colour, width and dashes in pixels.
  ga.lineStyles = {
    road: { colour: "#8b7f6a", width: 1.4, dash: [] },
    schematic: { colour: "#a79c88", width: 1, dash: [2, 4] },
    ferry: { colour: "#08519c", width: 2, dash: [7, 4] },
    boat: { colour: "#08519c", width: 2, dash: [1, 5] },
    flight: { colour: "#6a3d9a", width: 1.5, dash: [12, 5] },
    closed: { colour: "#b00020", width: 4, dash: [3, 5] },
    route: { colour: "#c2185b", width: 4, dash: [] },
    walk: { colour: "#333333", width: 2, dash: [2, 4] },
  };

  ga.lineSwatch = function (kind, emphasis) {
    const style = ga.lineStyles[kind];
    const picture = node("svg", {
      viewBox: "0 0 34 12",
      width: 34,
      height: 12,
      class: "swatch",
      "aria-hidden": "true",
      focusable: "false",
    });
    picture.append(
      node("path", {
        d: "M1 6H33",
        stroke: style.colour,
        "stroke-width": style.width * (emphasis ? 1.6 : 1),
        "stroke-dasharray": style.dash.join(" "),
        fill: "none",
        "stroke-linecap": kind === "boat" ? "round" : "butt",
      }),
    );
    return picture;
  };

  ga.hatchSwatch = function () {
    const picture = ga.swatch("points", "#ffffff", false);
    picture.append(node("path", { d: "M-6 2L2-6M-5 5L5-5M-2 6L6-2", class: "hatch" }));
    return picture;
  };

  ga.sizeSwatch = function (radius) {
    const side = 2 * radius + 2;
    const picture = node("svg", {
      viewBox: `0 0 ${side} ${side}`,
      width: side,
      height: side,
      class: "swatch",
      "aria-hidden": "true",
      focusable: "false",
    });
    picture.append(
      node("circle", { cx: radius + 1, cy: radius + 1, r: radius, fill: "none", stroke: "#2b2b2b" }),
    );
    return picture;
  };
})(window.geoaccess);
