"use strict";
// Puts the page together on Folium's map.
(function (ga) {
  const find = (id) => document.getElementById(id);
  const MOST_ZOOM = 16;
  const KEY_WIDTH = 300;

  function fillHeader() {
    find("title").append(ga.name(ga.data.title));
    find("subtitle").append(ga.name(ga.data.subtitle));
    const notices = [...ga.data.notices];
    if (ga.data.unreviewed) notices.push(ga.say("unreviewed"));
    if (ga.data.tiles) notices.push(ga.say("needs_network", { host: ga.data.tiles.host }));
    if (!ga.data.basemap) notices.push(ga.say("no_coast"));
    document.body.classList.toggle("plain-ground", !ga.data.basemap);
    find("notices").append(...notices.map(notice));
    find("source-lines").append(...ga.data.sources.map((line) => ga.element("li", null, ga.name(line))));
    find("sources").hidden = ga.data.sources.length === 0;
  }

  // One quiet line each, which opens to the whole of it.
  function notice(line) {
    return ga.element("details", { class: "notice" }, ga.element("summary", null, ga.name(line)));
  }

  // Room for the key, which lies over the map's lower right on a wide screen; none where no place would lie under it.
  function keyRoom() {
    const isWide = window.matchMedia("(min-width: 48.01rem)").matches && !window.matchMedia("print").matches;
    if (!isWide) return 0;
    const zoom = ga.map.getBoundsZoom(ga.home);
    const size = ga.map.getSize();
    const middle = ga.map.project(ga.home.getCenter(), zoom);
    const key = find("key");
    const [left, top] = [size.x - Math.max(key.offsetWidth, KEY_WIDTH) - 24, size.y - key.offsetHeight - 44];
    const isUnder = function (lat, lon) {
      const at = ga.map.project([lat, lon], zoom).subtract(middle).add(size.divideBy(2));
      return at.x > left && at.y > top;
    };
    const places = ga.layers.filter((layer) => layer.x && ga.state.shown.has(layer.key));
    const corner = ga.home.getSouthEast();
    const isHidden = places.length ? places.some((layer) => layer.labels.some((_, row) => isUnder(layer.lat[row], layer.lon[row]))) : isUnder(corner.lat, corner.lng);
    return isHidden ? KEY_WIDTH : 0;
  }

  ga.fitHome = function () {
    ga.map.fitBounds(ga.home, { animate: false, paddingBottomRight: [keyRoom(), 0] });
  };

  function prepareMap(map) {
    const [west, south, east, north] = ga.data.bounds;
    const box = map.getContainer();
    ga.map = map;
    ga.home = L.latLngBounds([south, west], [north, east]);
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      map._zoomAnimated = false;
      map.options.inertia = false;
    }
    map.attributionControl.setPrefix("Leaflet");
    L.control.scale({ imperial: false }).addTo(map);
    const titles = { zoomInTitle: ga.say("zoom_in"), zoomOutTitle: ga.say("zoom_out") };
    L.control.zoom({ position: "bottomleft", ...titles }).addTo(map);
    map.options.maxZoom = MOST_ZOOM;
    ga.fitHome();
    limitMap();
    ga.fitHome();
    map.on("resize", limitMap);
    ga.homeZoom = map.getZoom();
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `${ga.say("map")}: ${ga.data.title}`);
    box.setAttribute("aria-describedby", "map-help");
    box.append(ga.element("p", { id: "map-help", class: "hidden" }, ga.say("map_help")));
  }

  // Pictures from a server, only where the document asks for them; the stored coast serves until the first arrives.
  function addTiles(map) {
    const tiles = ga.data.tiles;
    if (!tiles) return;
    const layer = L.tileLayer(tiles.address, { maxZoom: tiles.maxZoom });
    layer.once("tileload", function () {
      ga.state.tilesArrived = true;
      ga.redraw();
    });
    layer.addTo(map);
    map.attributionControl.getContainer().append(" | ", ga.name(tiles.attribution));
  }

  // The edge of the stored coast must never be seen; without one, the whole region may always be seen, and a
  // town has two steps of zoom. Nothing moves by animation: its end would come after the region was fitted, or
  // the place in the address was set.
  function limitMap() {
    const map = ga.map;
    const stored = ga.data.basemap?.bounds;
    const coast = stored && L.latLngBounds([stored[1], stored[0]], [stored[3], stored[2]]);
    const hasCoast = Boolean(coast?.contains(ga.home));
    const allowed = hasCoast ? coast : ga.home.pad(2);
    map.options.minZoom = 0;
    const filled = map.getBoundsZoom(allowed, true);
    const whole = map.getBoundsZoom(ga.home, false, L.point(keyRoom(), 0));
    const least = hasCoast ? filled : Math.min(filled, whole, MOST_ZOOM - 2);
    if (map.getZoom() < least) map.setZoom(least, { animate: false });
    map.setMinZoom(least);
    map.setMaxBounds(allowed);
  }

  function onEscape(event) {
    if (event.key === "Escape" && !find("tables").open) {
      ga.hideTip();
      ga.closeDetails();
    }
  }

  function wire() {
    ga.on("view", function () {
      ga.showView();
      ga.fillStanding();
      ga.fillFigures();
    });
    ga.on("view", ga.showHour);
    ga.on("hour", ga.showHour);
    for (const event of ["view", "layers", "hour"]) {
      ga.on(event, ga.fillLegend);
      ga.on(event, ga.refreshDetails);
    }
    for (const event of ["view", "layers", "swipe"]) ga.on(event, ga.dressSites);
    for (const event of ["view", "layers", "swipe", "select", "hour"]) {
      ga.on(event, ga.redraw);
      ga.on(event, ga.writeAddress);
    }
    ga.map.on("moveend", ga.writeAddress);
    ga.map.on("zoomend", ga.fillLegend);
    ga.map.on("zoomend", ga.dressSites);
    ga.map.on("moveend", () => ga.state.swipe && ga.dressSites());
    ga.on("swipe", ga.fillLegend);
    ga.on("swipe", ga.fillFigures);
    for (const event of ["swipe", "choice"]) ga.on(event, ga.fillStanding);
    document.addEventListener("keydown", onEscape);
    find("skip").addEventListener("click", function (event) {
      event.preventDefault();
      ga.map.getContainer().focus();
    });
    find("print").addEventListener("click", () => window.print());
    find("whole").addEventListener("click", ga.fitHome);
  }

  // Paper has another shape than the screen: what is seen is fitted to it, and the screen's view comes back.
  function wirePrinting() {
    let before = null;
    window.matchMedia("print").addEventListener("change", function (event) {
      if (event.matches) {
        before = { centre: ga.map.getCenter(), zoom: ga.map.getZoom(), seen: ga.map.getBounds() };
        find("sources").open = true;
        ga.map.invalidateSize({ animate: false, pan: false });
        ga.map.fitBounds(before.seen, { animate: false });
        ga.canvas.toPaper();
      } else if (before) {
        ga.canvas.toScreen();
        ga.map.invalidateSize({ animate: false, pan: false });
        ga.map.setView(before.centre, before.zoom, { animate: false });
      }
    });
  }

  function begin(map) {
    ga.readModel();
    fillHeader();
    prepareMap(map);
    const hasPlace = /[#&]at=/.test(location.hash);
    const item = ga.readAddress();
    ga.canvas = new ga.Canvas();
    ga.canvas.addTo(map);
    addTiles(map);
    ga.makeDetails();
    ga.makeSites();
    ga.makeViews();
    ga.makeHours();
    ga.makeTables();
    ga.makeSearch();
    ga.makeCharts();
    ga.fillStanding();
    ga.fillFigures();
    ga.fillLegend();
    // The key has its size now; a place in the address stays.
    if (!hasPlace) ga.fitHome();
    ga.homeZoom = hasPlace ? ga.homeZoom : ga.map.getZoom();
    wire();
    wirePrinting();
    if (ga.state.swipe) ga.setSwipe(true);
    if (item) ga.select(item);
    ga.startChoice().then(() => (document.documentElement.dataset.ready = "true"));
  }

  // A browser that cannot undo what is packed says so, instead of showing an empty map.
  ga.start = async function (map) {
    ga.fillWords();
    if (!window.DecompressionStream) {
      fillHeader();
      find("notices").prepend(notice(ga.say("old_browser")));
      return;
    }
    await ga.openPacked(ga.data);
    begin(map);
  };
})(window.geoaccess);
