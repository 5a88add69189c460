"use strict";
// The state of the page in its address (#...), so that a link shows what the sender saw.
(function (ga) {
  // A new entry of the history takes the browser longer than a step of a choice: it is made after the next picture.
  const waiting = [];
  ga.flushAddress = function () {
    const made = waiting.splice(0);
    for (const { address } of made) history.pushState(null, "", address);
    if (made.length) ga.tell("address");
  };

  function write(push, address) {
    if (push && !waiting.length) ga.afterPicture(ga.flushAddress);
    if (push) waiting.push({ address });
    else if (waiting.length) waiting.at(-1).address = address;
    else history.replaceState(null, "", address);
  }

  // A choice of sites that changes becomes a step that Back undoes; everything else replaces the address.
  ga.writeAddress = function ({ push = false } = {}) {
    const centre = ga.map.getCenter();
    const parts = new URLSearchParams();
    if (ga.state.view) parts.set("view", ga.state.view);
    parts.set("at", [centre.lat.toFixed(4), centre.lng.toFixed(4), ga.map.getZoom().toFixed(2)].join(","));
    for (const layer of ga.layers) {
      const shown = ga.state.shown.has(layer.key);
      if (shown !== layer.shown) parts.append(shown ? "on" : "off", layer.key);
    }
    if (ga.state.swipe) parts.set("swipe", ga.state.swipeAt.toFixed(2));
    if (ga.choosesHour(ga.state.view)) parts.set("hour", String(ga.state.hour));
    const item = ga.state.selected;
    if (item) parts.set("item", `${item.row},${item.layer.key}`);
    const address = `#${parts}${ga.choiceAddress()}`;
    write(push, address);
  };

  function readItem(text) {
    const comma = text.indexOf(",");
    const layer = ga.layerOf(text.slice(comma + 1));
    const row = Number(text.slice(0, comma));
    return layer && layer.type !== "flows" && row in layer.labels ? { layer, row } : null;
  }

  // Anything in the address that this document does not know is passed over.
  ga.readAddress = function () {
    const parts = new URLSearchParams(location.hash.slice(1));
    for (const key of parts.getAll("on")) if (ga.layerOf(key)) ga.state.shown.add(key);
    for (const key of parts.getAll("off")) ga.state.shown.delete(key);
    if (ga.viewOf(parts.get("view"))) ga.state.view = parts.get("view");
    const hour = Number(parts.get("hour") ?? NaN);
    if (Number.isInteger(hour) && hour >= 0 && hour < 24) ga.state.hour = hour;
    const at = (parts.get("at") ?? "").split(",").map(Number);
    if (at.length === 3 && at.every(Number.isFinite) && Math.abs(at[0]) <= 85) {
      ga.map.setView([at[0], at[1]], at[2], { animate: false });
    }
    const line = Number(parts.get("swipe"));
    if (ga.data.swipe && parts.has("swipe") && line >= 0 && line <= 1) {
      ga.state.swipeAt = line;
      ga.state.swipe = true;
    }
    return parts.has("item") ? readItem(parts.get("item")) : null;
  };
})(window.geoaccess);
