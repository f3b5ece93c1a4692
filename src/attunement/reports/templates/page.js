// The page's script: filters, cards and click-through. Text enters the page as text nodes only, never as markup.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const read = (id) => JSON.parse($(id).textContent);
  const SVG = "http://www.w3.org/2000/svg";
  // A page that a browser saved after this ran holds what this made: it is made anew, not twice, and nothing of it is dead.
  document.documentElement.className = "";
  for (const made of document.querySelectorAll(".differ-bar, .tip, #filters > *")) made.remove();
  for (const button of document.querySelectorAll(".opens")) button.replaceWith(...button.childNodes);
  // The evidence is JSON, deflated and in base64: a long chat stays a small file.
  const inflate = async (id) => {
    const bytes = Uint8Array.from(atob($(id).textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  };
  $("hide").addEventListener("click", () => {
    document.documentElement.replaceChildren();
    location.replace("about:blank");
  });
  // A step inside the page is no step of the history: once it is hidden, the way back must not lead to it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest ? event.target.closest('a[href^="#"]') : null;
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.replace(link.getAttribute("href"));
  });
  // Paper cannot be unfolded; where the style sheet alone does not open the help lines for it, this does.
  const lists = [...document.querySelectorAll("details.every, .every details")].filter((each) => !each.open);
  window.addEventListener("beforeprint", () => { for (const each of lists) each.open = true; });
  window.addEventListener("afterprint", () => { for (const each of lists) each.open = false; });
  document.documentElement.classList.add("awake");
  if (!window.DecompressionStream || $("cards") === null) return;
  // Until the exchanges are read, and where a browser cannot read them, a line says that these are not all.
  document.documentElement.classList.add("reading");
  inflate("evidence").then((E) => {
  const W = read("wording");
  const T = E.turns;
  const X = E.exchanges;
  // Columns of an exchange row; see attunement.reports.evidence.
  const INDEX = 0, CALL = 1, REPLY = 2, CALLER = 3, REPLIER = 4, VERDICT = 5, SURE = 6, REASON = 7, KINDS = 8, STANCE = 9,
    PROBABILITIES = 10, HEAVY = 11, FOLLOW = 12, BY = 13;
  const HIDDEN = 1, WORDLESS = 2, EDITED = 4, UNREAD_PART = 8;
  const PAGE = 12, FOLD = 600, AROUND = 2;

  // --- words -----------------------------------------------------------------------------------------------------
  const fill = (text, fields) => text.replace(/\{(\w+)\}/g, (all, name) => (name in fields ? fields[name] : all));
  const number = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, W.meta.group);
  const count = (key, n) => fill(W.exchanges[`${key}.${n === 1 ? "one" : "other"}`], { n: number(n) });
  const percent = (n) => fill(W.meta.percent, { value: n });
  const join = (parts) =>
    parts.length < 2 ? parts.join("") : parts.slice(0, -1).join(W.meta.comma) + W.meta.and + parts[parts.length - 1];
  const code = (place) => W.code[E.codes[place][0]];
  const side = (place) => E.codes[place][1];
  // Of a code that a person gave no coder is sure.
  const sureness = (c) => (c[1] < 0 ? W.exchanges.code_by_person : percent(c[1]));
  const verdict = (place) => (place < 0 ? "none" : E.verdicts[place]);
  const months = W.meta.months_short.split("|");
  const epoch = E.epoch === null ? null : Date.parse(`${E.epoch}Z`);
  const two = (n) => String(n).padStart(2, "0");
  const day = (turn) => {
    if (epoch === null || T.t[turn] === null) return "";
    return new Date(epoch + 1000 * T.t[turn]).toISOString().slice(0, 10);
  };
  const when = (turn) => {
    const t = T.t[turn];
    if (t === null) return fill(W.exchanges.turn, { n: number(T.n[turn] + 1) });
    if (epoch === null) return `${Math.floor(t / 60)}:${two(t % 60)}`;
    const d = new Date(epoch + 1000 * t);
    const date = fill(W.meta.date_short, { day: d.getUTCDate(), month_short: months[d.getUTCMonth()], year: d.getUTCFullYear() });
    return `${date}, ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  };

  // --- elements --------------------------------------------------------------------------------------------------
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== undefined && child !== null && child !== ""));
    return element;
  };
  const key = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    const rect = document.createElementNS(SVG, "rect");
    for (const [n, v] of [["width", 12], ["height", 12], ["class", "key"], ["aria-hidden", "true"]]) svg.setAttribute(n, v);
    for (const [n, v] of [["width", 12], ["height", 12], ["rx", 2], ["class", `v-${name}`]]) rect.setAttribute(n, v);
    svg.append(rect);
    return svg;
  };

  // --- one turn --------------------------------------------------------------------------------------------------
  // Offsets count code points; a text with characters beyond the basic plane is cut as an array of them.
  const slicer = (text) => {
    if (!/[\ud800-\udfff]/.test(text)) return [text.length, (a, b) => text.slice(a, b)];
    const points = Array.from(text);
    return [points.length, (a, b) => points.slice(a, b).join("")];
  };
  const pieces = (text, codes) => {
    const [length, slice] = slicer(text);
    const ranges = [];
    for (const c of codes) for (let i = 2; i + 1 < c.length; i += 2) ranges.push([c[i], Math.min(c[i + 1], length), c]);
    const edges = [...new Set([0, length, ...ranges.flatMap((r) => [r[0], r[1]])])].sort((a, b) => a - b);
    const found = [];
    for (let i = 0; i + 1 < edges.length; i++) {
      const here = ranges.filter((r) => r[0] <= edges[i] && edges[i + 1] <= r[1]).map((r) => r[2]);
      found.push({ size: edges[i + 1] - edges[i], text: slice(edges[i], edges[i + 1]), here });
    }
    return [length, found];
  };
  const mark = (piece, text) => {
    if (!piece.here.length) return document.createTextNode(text);
    const sides = new Set(piece.here.map((c) => side(c[0])));
    const title = piece.here.map((c) => `${code(c[0])} ${sureness(c)}`.trim()).join(", ");
    return make("mark", { class: sides.size > 1 ? "both" : [...sides][0], title }, text);
  };
  const words = (turn, family) => {
    const [length, found] = pieces(T.x[turn], family(T.c[turn] || []));
    const text = make("p", { class: "text", dir: "auto" });
    if (length <= FOLD * 1.25) {
      text.append(...found.map((piece) => mark(piece, piece.text)));
      return [text];
    }
    const rest = make("p", { class: "text", dir: "auto" });
    let left = FOLD;
    for (const piece of found) {
      const [, slice] = slicer(piece.text);
      if (left > 0) text.append(mark(piece, slice(0, left)));
      if (left < piece.size) rest.append(mark(piece, slice(Math.max(left, 0), piece.size)));
      left -= piece.size;
    }
    const more = make("summary", {}, fill(W.exchanges.unfold, { n: number(length) }));
    return [text, make("details", { class: "fold" }, more, rest)];
  };
  const turnView = (turn, role, klass, family) => {
    const who = make("p", { class: "who" }, make("b", {}, make("bdi", {}, E.speakers[T.s[turn]])), role ? ` ${role}` : "", " ",
      make("time", {}, when(turn)));
    const box = make("div", { class: `turn ${klass}` }, who);
    if (T.f[turn] & HIDDEN) box.append(make("p", { class: "small" }, W.exchanges.hidden));
    else if (T.f[turn] & WORDLESS) box.append(make("p", { class: "small" }, W.exchanges.wordless));
    else box.append(...words(turn, family));
    if (T.f[turn] & UNREAD_PART) box.append(make("p", { class: "small" }, W.exchanges.unread_part));
    if (T.f[turn] & EDITED) box.append(make("p", { class: "small" }, W.exchanges.edited));
    const codes = family(T.c[turn] || []).slice().sort((a, b) => (b[1] < 0 ? 100 : b[1]) - (a[1] < 0 ? 100 : a[1]));
    if (codes.length) {
      box.append(make("ul", { class: "badges" }, ...codes.map((c) =>
        make("li", { class: side(c[0]), title: W.gloss[E.codes[c[0]][0]] }, `${code(c[0])} `, make("span", {}, sureness(c))))));
    }
    return box;
  };
  // Where how replies met the calls is held back, there are codes of calls alone, and no verdict anywhere.
  const stances = E.codes.findIndex((c) => c[1] !== "call");
  const FIRST_STANCE = stances < 0 ? E.codes.length : stances;
  const after = E.codes.slice(FIRST_STANCE).findIndex((c) => c[1] === "call");
  const FIRST_AFTER = after < 0 ? E.codes.length : FIRST_STANCE + after;
  const expression = (codes) => codes.filter((c) => c[0] < FIRST_STANCE);
  const stance = (codes) => codes.filter((c) => c[0] >= FIRST_STANCE && c[0] < FIRST_AFTER);
  const none = () => [];

  // --- one exchange ----------------------------------------------------------------------------------------------
  const near = (row, before) => {
    const last = row[REPLY] < 0 ? row[CALL] : row[REPLY];
    const from = before ? row[CALL] : last;
    const step = before ? -1 : 1;
    const found = [];
    for (let i = 1; i <= AROUND; i++) {
      const place = from + step * i;
      // Turns next to each other in the pack may lie far apart in the talk: other sessions are never context.
      if (place < 0 || place >= T.n.length || T.n[place] !== T.n[from] + step * i || T.g[place] !== T.g[from]) break;
      found.push(place);
    }
    return before ? found.reverse() : found;
  };
  const context = (row, before) => {
    const found = near(row, before);
    if (!found.length) return null;
    const label = before ? W.exchanges.before : W.exchanges.after;
    return make("details", { class: "context" }, make("summary", {}, label), ...found.map((t) => turnView(t, "", "near", none)));
  };
  const follow = (row) => {
    if (!row[FOLLOW]) return [];
    const [codes, spoke, repair, by, turns, accepted, closed, tried, triedTurns] = row[FOLLOW];
    const caller = E.speakers[row[CALLER]];
    const lines = [];
    if (codes.length) lines.push(fill(W.exchanges.after_miss, { caller, codes: join(codes.map(code)) }));
    else if (spoke === 1) lines.push(fill(W.exchanges.after_none, { caller }));
    if (repair >= 0) {
      let line = fill(W.exchanges.repaired, { name: E.speakers[by], turns: count("repaired_turns", turns) });
      if (accepted >= 0) line += `, ${accepted ? W.exchanges.accepted : W.exchanges.refused}`;
      lines.push(line);
    } else if (tried >= 0) {
      const line = fill(W.exchanges.tried, { name: E.speakers[tried], turns: count("repaired_turns", triedTurns) });
      lines.push(spoke >= 0 ? `${line}, ${W.exchanges.refused}` : line);
    } else {
      lines.push(closed ? fill(W.exchanges.not_repaired, { window: E.window }) : W.exchanges.not_followed);
    }
    return lines.map((line) => make("p", { class: "follow" }, line));
  };
  const card = (row) => {
    const name = verdict(row[VERDICT]);
    // A call that nobody answered is missed by rule: no coder is sure of it.
    const by = E.said_by[row[BY]];
    const told = row[REPLY] < 0 ? W.exchanges.unanswered
      : by === "coder" ? fill(W.exchanges.sure, { value: percent(row[SURE]) }) : W.said_by[by];
    const sure = row[VERDICT] < 0 ? null : make("span", { class: "sure" }, told);
    const head = E.held ? make("header", {}, make("h3", {}, when(row[CALL]))) : make("header", {},
      make("h3", { class: "verdict-line" }, key(name), ` ${W.verdict[name]} `, sure),
      make("p", { class: "small" }, when(row[CALL]) + (row[HEAVY] ? ` · ${W.exchanges.heavy}` : "")));
    const box = make("article", { class: "card", id: `x${row[INDEX]}`, tabindex: "-1" }, head, context(row, true),
      turnView(row[CALL], W.exchanges.call, "call", expression),
      row[REPLY] < 0 ? make("p", { class: "turn reply none" }, W.exchanges.no_reply)
        : turnView(row[REPLY], W.exchanges.reply, "reply", stance),
      context(row, false));
    if (row[REASON] >= 0) {
      const reason = W.left_out[E.reasons[row[REASON]]] || E.reasons[row[REASON]];
      box.append(make("p", { class: "small" }, fill(W.exchanges.left_out, { reason })));
    }
    box.append(...follow(row));
    for (const add of extras) add(box, row);
    return box;
  };
  const extras = [];

  // --- filters ---------------------------------------------------------------------------------------------------
  const state = { pair: "", verdict: "", code: "", sure: "", from: "", to: "", words: "", order: "telling" };
  let only = null; // a set of exchange places that a figure asked for, with its label
  let found = [];
  let drawn = 0;
  let folded = null;
  // What is looked for is typed on another keyboard than what was said: quotes, dashes, blanks, accents are as plain ones.
  const fold = (text) => text.replace(/[\u2018-\u201b\u2032\u02bc\u00b4`]/g, "'")
    .replace(/[\u201c-\u201f\u2033\u00ab\u00bb]/g, '"').replace(/[\u2010-\u2015\u2212]/g, "-").normalize("NFKD")
    .replace(/[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "").replace(/\s+/g, " ").toLowerCase();
  const search = (place) => {
    if (folded === null) folded = T.x.map(fold);
    const row = X[place];
    return folded[row[CALL]].includes(state.words) || (row[REPLY] >= 0 && folded[row[REPLY]].includes(state.words));
  };
  const telling = new Set(E.telling);
  const order = { time: X.map((_, place) => place) };
  order.telling = E.telling.concat(order.time.filter((place) => !telling.has(place)));
  const choose = () => {
    const [caller, replier] = state.pair ? state.pair.split("-").map(Number) : [-1, -1];
    const wanted = state.code === "" ? -1 : Number(state.code);
    const sure = Number(state.sure || 0);
    const kept = [];
    for (const place of order[state.order]) {
      const row = X[place];
      if (only !== null && !only.places.has(place)) continue;
      if (caller >= 0 && (row[CALLER] !== caller || row[REPLIER] !== replier)) continue;
      if (state.verdict !== "" && !state.verdict.split(",").includes(String(row[VERDICT]))) continue;
      if (sure && (row[VERDICT] < 0 || row[SURE] < sure)) continue;
      if (wanted >= 0 && !row[KINDS].includes(wanted) && !row[STANCE].includes(wanted)
        && !(row[FOLLOW] && row[FOLLOW][0].includes(wanted))) continue;
      if (state.from && day(row[CALL]) < state.from) continue;
      if (state.to && day(row[CALL]) > state.to) continue;
      if (state.words && !search(place)) continue;
      kept.push(place);
    }
    return kept;
  };
  const show = (amount) => {
    const box = document.createDocumentFragment();
    for (const place of found.slice(drawn, drawn + amount)) box.append(card(X[place]));
    drawn = Math.min(found.length, drawn + amount);
    $("cards").append(box);
    $("more").hidden = drawn >= found.length;
    const paper = $("found").querySelector(".paper");
    if (paper !== null) paper.remove();
    if (drawn < found.length) $("found").append(make("span", { class: "paper" }, fill(W.exchanges.printed, { n: number(drawn) })));
  };
  const apply = () => {
    found = choose();
    drawn = 0;
    $("cards").replaceChildren();
    const told = found.length ? count("found", found.length) : W.exchanges.found_none;
    $("found").replaceChildren(told);
    if (only !== null) {
      const clear = make("button", { type: "button", class: "quiet" }, fill(W.exchanges.only, { what: only.label }));
      clear.addEventListener("click", () => { only = null; apply(); $("found").focus({ preventScroll: true }); });
      $("found").append(" ", clear);
    }
    show(PAGE);
  };
  const controls = {};
  const reset = () => {
    for (const name of Object.keys(state)) state[name] = name === "order" ? "telling" : "";
    only = null;
    for (const [name, control] of Object.entries(controls)) control.value = state[name];
  };
  const field = (label, control) => make("label", {}, make("span", {}, label), control);
  const select = (name, label, options) => {
    const control = make("select", {}, ...options.map(([value, text]) =>
      Array.isArray(text) ? make("optgroup", { label: value }, ...text.map(([v, t]) => make("option", { value: v }, t)))
        : make("option", { value }, text)));
    controls[name] = control;
    control.value = state[name];
    control.addEventListener("change", () => { state[name] = control.value; apply(); });
    return field(label, control);
  };
  const input = (name, label, type) => {
    const control = make("input", { type, autocomplete: "off", spellcheck: "false" });
    controls[name] = control;
    let timer = 0;
    control.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { state[name] = name === "words" ? fold(control.value) : control.value; apply(); }, type === "search" ? 120 : 0);
    });
    return field(label, control);
  };
  const filters = () => {
    const F = W.exchanges;
    const pairs = new Map();
    const codes = new Set();
    for (const row of X) {
      if (row[REPLIER] >= 0) pairs.set(`${row[CALLER]}-${row[REPLIER]}`, [row[CALLER], row[REPLIER]]);
      for (const place of row[KINDS]) codes.add(place);
      for (const place of row[STANCE]) codes.add(place);
      if (row[FOLLOW]) for (const place of row[FOLLOW][0]) codes.add(place);
    }
    const named = (low, high, test) => [...codes].filter((c) => c >= low && c < high && test(c)).sort((a, b) => a - b)
      .map((c) => [String(c), code(c)]);
    const groups = [
      [F.group_call, named(0, FIRST_STANCE, () => true)],
      [F.group_meets, named(FIRST_STANCE, FIRST_AFTER, (c) => side(c) === "meets")],
      [F.group_misses, named(FIRST_STANCE, FIRST_AFTER, (c) => side(c) === "misses")],
      [F.group_after, named(FIRST_AFTER, E.codes.length, () => true)],
    ].filter((group) => group[1].length);
    const form = make("form", { class: "filters", "aria-label": F.filters });
    form.append(select("pair", F.person, [["", F.all], ...[...pairs].sort().map(([value, [a, b]]) =>
      [value, fill(F.pair, { caller: E.speakers[a], replier: E.speakers[b] })])]));
    if (!E.held) {
      form.append(select("verdict", F.verdict, [["", F.all], ...E.verdicts.map((name, place) => [String(place), W.verdict[name]]),
        ["2,3", F.any_miss], ["0,1,2,3", F.judged], ["-1", W.verdict.none]]));
    }
    form.append(select("code", F.code, [["", F.all], ...groups]));
    if (X.some((row) => row[SURE] > 0)) form.append(select("sure", F.confidence, [["", F.all], ...["50", "70", "90"].map((n) => [n, percent(n)])]));
    if (epoch !== null) form.append(input("from", F.from, "date"), input("to", F.to, "date"));
    form.append(input("words", F.search, "search"));
    if (!E.held) form.append(select("order", F.order, [["telling", F.order_telling], ["time", F.order_time]]));
    const clear = make("button", { type: "button", class: "button" }, F.reset);
    clear.addEventListener("click", () => { reset(); apply(); });
    form.append(make("p", { class: "clear" }, clear));
    form.addEventListener("submit", (event) => event.preventDefault());
    $("filters").append(form);
  };

  // --- from a figure to the exchanges behind it ------------------------------------------------------------------
  const go = () => {
    apply();
    const target = $("exchanges");
    target.scrollIntoView();
    $("found").focus({ preventScroll: true });
  };
  const open = (wanted) => {
    reset();
    for (const [name, value] of Object.entries(wanted)) if (name in state) state[name] = value;
    if (wanted.exchange !== undefined) {
      const place = X.findIndex((row) => row[INDEX] === Number(wanted.exchange));
      only = { places: new Set([place]), label: when(X[place][CALL]) };
    }
    if (wanted.turns !== undefined) {
      const [first, last] = wanted.turns.split("-").map(Number);
      const inside = order.time.filter((place) => T.n[X[place][CALL]] >= first && T.n[X[place][CALL]] <= last);
      only = { places: new Set(inside), label: wanted.label || "" };
      state.order = "time";
    }
    if (wanted.hours !== undefined) {
      const [weekday, first, end] = wanted.hours.split("-").map(Number);
      const inside = order.time.filter((place) => {
        const t = T.t[X[place][CALL]];
        const at = t === null ? null : new Date(epoch + 1000 * t);
        return at !== null && (at.getUTCDay() + 6) % 7 === weekday && at.getUTCHours() >= first && at.getUTCHours() < end;
      });
      only = { places: new Set(inside), label: wanted.label || "" };
    }
    if (wanted.repaired !== undefined) {
      const yes = order.time.filter((place) => X[place][FOLLOW] && (X[place][FOLLOW][2] >= 0) === (wanted.repaired === "1"));
      only = { places: new Set(yes), label: wanted.label || "" };
    }
    for (const [name, control] of Object.entries(controls)) control.value = state[name];
    go();
  };
  const parse = (text) => Object.fromEntries(new URLSearchParams(text));
  const CODE = Object.fromEntries(E.codes.map((c, place) => [c[0], String(place)]));
  const wish = (text) => {
    const wanted = parse(text);
    if (wanted.code !== undefined) wanted.code = CODE[wanted.code];
    return wanted;
  };
  const clickable = () => {
    // Where the page can be worked, what stands for exchanges becomes a button that shows them.
    for (const element of document.querySelectorAll("[data-button]")) {
      const button = make("button", { type: "button", class: "opens", title: W.exchanges.show_these });
      button.append(...element.childNodes);
      button.addEventListener("click", () => open({ label: button.textContent.trim(), ...wish(element.dataset.button) }));
      element.append(button);
    }
    document.addEventListener("click", (event) => {
      const hit = event.target.closest ? event.target.closest("[data-open]") : null;
      if (hit !== null) open(wish(hit.dataset.open));
    });
  };

  const start = () => {
    filters();
    clickable();
    $("found").tabIndex = -1;
    $("more").addEventListener("click", () => {
      const before = $("cards").lastElementChild;
      show(PAGE);
      if (before !== null && before.nextElementSibling !== null) before.nextElementSibling.focus({ preventScroll: true });
    });
    apply();
    document.documentElement.classList.add("ready");
  };
  const openText = (text) => open(wish(text));
  window.attunement = { openText };
  window.attunementDiffer({ E, W, X, T, make, fill, number, extras, CALL, REPLY, REASON, BY, FIRST_STANCE, FIRST_AFTER, code, when });
  start();
  }).catch((error) => { document.documentElement.classList.remove("reading"); throw error; });
})();
