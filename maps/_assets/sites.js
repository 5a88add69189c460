"use strict";
// Facilities: markers of their own shape, reached by Tab, opened by Enter.
(function (ga) {
  const marks = [];
  // What can be hit is larger than a small symbol.
  const leastTarget = 24;
  const strata = ["absent", "forbidden", "candidate", "closed", "existing", "required", "named", "chosen"];

  function icon(layer, role) {
    const growth = ga.symbolGrowth();
    const size = Math.max(leastTarget, ga.symbolSize(role, growth));
    return L.divIcon({
      html: ga.symbol(layer.shape, role, growth),
      className: `site ${role}`,
      iconSize: [size, size],
      iconAnchor: [size / 2, size / 2],
    });
  }

  ga.spokenSite = function (layer, row, role) {
    return `${layer.labels[row]}, ${layer.name}, ${ga.say(`role_${role}`)}`;
  };

  function dress(mark, role) {
    mark.role = role;
    mark.growth = ga.symbolGrowth();
    mark.marker.setIcon(icon(mark.layer, role));
    mark.marker.setZIndexOffset(1000 * strata.indexOf(role));
    const node = mark.marker.getElement();
    node.setAttribute("aria-label", ga.spokenSite(mark.layer, mark.row, role));
    node.removeAttribute("title");
  }

  // A site that the reader may open and close changes; any other one opens its pop-up.
  ga.useSite = function (item, options) {
    if (ga.isChoosable(item)) ga.toggleSite(item.row);
    else ga.select(item, options);
  };

  // Leaflet moves markers in space, and a browser keeps a picture of its own of everything that is moved so: hundreds
  // of them are most of the time of a step. In the plane they share one.
  const FlatMarker = L.Marker.extend({
    _setPos(place) {
      L.Marker.prototype._setPos.call(this, place);
      if (this._icon) this._icon.style.transform = `translate(${place.x}px, ${place.y}px)`;
    },
  });

  function makeMark(layer, row) {
    const options = { keyboard: true, riseOnHover: true, icon: icon(layer, "existing") };
    const marker = new FlatMarker([layer.lat[row], layer.lon[row]], options);
    const item = { layer, row };
    marker.on("click", (event) => ga.useSite(item, { byKeyboard: event.originalEvent.detail === 0 }));
    marker.on("keypress", function (event) {
      if (event.originalEvent.key === "Enter") ga.useSite(item, { byKeyboard: true });
    });
    marker.on("mouseover", () => ga.showTip(item, ga.map.latLngToContainerPoint(marker.getLatLng())));
    marker.on("mouseout", ga.hideTip);
    marker.on("add", function () {
      const node = marker.getElement();
      node.addEventListener("focus", () => ga.showTip(item, ga.map.latLngToContainerPoint(marker.getLatLng())));
      node.addEventListener("blur", ga.hideTip);
    });
    return { layer, row, marker, role: "", growth: 0 };
  }

  const strong = new Set(["chosen", "named", "closed", "required"]);

  // Of a large layer, only the sites that matter in some view get markers; the canvas draws the others.
  function rowsToMark(layer) {
    const rows = Array.from(layer.labels.keys());
    if (!layer.isLarge) return rows;
    return rows.filter((row) => Object.values(layer.roles).some((roles) => strong.has(roles[row])));
  }

  ga.isMarked = (layer, role) => !layer.isLarge || strong.has(role);

  // The role a site has where it stands: with the swipe line, in the view on its side.
  function roleNow(mark) {
    const view = ga.state.swipe ? ga.viewAt(ga.map.latLngToContainerPoint(mark.marker.getLatLng())) : ga.state.view;
    return (ga.inView(mark.layer.roles, view) ?? [])[mark.row] ?? "absent";
  }

  ga.dressSites = function () {
    for (const mark of marks) {
      const role = ga.state.shown.has(mark.layer.key) ? roleNow(mark) : "absent";
      if (role === "absent" || !ga.isMarked(mark.layer, role)) {
        mark.marker.remove();
      } else {
        const back = !ga.map.hasLayer(mark.marker);
        if (back) mark.marker.addTo(ga.map);
        if (back || role !== mark.role || ga.symbolGrowth() !== mark.growth) dress(mark, role);
      }
    }
  };

  ga.makeSites = function () {
    for (const layer of ga.layers) {
      if (layer.type === "sites") marks.push(...rowsToMark(layer).map((row) => makeMark(layer, row)));
    }
    ga.dressSites();
  };
})(window.geoaccess);
