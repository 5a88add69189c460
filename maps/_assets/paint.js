"use strict";
// Draws one view of the document on a canvas. `frame` says where: {zoom, scale, left, top, width, height}, with
// screen = world * scale - (left, top).
(function (ga) {
  const land = "#f6f3ec";
  const coast = "#9aa7ae";
  const unreached = "#a3001e";
  const neutral = "#ffffff";
  const ink = "#2b2b2b";
  let base = null;

  // Rings end where they begin. closePath() is not called: Chromium copies the whole path each time.
  function trace(path, rings) {
    for (const ring of rings) {
      path.moveTo(ring[0], ring[1]);
      for (let at = 2; at < ring.length; at += 2) path.lineTo(ring[at], ring[at + 1]);
    }
    return path;
  }

  function basePaths() {
    if (!base && ga.data.basemap) {
      base = { land: new Path2D(), borders: new Path2D() };
      for (const rings of ga.worldShapes(ga.data.basemap.land)) trace(base.land, rings);
      for (const rings of ga.worldShapes(ga.data.basemap.borders)) trace(base.borders, rings);
    }
    return base;
  }

  // From here on, the canvas takes world coordinates; widths are given in pixels and divided by the scale.
  function inWorld(context, frame, draw) {
    context.save();
    context.translate(-frame.left, -frame.top);
    context.scale(frame.scale, frame.scale);
    draw((pixels) => pixels / frame.scale);
    context.restore();
  }

  function paintBase(context, frame) {
    const paths = basePaths();
    if (!paths) return;
    inWorld(context, frame, function (px) {
      context.fillStyle = land;
      context.fill(paths.land, "evenodd");
      context.strokeStyle = coast;
      context.lineWidth = px(0.7);
      context.stroke(paths.land);
    });
  }

  let near = null;
  function nearPaths() {
    if (!near) {
      near = { cells: new Path2D(), land: new Path2D() };
      for (const rings of ga.worldShapes(ga.data.nearCoast.land)) trace(near.land, rings);
      for (const [west, south, east, north] of ga.data.nearCoast.cells) {
        const [x, y] = [ga.worldX(west), ga.worldY(north)];
        near.cells.rect(x, y, ga.worldX(east) - x, ga.worldY(south) - y);
      }
    }
    return near;
  }

  // Around places the finer coast takes the stead of the coarse one. It reaches a little beyond its cells, so that
  // the cut is never seen as a coast.
  function paintNear(context, frame) {
    const coastNear = ga.data.nearCoast;
    if (!coastNear || !ga.data.basemap || frame.zoom < coastNear.fromZoom) return;
    const paths = nearPaths();
    inWorld(context, frame, function (px) {
      context.clip(paths.cells);
      const [left, top] = [frame.left / frame.scale, frame.top / frame.scale];
      context.clearRect(left, top, frame.width / frame.scale, frame.height / frame.scale);
      context.fillStyle = land;
      context.fill(paths.land, "evenodd");
      context.strokeStyle = coast;
      context.lineWidth = px(0.8);
      context.stroke(paths.land);
    });
  }

  function paintBorders(context, frame) {
    const paths = basePaths();
    if (!paths) return;
    inWorld(context, frame, function (px) {
      context.strokeStyle = "#6d6d6d";
      context.lineWidth = px(1.2);
      context.setLineDash([px(6), px(3), px(1), px(3)]);
      context.stroke(paths.borders);
    });
  }

  function areaPaths(layer) {
    layer.paths ??= layer.rings.map((rings) => trace(new Path2D(), rings));
    return layer.paths;
  }

  // One path for each class of a series, and one under "-" for the areas without a value.
  function classPaths(layer, series) {
    if (!series.paths) {
      series.paths = new Map();
      areaPaths(layer).forEach(function (path, row) {
        const mark = series.classes[row];
        if (!series.paths.has(mark)) series.paths.set(mark, new Path2D());
        series.paths.get(mark).addPath(path);
      });
    }
    return series.paths;
  }

  let hatching = null;
  function hatch(context) {
    if (!hatching) {
      const tile = document.createElement("canvas");
      tile.width = 8;
      tile.height = 8;
      const pen = tile.getContext("2d");
      pen.fillStyle = "#ffffff";
      pen.fillRect(0, 0, 8, 8);
      pen.strokeStyle = "#4a4a4a";
      pen.lineWidth = 1.2;
      pen.beginPath();
      for (const start of [-8, 0, 8]) {
        pen.moveTo(start, 8);
        pen.lineTo(start + 8, 0);
      }
      pen.stroke();
      hatching = context.createPattern(tile, "repeat");
    }
    return hatching;
  }

  // Classes are stored as one character each, "0" being the first; "-" stands for no value.
  ga.markOf = (index) => String.fromCharCode(48 + index);
  ga.classOf = (mark) => mark.charCodeAt(0) - 48;

  function paintAreas(context, frame, layer, view) {
    const series = ga.seriesIn(layer, view);
    inWorld(context, frame, function (px) {
      context.globalAlpha = 0.9;
      if (series) {
        const paths = classPaths(layer, series);
        if (paths.has("-")) {
          const pattern = hatch(context);
          pattern.setTransform(new DOMMatrix().scale(1 / frame.scale));
          context.fillStyle = pattern;
          context.fill(paths.get("-"));
        }
        // The last class first: of nested isochrones, the nearest then lies on top.
        series.scale.colours.forEach(function (_, index, colours) {
          const last = colours.length - 1 - index;
          const path = paths.get(ga.markOf(last));
          if (!path) return;
          context.fillStyle = colours[last];
          context.fill(path);
        });
      }
      context.globalAlpha = 1;
      context.strokeStyle = series ? "rgba(255, 255, 255, 0.8)" : "#8d8577";
      context.lineWidth = px(series ? 0.6 : 0.9);
      for (const path of areaPaths(layer)) context.stroke(path);
    });
  }

  // One path for each kind of line that a view shows, and for each zoom level from which lines are drawn: the
  // smallest roads first, so that the main ones lie on top. Lines of one place are drawn while it is selected.
  function linePaths(layer, view) {
    const kinds = ga.inView(layer.kinds, view) ?? [];
    const chosen = ga.state.selected?.layer.type === "points" ? ga.state.selected.row : -1;
    if (layer.ofPlace.length && layer.chosen !== chosen) layer.linePaths = null;
    layer.chosen = chosen;
    layer.linePaths ??= new Map();
    if (!layer.linePaths.has(kinds)) {
      const paths = new Map();
      layer.rings.forEach(function (rings, row) {
        const place = layer.ofPlace[row] ?? -1;
        if (place >= 0 && place !== chosen) return;
        const key = `${layer.fromZoom[row] ?? 0} ${kinds[row]}`;
        if (!paths.has(key)) paths.set(key, { kind: kinds[row], from: layer.fromZoom[row] ?? 0, path: new Path2D() });
        trace(paths.get(key).path, rings);
      });
      layer.linePaths.set(kinds, [...paths.values()].sort((one, other) => other.from - one.from));
    }
    return layer.linePaths.get(kinds);
  }

  function paintLines(context, frame, layer, view) {
    inWorld(context, frame, function (px) {
      for (const { kind, from, path } of linePaths(layer, view)) {
        const style = ga.lineStyles[kind];
        if (!style || frame.zoom < from) continue;
        const width = style.width * (layer.emphasis ? 1.6 : 1) * (from ? 0.7 : 1);
        if (layer.emphasis || kind === "route" || kind === "closed") {
          context.setLineDash([]);
          context.strokeStyle = "#ffffff";
          context.lineWidth = px(width + 4);
          context.stroke(path);
        }
        context.strokeStyle = style.colour;
        context.lineWidth = px(width);
        context.lineCap = kind === "boat" ? "round" : "butt";
        context.setLineDash(style.dash.map(px));
        context.stroke(path);
      }
    });
  }

  function paintFlows(context, frame, layer, view) {
    const points = ga.layerOf(layer.points);
    const sites = ga.layerOf(layer.sites);
    const toSite = ga.inView(layer.toSite, view);
    if (!toSite) return;
    const paths = new Map();
    for (let row = 0; row < toSite.length; row += 1) {
      const site = toSite[row];
      if (site < 0) continue;
      const colour = layer.colours[site % layer.colours.length];
      if (!paths.has(colour)) paths.set(colour, new Path2D());
      const path = paths.get(colour);
      path.moveTo(points.x[row], points.y[row]);
      path.lineTo(sites.x[site], sites.y[site]);
    }
    inWorld(context, frame, function (px) {
      context.globalAlpha = 0.75;
      context.lineWidth = px(1.3);
      for (const [colour, path] of paths) {
        context.strokeStyle = colour;
        context.stroke(path);
      }
    });
  }

  // Largest first, so that small places are not hidden under large ones.
  ga.drawingOrder = function (layer) {
    if (!layer.order) {
      layer.order = Uint32Array.from(layer.labels.keys());
      const size = layer.size?.numbers;
      if (size) layer.order.sort((one, other) => (size[other] || 0) - (size[one] || 0));
      layer.largest = size && layer.order.length ? size[layer.order[0]] || 1 : 1;
      layer.total = size ? size.reduce((sum, one) => sum + (one || 0), 0) / layer.largest : 0;
    }
    return layer.order;
  };

  // From so many places on they are dots rather than circles.
  const manyPlaces = 1500;

  // How much smaller everything of a layer is drawn because there are many of it.
  const crowding = (layer) => Math.min(1, (400 / Math.max(1, layer.labels.length)) ** 0.22);

  // Circles together cover at most this share of the window on the whole map: cells of a country that are all
  // alike would else lie on each other, several deep. A closer look has as much more room.
  const mostCovered = 0.12;
  function thinning(layer, greatest, least, zoom) {
    const size = ga.map?.getSize() ?? { x: window.innerWidth, y: window.innerHeight };
    const room = mostCovered * size.x * size.y * 4 ** (zoom - ga.homeZoom);
    const covered = Math.PI * Math.max(greatest ** 2 * layer.total, least ** 2 * layer.labels.length);
    return Math.min(1, Math.sqrt(room / Math.max(1, covered)));
  }

  // Areas of circles go with the size; many places make all circles smaller, a closer look a little larger: a
  // circle must not cover the town it stands for.
  ga.radiusAt = function (layer, zoom) {
    ga.drawingOrder(layer);
    const crowd = crowding(layer);
    const closeness = Math.min(1.35, Math.max(1, 1.08 ** (zoom - ga.homeZoom)));
    const size = layer.size?.numbers;
    const full = [18, 3].map((most) => most * crowd * closeness);
    const thin = layer.labels.length > manyPlaces ? thinning(layer, ...full, zoom) : 1;
    const greatest = thin * full[0];
    const least = Math.max(1.4, thin * full[1]);
    if (!size) return () => least * 1.4;
    return (row) => Math.max(least, greatest * Math.sqrt((size[row] || 0) / layer.largest));
  };

  // Where each place is on the frame, and how large; worked out once for each frame.
  function seenPlaces(layer, frame) {
    if (layer.seen?.frame === frame) return layer.seen;
    const radius = ga.radiusAt(layer, frame.zoom);
    const n = layer.labels.length;
    const seen = { frame, x: new Float32Array(n), y: new Float32Array(n), r: new Float32Array(n) };
    for (let row = 0; row < n; row += 1) {
      seen.x[row] = layer.x[row] * frame.scale - frame.left;
      seen.y[row] = layer.y[row] * frame.scale - frame.top;
      seen.r[row] = radius(row);
    }
    layer.seen = seen;
    return seen;
  }

  // A map of changes is about those who gain or lose: what stays the same is drawn first and small.
  function changesLast(layer, series) {
    const order = ga.drawingOrder(layer);
    if (!series?.scale.diverging) return order;
    const same = ga.markOf((series.scale.colours.length - 1) / 2);
    const isSame = (row) => series.classes[row] === same;
    return [...order.filter(isSame), ...order.filter((row) => !isSame(row))];
  }

  const leastChanged = 5;
  function radiusIn(series, seen) {
    if (!series?.scale.diverging) return (row) => seen.r[row];
    const same = ga.markOf((series.scale.colours.length - 1) / 2);
    return (row) => (series.classes[row] === same ? Math.min(3, seen.r[row]) : Math.max(leastChanged, seen.r[row]));
  }

  const tileSide = 64;
  // Tiles of the frame in the pixels of the screen, so that no edge of one is ever half a pixel.
  function makeTiles(frame, ratio) {
    const wide = Math.ceil((frame.width * ratio) / tileSide);
    const high = Math.ceil((frame.height * ratio) / tileSide);
    const marked = new Uint8Array(wide * high);
    const place = (value, most) => Math.min(most - 1, Math.max(0, Math.floor((value * ratio) / tileSide)));
    const tiles = { side: tileSide, count: 0, box: [Infinity, Infinity, -Infinity, -Infinity] };
    const over = function (x, y, r, act) {
      const [left, right, top, bottom] = [place(x - r, wide), place(x + r, wide), place(y - r, high), place(y + r, high)];
      for (let row = top; row <= bottom; row += 1) {
        for (let column = left; column <= right; column += 1) if (act(row * wide + column, column, row)) return true;
      }
      return false;
    };
    tiles.mark = (x, y, r) => over(x, y, r, function (at, column, row) {
      if (marked[at]) return;
      marked[at] = 1;
      tiles.count += 1;
      const edge = tileSide / ratio;
      const { box } = tiles;
      tiles.box = [Math.min(box[0], column * edge), Math.min(box[1], row * edge), Math.max(box[2], (column + 1) * edge), Math.max(box[3], (row + 1) * edge)];
    });
    tiles.meets = (x, y, r) => over(x, y, r, (at) => marked[at] === 1);
    tiles.corners = () => Array.from(marked.keys()).filter((at) => marked[at])
      .map((at) => [tileSide * (at % wide), tileSide * Math.floor(at / wide)]);
    tiles.isMost = () => tiles.count > marked.length / 2;
    return tiles;
  }

  // The tiles in which places have another colour than when the frame was drawn; null where all has to be drawn anew.
  ga.changedTiles = function (frame, view, ratio) {
    const layers = ga.layers.filter((layer) => layer.type === "points");
    const now = layers.map((layer) => ga.seriesIn(layer, view)?.classes ?? "");
    const last = drawnPlaces;
    drawnPlaces = { frame, view, ratio, marked: ga.state.marked, classes: now };
    const isAlike = last && last.frame === frame && last.view === view && last.ratio === ratio && last.marked === ga.state.marked;
    if (!isAlike || ga.state.swipe) return null;
    const tiles = makeTiles(frame, ratio);
    layers.forEach(function (layer, at) {
      const [before, after] = [last.classes[at], now[at]];
      if (before === after || !ga.state.shown.has(layer.key)) return;
      const seen = seenPlaces(layer, frame);
      for (let row = 0; row < after.length; row += 1) {
        if (before[row] === after[row]) continue;
        const r = Math.max(seen.r[row], 7) + 3;
        const [x, y] = [seen.x[row], seen.y[row]];
        if (x > -r && y > -r && x < frame.width + r && y < frame.height + r) tiles.mark(x, y, r);
      }
    });
    return tiles.isMost() ? null : tiles;
  };
  let drawnPlaces = null;

  function dot(context, fill, x, y, r) {
    context.fillStyle = fill;
    context.strokeStyle = ink;
    context.lineWidth = r < 3 ? 0.5 : 0.9;
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }

  function paintPoints(context, frame, layer, view, tiles = null) {
    const series = ga.areasColoured() ? null : ga.seriesIn(layer, view);
    const seen = seenPlaces(layer, frame);
    const radius = radiusIn(series, seen);
    const sheet = layer.labels.length > manyPlaces ? ga.dotSheet(frame, tiles?.box) : null;
    const crosses = [];
    // Crosses of thousands of places are as small as their circles: a few in a hundred must not cover all others.
    const least = seen.r[ga.drawingOrder(layer).at(-1)] ?? 0;
    const thin = sheet ? Math.min(1, Math.max(0.45, crowding(layer), least / 3)) : 1;
    const hatched = series ? ga.inView(layer.hatching?.rows ?? {}, view) : null;
    const strokes = new Path2D();
    const marked = ga.markedRows(layer);
    for (const row of changesLast(layer, series)) {
      if (marked && !marked[row]) continue;
      const r = radius(row);
      const [x, y] = [seen.x[row], seen.y[row]];
      if (x < -r || y < -r || x > frame.width + r || y > frame.height + r) continue;
      if (tiles && !tiles.meets(x, y, Math.max(r, 7) + 3)) continue;
      const mark = series ? series.classes[row] : "";
      if (mark === "-") {
        crosses.push(x, y, Math.max((sheet ? 2.4 : 3) * thin, Math.min(7, r)));
        continue;
      }
      const fill = series ? series.scale.colours[ga.classOf(mark)] : neutral;
      if (sheet) sheet.dot(fill, x, y, r);
      else dot(context, fill, x, y, r);
      if (hatched?.[row] !== "1") continue;
      if (sheet) hatchDot(strokes, x, y, r);
      else strokeHatching(context, hatchDot(new Path2D(), x, y, r));
    }
    sheet?.lay(context);
    if (sheet) strokeHatching(context, strokes);
    paintCrosses(context, crosses, thin);
  }

  // Slanting lines from rim to rim of a circle, some 4 pixels apart.
  function hatchDot(path, x, y, r) {
    for (let off = -4 * Math.floor((r - 1) / 4); off < r; off += 4) {
      const half = Math.sqrt(r * r - off * off);
      const [dx, dy] = [(off - half) / Math.SQRT2, (off + half) / Math.SQRT2];
      path.moveTo(x + dx, y + dy);
      path.lineTo(x + dx + Math.SQRT2 * half, y + dy - Math.SQRT2 * half);
    }
    return path;
  }

  function strokeHatching(context, path) {
    for (const [colour, width] of [["#ffffff", 2.2], [ink, 1.1]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke(path);
    }
  }

  function paintCrosses(context, crosses, thin) {
    for (const [colour, width] of [["#ffffff", 4.5 * thin ** 2], [unreached, 2.4 * thin]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      for (let at = 0; at < crosses.length; at += 3) {
        const [x, y, r] = [crosses[at], crosses[at + 1], crosses[at + 2]];
        context.moveTo(x - r, y - r);
        context.lineTo(x + r, y + r);
        context.moveTo(x + r, y - r);
        context.lineTo(x - r, y + r);
      }
      context.stroke();
    }
  }

  // The symbols of a large layer that have no marker of their own, in the same dress.
  function paintSites(context, frame, layer, view) {
    if (!layer.isLarge) return;
    const outline = new Path2D(ga.outline(layer.shape));
    const growth = ga.symbolGrowth();
    (ga.inView(layer.roles, view) ?? []).forEach(function (role, row) {
      const x = layer.x[row] * frame.scale - frame.left;
      const y = layer.y[row] * frame.scale - frame.top;
      const size = ga.symbolSize(role, growth);
      if (!size || ga.isMarked(layer, role) || x < 0 || y < 0 || x > frame.width || y > frame.height) return;
      context.save();
      context.translate(x, y);
      context.scale(size / 26, size / 26);
      context.fillStyle = role === "existing" ? "#1b1f24" : "#ffffff";
      context.strokeStyle = role === "existing" ? "#ffffff" : "#1b1f24";
      context.lineWidth = 3;
      context.stroke(outline);
      context.fill(outline);
      context.restore();
    });
  }

  function paintSelected(context, frame) {
    const at = ga.state.selected && ga.placeOf(ga.state.selected);
    if (!at) return;
    context.strokeStyle = "#111111";
    context.lineWidth = 3;
    context.setLineDash([5, 3]);
    context.beginPath();
    context.arc(at.x * frame.scale - frame.left, at.y * frame.scale - frame.top, 22, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
  }

  const groundPainters = [
    ["areas", paintAreas],
    ["lines", paintLines],
    ["flows", paintFlows],
  ];

  function paintLayers(context, frame, view, [type, painter], tiles) {
    for (const layer of ga.layers) {
      if (layer.type === type && ga.state.shown.has(layer.key)) {
        context.save();
        painter(context, frame, layer, view, tiles);
        context.restore();
      }
    }
  }

  ga.paintGround = function (context, frame, view) {
    if (!ga.state.tilesArrived) {
      paintBase(context, frame);
      paintNear(context, frame);
    }
    for (const painter of groundPainters) {
      paintLayers(context, frame, view, painter);
      if (painter[0] === "areas") paintBorders(context, frame);
    }
  };

  // Some tiles of the places, or all of them.
  ga.paintPlaces = (context, frame, view, tiles = null) => paintLayers(context, frame, view, ["points", paintPoints], tiles);

  // What lies over the places: symbols without a marker, names, the ring around what is selected.
  ga.paintNames = function (context, frame, view) {
    paintLayers(context, frame, view, ["sites", paintSites]);
    ga.writeNames(context, frame, view);
    paintSelected(context, frame);
  };
})(window.geoaccess);
