"use strict";
// The Leaflet layer that carries three canvases (the ground, the places whose colours change with a choice, the names
// over them), and what lies under the pointer.
(function (ga) {
  const onPaper = 2; // pixels of paper to one of the screen
  const margin = 0.2; // drawn beyond the edge on each side, so that a drag does not bare it

  ga.Canvas = L.Layer.extend({
    onAdd(map) {
      const sheet = () => ga.element("canvas", { class: "leaflet-zoom-animated", "aria-hidden": "true" });
      [this.ground, this.canvas, this.names] = [sheet(), sheet(), sheet()];
      map.getPanes().overlayPane.append(this.ground, this.canvas, this.names);
      this.redraw();
    },
    onRemove() {
      this.ground.remove();
      this.canvas.remove();
      this.names.remove();
    },
    getEvents() {
      return { moveend: this.redraw, resize: this.redraw, viewreset: this.redraw, zoomanim: this.animate };
    },
    // While a zoom runs, the old picture is stretched (as Leaflet's own renderers do).
    animate(event) {
      const map = this._map;
      const stretch = map.getZoomScale(event.zoom, this.zoom);
      const half = map.getSize().multiplyBy(0.5 + margin);
      const middle = map.project(this.centre, event.zoom);
      const corner = half
        .multiplyBy(-stretch)
        .add(middle)
        .subtract(map._getNewPixelOrigin(event.center, event.zoom));
      for (const one of [this.ground, this.canvas, this.names]) L.DomUtil.setTransform(one, corner, stretch);
    },
    redraw() {
      this.frame = this.frameNow();
      this.lay(this.ground, ga.paintGround);
      this.layPlaces();
      this.lay(this.names, ga.paintNames);
    },
    // Chromium prints a canvas on white, so that only the uppermost of the three would be seen. On paper each is a
    // picture that stays transparent, and twice as fine as on a screen.
    toPaper() {
      if (!window.OffscreenCanvas) return;
      const sheets = [[this.ground, ga.paintGround], [this.canvas, ga.paintPlaces], [this.names, ga.paintNames]];
      this.papers = sheets.map(([sheet, paint]) => {
        const drawn = new OffscreenCanvas(1, 1);
        this.draw(drawn, paint, onPaper);
        const { width, height } = drawn;
        const paper = ga.element("canvas", { class: "leaflet-zoom-animated", width, height, "aria-hidden": "true" });
        paper.style.cssText = sheet.style.cssText;
        paper.getContext("bitmaprenderer").transferFromImageBitmap(drawn.transferToImageBitmap());
        sheet.replaceWith(paper);
        return [sheet, paper];
      });
    },
    toScreen() {
      for (const [sheet, paper] of this.papers?.splice(0) ?? []) paper.replaceWith(sheet);
    },
    // Land, areas and lines stay as they are, and so do places whose colour does: with them, a step of a choice would
    // take three times as long. Names keep clear of what is drawn, and follow in a picture of their own.
    redrawPlaces() {
      this.layPlaces();
      ga.afterPicture(() => this.lay(this.names, ga.paintNames));
    },
    layPlaces() {
      const ratio = window.devicePixelRatio || 1;
      const tiles = ga.changedTiles(this.frame, ga.state.view, ratio);
      if (!tiles) this.lay(this.canvas, ga.paintPlaces);
      else if (tiles.count) this.mend(tiles, ratio);
    },
    // Clears and paints some tiles of the places alone.
    mend(tiles, ratio) {
      const context = this.canvas.getContext("2d");
      context.save();
      context.resetTransform();
      context.beginPath();
      for (const [x, y] of tiles.corners()) {
        context.rect(x, y, tiles.side, tiles.side);
        context.clearRect(x, y, tiles.side, tiles.side);
      }
      context.clip();
      context.scale(ratio, ratio);
      ga.paintPlaces(context, this.frame, ga.state.view, tiles);
      context.restore();
    },
    frameNow() {
      const map = this._map;
      const size = map.getSize();
      const pad = size.multiplyBy(margin).round();
      const full = size.add(pad.multiplyBy(2));
      const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1));
      this.zoom = map.getZoom();
      this.centre = map.getCenter();
      const scale = 2 ** this.zoom;
      const start = map.getPixelOrigin().add(corner);
      return {
        zoom: this.zoom,
        scale,
        corner,
        left: start.x - ga.worldOrigin.x * scale,
        top: start.y - ga.worldOrigin.y * scale,
        width: full.x,
        height: full.y,
        visible: [pad.x, pad.y, pad.x + size.x, pad.y + size.y],
      };
    },
    lay(canvas, paint) {
      const { frame } = this;
      L.DomUtil.setTransform(canvas, frame.corner, 1);
      canvas.style.width = `${frame.width}px`;
      canvas.style.height = `${frame.height}px`;
      this.draw(canvas, paint, window.devicePixelRatio || 1);
    },
    draw(canvas, paint, ratio) {
      const { frame } = this;
      const [width, height] = [Math.round(frame.width * ratio), Math.round(frame.height * ratio)];
      const context = canvas.getContext("2d");
      if (canvas.width === width && canvas.height === height) {
        // A new size, even the same one, takes new memory.
        context.reset();
      } else {
        canvas.width = width;
        canvas.height = height;
      }
      context.scale(ratio, ratio);
      const [left, , right] = frame.visible;
      if (ga.state.swipe) this.paintHalves(context, paint, left + (right - left) * ga.state.swipeAt);
      else paint(context, frame, ga.state.view);
    },
    // Left of the line the first view, right of it the second; the same columns serve both.
    paintHalves(context, paint, line) {
      const { frame } = this;
      ga.data.swipe.forEach(function (view, side) {
        context.save();
        context.beginPath();
        context.rect(side * line, 0, side ? frame.width - line : line, frame.height);
        context.clip();
        paint(context, frame, view);
        context.restore();
      });
    },
  });

  // What may follow the picture of a step follows it all at once: every picture more costs as much as the first.
  let later = [];
  ga.afterPicture = function (act) {
    later.push(act);
    if (later.length > 1) return;
    requestAnimationFrame(() => setTimeout(function () {
      const acts = later;
      later = [];
      for (const one of acts) one();
    }));
  };

  // Several changes in one moment are drawn once.
  let waiting = "";
  function askFor(what) {
    if (!waiting) {
      requestAnimationFrame(function () {
        const asked = waiting;
        waiting = "";
        ga.canvas[asked]();
      });
    }
    waiting = waiting === "redraw" ? waiting : what;
  }
  ga.redraw = () => askFor("redraw");
  ga.redrawPlaces = () => askFor("redrawPlaces");

  // The view at a point of the map: with the swipe line, the one on that side.
  ga.viewAt = function (containerPoint) {
    if (!ga.state.swipe) return ga.state.view;
    const line = ga.map.getSize().x * ga.state.swipeAt;
    return ga.data.swipe[containerPoint.x < line ? 0 : 1];
  };

  function nearestPoint(layer, world, px) {
    const radius = ga.radiusAt(layer, ga.map.getZoom());
    const marked = ga.markedRows(layer);
    let best = -1;
    let least = Infinity;
    for (let row = 0; row < layer.x.length; row += 1) {
      if (marked && !marked[row]) continue;
      const distance = Math.hypot(layer.x[row] - world.x, layer.y[row] - world.y);
      // Where circles overlap, the smaller one is meant: it lies on top.
      if (distance <= px * (radius(row) + 4) && distance < least) {
        best = row;
        least = distance;
      }
    }
    return best;
  }

  // Symbols without a marker are found here; the others answer for themselves.
  function siteUnder(layer, world, px, view) {
    if (!layer.isLarge) return -1;
    const roles = ga.inView(layer.roles, view) ?? [];
    const near = (row) => Math.hypot(layer.x[row] - world.x, layer.y[row] - world.y) <= px * 8;
    return roles.findIndex((role, row) => role !== "absent" && near(row));
  }

  function outside(box, world, room) {
    return (
      world.x < box[0] - room || world.y < box[1] - room || world.x > box[2] + room || world.y > box[3] + room
    );
  }

  function inRings(rings, world) {
    let inside = false;
    for (const ring of rings) {
      for (let at = 0, from = ring.length - 2; at < ring.length; from = at, at += 2) {
        const above = ring[at + 1] > world.y !== ring[from + 1] > world.y;
        const slope = (ring[from] - ring[at]) / (ring[from + 1] - ring[at + 1]);
        if (above && world.x < slope * (world.y - ring[at + 1]) + ring[at]) inside = !inside;
      }
    }
    return inside;
  }

  function areaUnder(layer, world) {
    return layer.rings.findIndex((rings, row) => !outside(layer.boxes[row], world, 0) && inRings(rings, world));
  }

  function distanceToPart(ring, at, world) {
    const [x, y] = [ring[at], ring[at + 1]];
    const [dx, dy] = [ring[at + 2] - x, ring[at + 3] - y];
    const along = ((world.x - x) * dx + (world.y - y) * dy) / (dx * dx + dy * dy || 1);
    const share = Math.min(1, Math.max(0, along));
    return Math.hypot(world.x - x - share * dx, world.y - y - share * dy);
  }

  function lineUnder(layer, world, px, view) {
    const kinds = ga.inView(layer.kinds, view) ?? [];
    return layer.rings.findIndex(function (rings, row) {
      if (kinds[row] === "hidden" || !layer.labels[row] || ga.map.getZoom() < (layer.fromZoom[row] ?? 0)) return false;
      if (outside(layer.boxes[row], world, px * 5)) return false;
      return rings.some(function (ring) {
        for (let at = 0; at < ring.length - 2; at += 2) {
          if (distanceToPart(ring, at, world) <= px * 5) return true;
        }
        return false;
      });
    });
  }

  const finders = [
    ["sites", siteUnder],
    ["points", nearestPoint],
    ["lines", lineUnder],
    ["areas", areaUnder],
  ];

  // The uppermost thing under a place on the map, or null.
  ga.itemAt = function (latlng, containerPoint) {
    const world = { x: ga.worldX(latlng.lng), y: ga.worldY(latlng.lat) };
    const px = 1 / 2 ** ga.map.getZoom();
    for (const [type, find] of finders) {
      for (const layer of ga.layers) {
        if (layer.type !== type || !ga.state.shown.has(layer.key)) continue;
        const row = find(layer, world, px, ga.viewAt(containerPoint));
        if (row >= 0) return { layer, row };
      }
    }
    return null;
  };
})(window.geoaccess);
