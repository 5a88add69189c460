"use strict";
// Names on the map, where there is room for them: clear of symbols, of each other and of the edge.
(function (ga) {
  const written = new Set(["chosen", "closed", "named"]);

  const meets = (box, other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3];

  function isFree(box, frame, taken) {
    // A name may lie beside the visible part, ready for a drag, but never across its edge.
    const [left, top, right, bottom] = frame.visible;
    const inside = box[0] > left && box[1] > top && box[2] < right && box[3] < bottom;
    const beside = box[2] < left || box[3] < top || box[0] > right || box[1] > bottom;
    return (inside || beside) && !taken.some((other) => meets(box, other));
  }

  // The places of the symbols that a view shows, as boxes that names keep clear of; only those with a name of their own.
  function symbolBoxes(frame, view, named = false) {
    const boxes = [];
    const growth = ga.symbolGrowth();
    for (const layer of ga.layers) {
      if (layer.type !== "sites" || layer.isLarge || !ga.state.shown.has(layer.key)) continue;
      (ga.inView(layer.roles, view) ?? []).forEach(function (role, row) {
        if (named && !written.has(role)) return;
        const half = ga.symbolSize(role, growth) / 2;
        const x = layer.x[row] * frame.scale - frame.left;
        const y = layer.y[row] * frame.scale - frame.top;
        if (half) boxes.push([x - half, y - half, x + half, y + half]);
      });
    }
    return boxes;
  }

  // Names are cut and measured once: a step of a choice writes the same ones again.
  const measured = new Map();
  function measure(context, text, font) {
    if (!measured.has(font)) measured.set(font, new Map());
    const known = measured.get(font);
    if (!known.has(text)) {
      const letters = Array.from(text.slice(0, 100));
      const shown = letters.length > 40 ? `${letters.slice(0, 39).join("")}…` : text;
      context.font = font;
      known.set(text, { shown, width: context.measureText(shown).width });
    }
    return known.get(text);
  }

  // Writes a name beside its place, on the first free side: right, left, below, above (left first where asked); or upon it.
  function write(context, frame, taken, { text, x, y, room, font, row = -1, others = [], ink = "#2f2f2f", upon = false, leftFirst = false }) {
    const { shown, width } = measure(context, text, font);
    const beside = [[x + room, y], [x - room - width, y]];
    const spots = upon ? [[x - width / 2, y]] : [
      ...(leftFirst ? beside.reverse() : beside),
      [x - width / 2, y + room + 6],
      [x - width / 2, y - room - 6],
    ];
    const boxOf = ([left, middle]) => [left, middle - 7, left + width, middle + 7];
    const spot = spots.find((one) => isFree(boxOf(one), frame, taken) && !others.some((other) => other.row !== row && meets(boxOf(one), other.box)));
    if (!spot) return false;
    taken.push(boxOf(spot));
    context.font = font;
    context.strokeStyle = "rgba(255, 255, 255, 0.9)";
    context.lineWidth = 3.5;
    context.strokeText(shown, ...spot);
    context.fillStyle = ink;
    context.fillText(shown, ...spot);
    return true;
  }

  // The answer has its names: where a town leaves no room, they stand upon symbols that have none.
  function writeSites(context, frame, taken, { layer, view, named }) {
    const roles = ga.inView(layer.roles, view) ?? [];
    // Beside a named symbol that nearly touches it a name stands on the far side: between the two, or past the other,
    // it would name the wrong one.
    const isWestOfOther = (x, y) => roles.some(function (role, row) {
      const east = layer.x[row] * frame.scale - frame.left - x;
      return written.has(role) && east > 0 && east < 30 && Math.abs(layer.y[row] * frame.scale - frame.top - y) < 14;
    });
    roles.forEach(function (role, row) {
      if (!written.has(role)) return;
      const x = layer.x[row] * frame.scale - frame.left;
      const y = layer.y[row] * frame.scale - frame.top;
      const font = "bold 14px system-ui, sans-serif";
      const asked = { text: layer.labels[row], x, y, room: 18, font, leftFirst: isWestOfOther(x, y) };
      const before = taken.length;
      if (write(context, frame, taken, asked) || write(context, frame, named, asked)) {
        if (taken.length === before) taken.push(named.at(-1));
        else named.push(taken.at(-1));
      }
    });
  }

  // The larger circles in sight: a name on another place's circle would name the wrong one.
  function circleBoxes(layer, frame, radius) {
    const boxes = [];
    for (const row of ga.drawingOrder(layer)) {
      const half = 0.75 * radius(row);
      if (half < 4 || boxes.length >= 300) break;
      const x = layer.x[row] * frame.scale - frame.left;
      const y = layer.y[row] * frame.scale - frame.top;
      if (x < 0 || y < 0 || x > frame.width || y > frame.height) continue;
      boxes.push({ row, box: [x - half, y - half, x + half, y + half] });
    }
    return boxes;
  }

  // From the largest place on, until there are enough names or too many found no room.
  function writePlaces(context, frame, taken, { layer, most }) {
    const radius = ga.radiusAt(layer, frame.zoom);
    let tries = 4 * most;
    const circles = circleBoxes(layer, frame, radius);
    for (const row of ga.drawingOrder(layer)) {
      const x = layer.x[row] * frame.scale - frame.left;
      const y = layer.y[row] * frame.scale - frame.top;
      if (x < 0 || y < 0 || x > frame.width || y > frame.height) continue;
      tries -= 1;
      if (taken.length >= most || tries < 0) break;
      const room = Math.max(radius(row), 7) + 3;
      const font = "11.5px system-ui, sans-serif";
      write(context, frame, taken, { text: layer.labels[row], x, y, room, font, row, others: circles });
    }
  }

  // Names of fjords and lakes stand upon their places, after all others, and not upon circles.
  function writeWaters(context, frame, taken, circles) {
    let tries = 400;
    for (const [text, lon, lat, fromZoom, isWater] of ga.data.names) {
      if (frame.zoom < fromZoom) continue;
      const x = ga.worldX(lon) * frame.scale - frame.left;
      const y = ga.worldY(lat) * frame.scale - frame.top;
      if (x < 0 || y < 0 || x > frame.width || y > frame.height) continue;
      tries -= 1;
      if (tries < 0) break;
      const ink = isWater ? "#1f5673" : "#4c4636";
      write(context, frame, taken, { text, x, y, room: 0, font: "italic 12px system-ui, sans-serif", others: circles, ink, upon: true });
    }
  }

  // The key lies over the map on a wide screen: a name under it would be cut.
  function keyBox(frame) {
    const key = document.getElementById("key").getBoundingClientRect();
    const map = ga.map.getContainer().getBoundingClientRect();
    const [x, y] = [frame.visible[0] - map.left, frame.visible[1] - map.top];
    return [key.left + x, key.top + y, key.right + x, key.bottom + y];
  }

  ga.writeNames = function (context, frame, view) {
    const taken = symbolBoxes(frame, view);
    taken.push(keyBox(frame));
    const most = taken.length + Math.min(120, Math.round((frame.width * frame.height) / 26000));
    const shown = ga.layers.filter((layer) => ga.state.shown.has(layer.key));
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const named = [...symbolBoxes(frame, view, true), keyBox(frame)];
    for (const layer of shown) {
      if (layer.type === "sites") writeSites(context, frame, taken, { layer, view, named });
    }
    for (const layer of shown) {
      if (layer.type === "points") writePlaces(context, frame, taken, { layer, most });
    }
    if (!ga.data.names.length) return;
    const circles = shown.filter((layer) => layer.type === "points").flatMap((layer) => circleBoxes(layer, frame, ga.radiusAt(layer, frame.zoom)));
    writeWaters(context, frame, taken, circles);
  };
})(window.geoaccess);
