// Draws the figures when they come near, again when width or light change, and before printing; text stays text.
"use strict";
(() => {
  const holders = [...document.querySelectorAll("figure[data-figure]")];
  if (!holders.length || window.attunementVega === undefined) return;
  const specs = JSON.parse(document.getElementById("figures").textContent);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

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
  const draw = (holder) => {
    const figure = specs.figures[holder.dataset.figure];
    const plot = holder.querySelector(".plot");
    const width = plot.clientWidth;
    if (!width || (holder.dataset.drawn === `${width}`)) return;
    holder.dataset.drawn = `${width}`;
    const spec = recoloured(figure);
    if (spec.facet) {
      spec.spec.width = width - 62;
      spec.autosize = { type: "pad" };
    } else {
      spec.width = width;
    }
    const y = (spec.encoding && spec.encoding.y) || {};
    if (y.axis && y.axis.labelLimit > 0.45 * width) {
      // Long names beside the plot would leave none of it: they stand above their rows, and the plot takes the width.
      y.scale = { paddingInner: 0.5, paddingOuter: 0.45 };
      Object.assign(y.axis, { labelAlign: "left", labelOffset: -38, labelPadding: 0, ticks: false, labelLimit: width - 24,
        labelExpr: "split(datum.label, ' · ')" });
    }
    const legend = spec.encoding && spec.encoding.color && spec.encoding.color.legend;
    if (legend) {
      legend.columns = width < 620 ? 1 : 2;
      legend.labelLimit = Math.max(80, (width - 100) / legend.columns - 20);
    }
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
  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(() => holders.forEach((h) => { if (h.dataset.drawn) draw(h); }), 150); };
  for (const holder of holders) { sight.observe(holder); widths.observe(holder.querySelector(".plot")); }
  window.addEventListener("resize", soon);
  window.addEventListener("beforeprint", () => holders.forEach(draw));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
})();
