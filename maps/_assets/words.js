"use strict";
// The page's own words and numbers, in its language, and the one way text gets onto the page.
(function (ga) {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  ga.data = read("geoaccess-data");
  const messages = read("geoaccess-messages");
  const locales = { nb: "nb-NO", en: "en-GB", se: "nb-NO" };
  const locale = locales[ga.data.language] ?? "en-GB";
  const formats = new Map();
  // Letters that Unicode does not take apart into a letter and a mark.
  const plain = { æ: "ae", ø: "o", å: "a", đ: "d", ð: "d", ŧ: "t", þ: "th", ŋ: "n", ł: "l", ß: "ss", ı: "i" };

  ga.say = function (key, values) {
    const text = messages[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name) => values?.[name] ?? "");
  };

  ga.number = function (value, digits) {
    if (!formats.has(digits)) {
      const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
      formats.set(digits, new Intl.NumberFormat(locale, options));
    }
    return formats.get(digits).format(value);
  };

  // A number that keeps only the digits it needs, as in the limits of a class.
  const short = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  ga.shortNumber = (value) => short.format(value);

  ga.quantity = function (value, unit, digits) {
    if (value === null || Number.isNaN(value)) return ga.say("not_known");
    return unit ? `${ga.number(value, digits)}\u00a0${unit}` : ga.number(value, digits);
  };

  ga.compare = new Intl.Collator(locale, { numeric: true }).compare;

  // A name as people type it who have no Norwegian or Sámi keyboard.
  ga.fold = function (text) {
    const lower = text.toLowerCase().replace(/[æøåđðŧþŋłßı]/g, (letter) => plain[letter]);
    return lower.normalize("NFD").replace(/\p{M}/gu, "");
  };

  // An element with attributes and children; texts become text nodes, never markup.
  ga.element = function (tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  // Text from the data: set apart, so that marks of direction inside it cannot turn the page around.
  ga.name = (text) => ga.element("bdi", null, text);

  // Messages and their places: the shell names them in data-word.
  ga.fillWords = function () {
    for (const node of document.querySelectorAll("[data-word]")) {
      node.textContent = ga.say(node.dataset.word);
    }
  };
})(window.geoaccess);
