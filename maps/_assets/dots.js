"use strict";
// Many small circles: set pixel by pixel, which for 100,000 of them is ten times as fast as asking the canvas.
(function (ga) {
  const masks = new Map();
  const ink = [43, 43, 43];

  // The pixels of a circle with a thin dark rim: offsets, how much of each is covered, and how much of that is rim.
  function maskOf(radius, ratio) {
    const key = `${radius} ${ratio}`;
    if (!masks.has(key)) {
      const r = radius * ratio;
      const rim = 0.7 * ratio;
      const reach = Math.ceil(r + 1);
      const mask = [];
      for (let dy = -reach; dy <= reach; dy += 1) {
        for (let dx = -reach; dx <= reach; dx += 1) {
          const distance = Math.hypot(dx, dy);
          const cover = Math.min(1, Math.max(0, r + 0.5 - distance));
          const dark = r < 2 ? 0.25 : Math.min(0.8, Math.max(0, distance - (r - rim)));
          if (cover > 0) mask.push(dx, dy, cover, dark);
        }
      }
      masks.set(key, Float32Array.from(mask));
    }
    return masks.get(key);
  }

  function channels(colour) {
    return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  }

  // A circle in its colour: where its pixels go, how much each covers, and its red, green and blue.
  function stampOf(colour, radius, ratio, width) {
    const mask = maskOf(radius, ratio);
    const rgb = channels(colour);
    const count = mask.length / 4;
    const stamp = { count, reach: 0, steps: new Int32Array(count), covers: new Float32Array(count), own: new Uint8Array(3 * count) };
    for (let at = 0; at < count; at += 1) {
      const [dx, dy, cover, dark] = mask.subarray(4 * at, 4 * at + 4);
      stamp.steps[at] = 4 * (dy * width + dx);
      stamp.reach = Math.max(stamp.reach, Math.abs(dx), Math.abs(dy));
      stamp.covers[at] = cover;
      for (let channel = 0; channel < 3; channel += 1) stamp.own[3 * at + channel] = rgb[channel] + (ink[channel] - rgb[channel]) * dark;
    }
    return stamp;
  }

  const room = 40; // pixels around a box, so that every dot that meets it is whole
  // A sheet of pixels over the whole frame, or over a box of it; dots go on it, and it goes on the canvas in one piece.
  // A dot that would reach beyond the sheet is left out: the sheet is larger than what is seen.
  ga.dotSheet = function (frame, box = null) {
    const ratio = window.devicePixelRatio || 1;
    const [west, north, east, south] = box ?? [0, 0, frame.width, frame.height];
    const left = box ? Math.max(0, Math.floor((west - room) * ratio)) : 0;
    const top = box ? Math.max(0, Math.floor((north - room) * ratio)) : 0;
    const width = Math.min(Math.round(frame.width * ratio), Math.ceil((east + room) * ratio)) - left;
    const height = Math.min(Math.round(frame.height * ratio), Math.ceil((south + room) * ratio)) - top;
    const image = new ImageData(width, height);
    const pixels = image.data;
    const stamps = new Map();

    function stampFor(colour, r) {
      const radius = Math.round(4 * r) / 4;
      if (!stamps.has(colour)) stamps.set(colour, new Map());
      const own = stamps.get(colour);
      if (!own.has(radius)) own.set(radius, stampOf(colour, radius, ratio, width));
      return own.get(radius);
    }

    function dot(colour, x, y, r) {
      const { count, reach, steps, covers, own } = stampFor(colour, r);
      const column = Math.round(x * ratio) - left;
      const row = Math.round(y * ratio) - top;
      if (column < reach || row < reach || column >= width - reach || row >= height - reach) return;
      const middle = 4 * (row * width + column);
      for (let at = 0; at < count; at += 1) {
        const here = middle + steps[at];
        const cover = covers[at];
        const under = (pixels[here + 3] / 255) * (1 - cover);
        if (under === 0) {
          pixels[here] = own[3 * at];
          pixels[here + 1] = own[3 * at + 1];
          pixels[here + 2] = own[3 * at + 2];
          pixels[here + 3] = 255 * cover;
          continue;
        }
        const alpha = cover + under;
        for (let channel = 0; channel < 3; channel += 1) {
          pixels[here + channel] = (own[3 * at + channel] * cover + pixels[here + channel] * under) / alpha;
        }
        pixels[here + 3] = 255 * alpha;
      }
    }

    function lay(context) {
      const sheet = document.createElement("canvas");
      sheet.width = width;
      sheet.height = height;
      sheet.getContext("2d").putImageData(image, 0, 0);
      context.drawImage(sheet, left / ratio, top / ratio, width / ratio, height / ratio);
    }
    return { dot, lay };
  };
})(window.geoaccess);
