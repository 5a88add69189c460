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

  // A sheet of pixels over the whole frame; dots go on it, and it goes on the canvas in one piece.
  ga.dotSheet = function (frame) {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(frame.width * ratio);
    const height = Math.round(frame.height * ratio);
    const image = new ImageData(width, height);
    const pixels = image.data;
    const colours = new Map();

    function dot(colour, x, y, r) {
      if (!colours.has(colour)) colours.set(colour, channels(colour));
      const rgb = colours.get(colour);
      const mask = maskOf(Math.round(4 * r) / 4, ratio);
      const left = Math.round(x * ratio);
      const top = Math.round(y * ratio);
      for (let at = 0; at < mask.length; at += 4) {
        const px = left + mask[at];
        const py = top + mask[at + 1];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        const here = 4 * (py * width + px);
        const cover = mask[at + 2];
        const under = (pixels[here + 3] / 255) * (1 - cover);
        const alpha = cover + under;
        for (let channel = 0; channel < 3; channel += 1) {
          const own = rgb[channel] + (ink[channel] - rgb[channel]) * mask[at + 3];
          pixels[here + channel] = (own * cover + pixels[here + channel] * under) / alpha;
        }
        pixels[here + 3] = 255 * alpha;
      }
    }

    function lay(context) {
      const sheet = document.createElement("canvas");
      sheet.width = width;
      sheet.height = height;
      sheet.getContext("2d").putImageData(image, 0, 0);
      context.drawImage(sheet, 0, 0, frame.width, frame.height);
    }
    return { dot, lay };
  };
})(window.geoaccess);
