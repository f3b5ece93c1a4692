// Draws the figures when they come near, again when width or light change, and before printing; text stays text.
"use strict";
(() => {
  const holders = [...document.querySelectorAll("figure[data-figure]")];
  if (!holders.length || window.attunementVega === undefined) return;
  for (const holder of holders) delete holder.dataset.drawn;
  const specs = JSON.parse(document.getElementById("figures").textContent);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.querySelector("footer").after(tip);

  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  // Specifications carry the light colours by value; the page's own light decides which are drawn.
  const NAMES = ["attuned", "partial", "missed", "misattuned", "first", "second", "soft", "lowest", "middle", "highest"];
  const recoloured = (spec) => {
    const now = Object.fromEntries(NAMES.map((name) => [specs.palette[name], ink(name)]));
    return JSON.parse(JSON.stringify(spec), (_, value) => (typeof value === "string" && value in now ? now[value] : value));
  };
  const config = () => {
    const font = getComputedStyle(document.body).fontFamily;
    const axis = { labelColor: ink("soft"), titleColor: ink("soft"), gridColor: ink("line"), domainColor: ink("soft"),
      tickColor: ink("line"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 400 };
    return { locale: specs.locale, font, background: null, view: { stroke: null }, axis, legend: { labelColor: ink("ink"), titleColor: ink("soft"),
      labelFontSize: 12.5, titleFontSize: 12, symbolStrokeWidth: 2 }, header: { labelColor: ink("ink"), labelFontSize: 13 },
      text: { color: ink("ink") }, title: { color: ink("ink") } };
  };
  const tooltip = (_, event, item, value) => {
    const told = value === null || value === undefined ? "" : String(value);
    tip.hidden = told === "";
    if (told === "") return;
    tip.textContent = told;
    const x = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    const y = event.clientY + tip.offsetHeight + 24 > window.innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 16;
    tip.style.setProperty("left", `${Math.max(8, x)}px`);
    tip.style.setProperty("top", `${y}px`);
  };
  // Names are as long as people make them: they go on in a next line, and none is cut off.
  const pen = document.createElement("canvas").getContext("2d");
  const letters = (word) => (window.Intl && Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(word), (s) => s.segment) : Array.from(word));
  const wrap = (text, room, font) => {
    pen.font = font;
    const fits = (line) => pen.measureText(line.trimEnd()).width <= room;
    const lines = [""];
    for (const word of text.match(/[^ -]*[ -]|[^ -]+/g) || []) {
      const last = lines.length - 1;
      if (fits(lines[last] + word)) lines[last] += word;
      else if (fits(word)) lines.push(word);
      else for (const letter of letters(word)) { if (fits(lines[lines.length - 1] + letter)) lines[lines.length - 1] += letter; else lines.push(letter); }
    }
    return lines.map((line) => line.trimEnd()).filter((line) => line !== "").join("\n");
  };
  const widest = (texts, font) => { pen.font = font; return Math.max(...texts.map((text) => pen.measureText(text).width)); };
  const LINES = "split(datum.label, '\\n')";
  const named = (spec, names, room, font) => {
    const wrapped = new Map(names.map((name) => [name, wrap(name, room, font)]));
    return JSON.parse(JSON.stringify(spec), (_, value) => (typeof value === "string" && wrapped.has(value) ? wrapped.get(value) : value));
  };
  // A specification knows no width: names, rows and marks are set to that of the place where it is drawn.
  const fit = (spec, width) => {
    const family = getComputedStyle(document.body).fontFamily;
    const inner = spec.facet ? spec.spec : spec;
    const { x, y, color } = inner.encoding;
    let beside = spec.facet ? 84 : 0;
    if (y && y.sort) {
      beside = 30 + widest(y.sort, `12px ${family}`);
      if (beside > 0.28 * width) {
        // Long names beside the plot would leave none of it: they stand above their rows, and the plot takes the width.
        beside = 32;
        y.scale = { paddingInner: 0.36, paddingOuter: 0.35 };
        Object.assign(y.axis, { labelAlign: "left", labelOffset: -9 - inner.height.step, labelPadding: 0, ticks: false, labelLimit: width - 24 });
      }
    }
    if (x && x.type === "ordinal" && width < 420) x.axis.labelAngle = -90;
    if (!spec.facet) spec.width = width;
    else {
      spec.autosize = { type: "pad" };
      inner.width = width - beside;
      Object.assign(spec.facet.row.header, { labelLimit: 0, labelExpr: LINES });
      return named(spec, spec.facet.row.sort, inner.width, `600 13px ${family}`);
    }
    const legend = color && color.legend;
    if (!legend) return spec;
    legend.columns = width < 620 ? 1 : 2;
    Object.assign(legend, { labelLimit: 0, labelExpr: LINES });
    return named(spec, color.scale.domain, Math.max(80, (width - 62) / legend.columns - 40), `12.5px ${family}`);
  };
  const draw = (holder) => {
    const figure = specs.figures[holder.dataset.figure];
    const plot = holder.querySelector(".plot");
    const width = plot.clientWidth;
    if (!width || (holder.dataset.drawn === `${width}`)) return;
    holder.dataset.drawn = `${width}`;
    const spec = fit(recoloured(figure), width);
    plot.replaceChildren();
    window.attunementVega.draw(plot, spec, config(), tooltip).then((view) => {
      const svg = plot.querySelector("svg");
      if (svg !== null) {
        svg.setAttribute("role", "img");
        svg.setAttribute("aria-label", figure.description);
        svg.removeAttribute("aria-roledescription");
        for (const part of svg.querySelectorAll("[aria-roledescription]")) part.removeAttribute("aria-roledescription");
      }
      view.addEventListener("click", (_, item) => {
        const wanted = item && item.datum && item.datum.open;
        if (wanted && window.attunement) window.attunement.openText(wanted);
      });
    });
  };
  const again = () => { for (const holder of holders) { if (holder.dataset.drawn) { holder.dataset.drawn = ""; draw(holder); } } };
  const near = new Set();
  const sight = new IntersectionObserver((seen) => {
    for (const each of seen) {
      if (each.isIntersecting) { near.add(each.target); draw(each.target); } else near.delete(each.target);
    }
  }, { rootMargin: "600px" });
  // A figure that came near before it had any width is not seen coming again: it is drawn when it gets its width.
  const widths = new ResizeObserver((seen) => {
    for (const each of seen) {
      const holder = each.target.closest("figure[data-figure]");
      if (near.has(holder) && !holder.dataset.drawn) draw(holder);
    }
  });
  // What appears beside the pointer goes away without moving it.
  window.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(() => holders.forEach((h) => { if (h.dataset.drawn) draw(h); }), 150); };
  for (const holder of holders) { sight.observe(holder); widths.observe(holder.querySelector(".plot")); }
  window.addEventListener("resize", soon);
  window.addEventListener("beforeprint", () => holders.forEach(draw));
  // Paper has a width and a light of its own, and a browser tells of them only once it lays out for it.
  for (const query of ["print", "(prefers-color-scheme: dark)"]) window.matchMedia(query).addEventListener("change", again);
})();
