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

  // Names are measured once: a step of a choice writes the same ones again.
  const widths = new Map();
  function widthOf(context, text, font) {
    const key = `${font} ${text}`;
    if (!widths.has(key)) widths.set(key, context.measureText(text).width);
    return widths.get(key);
  }

  // Writes a name beside its place, on the first free side: right, left, below, above.
  function write(context, frame, taken, { text, x, y, room, font, row = -1, others = [] }) {
    context.font = font;
    const letters = Array.from(text.slice(0, 100));
    const shown = letters.length > 40 ? `${letters.slice(0, 39).join("")}…` : text;
    const width = widthOf(context, shown, font);
    const spots = [
      [x + room, y],
      [x - room - width, y],
      [x - width / 2, y + room + 6],
      [x - width / 2, y - room - 6],
    ];
    const boxOf = ([left, middle]) => [left, middle - 7, left + width, middle + 7];
    const spot = spots.find((one) => isFree(boxOf(one), frame, taken) && !others.some((other) => other.row !== row && meets(boxOf(one), other.box)));
    if (!spot) return false;
    taken.push(boxOf(spot));
    context.strokeStyle = "rgba(255, 255, 255, 0.9)";
    context.lineWidth = 3.5;
    context.strokeText(shown, ...spot);
    context.fillStyle = "#2f2f2f";
    context.fillText(shown, ...spot);
    return true;
  }

  // The answer has its names: where a town leaves no room, they stand upon symbols that have none.
  function writeSites(context, frame, taken, { layer, view, named }) {
    const roles = ga.inView(layer.roles, view) ?? [];
    roles.forEach(function (role, row) {
      if (!written.has(role)) return;
      const x = layer.x[row] * frame.scale - frame.left;
      const y = layer.y[row] * frame.scale - frame.top;
      const font = "bold 14px system-ui, sans-serif";
      const asked = { text: layer.labels[row], x, y, room: 18, font };
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

  ga.writeNames = function (context, frame, view) {
    const taken = symbolBoxes(frame, view);
    const most = taken.length + Math.min(120, Math.round((frame.width * frame.height) / 26000));
    const shown = ga.layers.filter((layer) => ga.state.shown.has(layer.key));
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const named = symbolBoxes(frame, view, true);
    for (const layer of shown) {
      if (layer.type === "sites") writeSites(context, frame, taken, { layer, view, named });
    }
    for (const layer of shown) {
      if (layer.type === "points") writePlaces(context, frame, taken, { layer, most });
    }
  };
})(window.geoaccess);
