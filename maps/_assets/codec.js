"use strict";
// Reads the packed columns of the page's data; the counterpart of maps/encoding.py.
window.geoaccess = {};

(function (ga) {
  function bytesOf(text) {
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = letters.charCodeAt(at);
    return bytes;
  }

  ga.inflate = async function (text) {
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  // What maps/encoding.py deflated: objects that hold a text and its length in numbers; texts of the data are never
  // objects.
  function packedIn(value, found) {
    for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      const one = value[key];
      if (one === null || typeof one !== "object") continue;
      const isPacked = typeof one.deflated === "string" && (typeof one.bytes === "number" || typeof one.letters === "number");
      if (isPacked) found.push({ home: value, key, packed: one });
      else packedIn(one, found);
    }
    return found;
  }

  // Undoes all of it in place: numbers become bytes, which ga.integers takes like their text; letters become text.
  ga.openPacked = async function (data) {
    await Promise.all(packedIn(data, []).map(async function ({ home, key, packed }) {
      const bytes = await ga.inflate(packed.deflated);
      home[key] = packed.letters === undefined ? bytes : new TextDecoder("latin1").decode(bytes);
    }));
  };

  // Zigzag varints, in base 64 or as bytes -> whole numbers.
  ga.integers = function (packed) {
    const stream = typeof packed === "string" ? bytesOf(packed) : packed;
    const length = stream.length;
    let count = 0;
    for (let at = 0; at < length; at += 1) {
      if (stream[at] < 128) count += 1;
    }
    const values = new Float64Array(count);
    let at = 0;
    for (let item = 0; item < count; item += 1) {
      let folded = 0;
      let weight = 1;
      let byte;
      do {
        byte = stream[at];
        at += 1;
        folded += (byte & 127) * weight;
        weight *= 128;
      } while (byte > 127);
      values[item] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    }
    return values;
  };

  // A column of numbers; NaN where the data have no value.
  ga.numbers = function (packed) {
    const values = ga.integers(packed.data);
    let sum = 0;
    for (let item = 0; item < values.length; item += 1) {
      const stored = values[item];
      if (packed.differences) {
        sum += stored;
        values[item] = sum / packed.scale;
      } else if (stored === 0) {
        values[item] = NaN;
      } else {
        values[item] = (stored > 0 ? stored - 1 : stored + 1) / packed.scale;
      }
    }
    return values;
  };

  // Shapes as arrays of rings, each a flat array lon, lat, lon, lat ...
  ga.rings = function (packed) {
    const data = ga.integers(packed.data);
    const points = ga.integers(packed.points);
    let lon = 0;
    let lat = 0;
    for (let at = 0; at < data.length; at += 2) {
      lon += data[at];
      lat += data[at + 1];
      data[at] = lon / packed.scale;
      data[at + 1] = lat / packed.scale;
    }
    let ring = 0;
    let start = 0;
    return Array.from(ga.integers(packed.rings), function (count) {
      const shape = [];
      for (const last = ring + count; ring < last; ring += 1) {
        shape.push(data.subarray(start, start + 2 * points[ring]));
        start += 2 * points[ring];
      }
      return shape;
    });
  };

  // A column of facts: numbers, or texts stored once each.
  ga.column = function (packed) {
    const column = { name: packed.name, unit: packed.unit, digits: packed.digits };
    if (packed.numbers) {
      column.numbers = ga.numbers(packed.numbers);
    } else {
      const codes = ga.integers(packed.codes);
      column.text = (row) => packed.texts[codes[row]] ?? "";
    }
    return column;
  };
})(window.geoaccess);
