// "I see it differently": the reader's own codes, kept in the page and saved as a file on this device.
"use strict";
window.attunementDiffer = ({ E, W, X, T, make, fill, number, extras, CALL, REPLY, REASON, BY, FIRST_STANCE, FIRST_AFTER, code, when }) => {
  const BACK = null; // what a person said before is taken back: the coder's word stands again
  const NAME = { turn: 0, first: 1, length: 2, family: 3, code: 4, present: 5 };
  // What the page was made with, by turn and family. The file that is saved holds it as well, where it is not taken back.
  const given = E.corrections.map((row) => ({ turn: row[NAME.turn], first: row[NAME.first], length: row[NAME.length],
    family: row[NAME.family], code: row[NAME.code], present: row[NAME.present] === 1 }));
  const before = (turn, part) => given.filter((each) => each.turn === T.n[turn] && each.family === part);
  const PLACE = new Map(T.n.map((n, place) => [n, place]));
  // What is said now: turn and part to a verdict, a list of codes, or BACK. A reply to two calls is one turn.
  const mine = new Map();
  let undone = null; // what was taken back all at once, until something else is said
  const key = (turn, part) => `${T.n[turn]}/${part}`;
  const has = (turn, low, high) => (T.c[turn] || []).map((c) => c[0]).filter((c) => c >= low && c < high);
  const coded = (turn, part) => (part === "stance" ? has(turn, FIRST_STANCE, FIRST_AFTER) : has(turn, 0, FIRST_STANCE))
    .map((c) => E.codes[c][0]).sort();
  // The file says which turn is meant in three ways, so that it is never applied to another record unnoticed.
  const where = (turn) => ({ turn: T.n[turn], first: T.m[turn], length: T.l[turn] || Array.from(T.x[turn]).length });

  const slot = (each) => (each.family === "verdict" ? `${each.turn}/verdict` : `${each.turn}/${each.family}/${each.code}`);
  const all = () => {
    const kept = new Map();
    for (const each of given) if (mine.get(`${each.turn}/${each.family}`) !== BACK) kept.set(slot(each), each);
    const say = (turn, family, name, present) => {
      const each = { ...where(turn), family, code: name, present };
      kept.set(slot(each), each);
    };
    for (const [at, said] of mine) {
      const [n, part] = at.split("/");
      const turn = PLACE.get(Number(n));
      if (said === BACK) continue;
      if (part === "verdict") { say(turn, part, said, true); continue; }
      const was = new Set(coded(turn, part));
      const now = new Set(said);
      for (const name of new Set([...was, ...now])) if (was.has(name) !== now.has(name)) say(turn, part, name, now.has(name));
    }
    return [...kept.values()].sort((a, b) => a.turn - b.turn);
  };
  const plain = (found) => JSON.stringify(found);
  let saved = plain(all());

  // --- the bar ---------------------------------------------------------------------------------------------------
  const bar = make("div", { class: "differ-bar", hidden: true, role: "region", "aria-label": W.differ.open });
  const told = make("span", { role: "status" });
  const save = make("button", { type: "button", class: "button" }, W.differ.save);
  const undo = make("button", { type: "button", class: "quiet" }, W.differ.undo);
  const use = make("span", { class: "small" });
  bar.append(told, save, undo, use);
  // Before the scripts, so that in a saved page it is there to be found by them.
  document.querySelector("footer").after(bar);
  const different = (found) => {
    const was = new Map(given.map((each) => [slot(each), each]));
    const now = new Map(found.map((each) => [slot(each), each]));
    return [...new Set([...was.keys(), ...now.keys()])].filter((at) => {
      const [one, other] = [was.get(at), now.get(at)];
      return !one || !other || one.present !== other.present || one.code !== other.code;
    }).length;
  };
  const tell = () => {
    const found = all();
    bar.hidden = mine.size === 0 && undone === null;
    save.hidden = mine.size === 0;
    undo.textContent = undone === null ? W.differ.undo : W.differ.redo;
    const count = fill(W.differ[found.length === 1 ? "saved.one" : "saved.other"], { n: number(found.length) });
    told.textContent = undone !== null ? W.differ.undone : given.length ? fill(W.differ.in_all, { count, changed: number(different(found)) }) : count;
    if (plain(found) !== saved) use.textContent = "";
    for (const each of document.querySelectorAll(".differ")) if (each.renew) each.renew();
  };
  const change = (turn, part, value) => {
    if (value === undefined) mine.delete(key(turn, part));
    else mine.set(key(turn, part), value);
    undone = null;
    tell();
  };
  save.addEventListener("click", () => {
    const found = all();
    const file = { format: "attunement.corrections", version: 1, record: E.record, corrections: found };
    // A name of its own, so that no browser puts "(1)" to it and no older file is taken for it.
    const now = new Date();
    const stamp = new Date(now - 60000 * now.getTimezoneOffset()).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
    const name = `${W.differ.file}-${stamp}.json`;
    const link = make("a", { href: URL.createObjectURL(new Blob([`${JSON.stringify(file, null, 1)}\n`], { type: "application/json" })),
      download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    saved = plain(found);
    use.textContent = fill(E.untold ? W.differ.use_both : W.differ.use, { file: name, n: number(E.untold) });
  });
  // Beside the button that saves, one slip would take an evening's work: what was taken back can be brought back.
  undo.addEventListener("click", () => {
    if (undone === null) {
      undone = new Map(mine);
      mine.clear();
    } else {
      for (const [at, said] of undone) mine.set(at, said);
      undone = null;
    }
    tell();
  });
  // Who closes the page would lose what is not saved. Where help comes first, and once the page is hidden, nobody is kept.
  window.addEventListener("beforeunload", (event) => {
    if (document.body === null || document.querySelector(".help.first") !== null || plain(all()) === saved) return;
    event.preventDefault();
    event.returnValue = "";
  });

  // --- on a card -------------------------------------------------------------------------------------------------
  const word = (each) => {
    if (each.family === "verdict") return W.verdict[each.code];
    const name = W.code[each.code] || each.code.replace(/_/g, " ");
    return each.present ? name : fill(W.differ.absent, { code: name });
  };
  // What was said before of one part of a turn, with a button that takes it back.
  const past = (turn, part, found, renews) => {
    const text = make("span", {});
    const button = make("button", { type: "button", class: "quiet" });
    button.addEventListener("click", () => change(turn, part, mine.get(key(turn, part)) === BACK ? undefined : BACK));
    renews.push(() => {
      const back = mine.get(key(turn, part)) === BACK;
      text.textContent = `${fill(back ? W.differ.taken_back : W.differ.before, { list: found.map(word).join(W.meta.comma) })} `;
      button.textContent = back ? W.differ.keep_it : W.differ.take_back;
    });
    // Where the older file must be given beside the one from here, it would bring back what is left out of this one.
    return make("p", { class: "small" }, text, E.untold ? "" : button);
  };
  const judging = (row, renews) => {
    const turn = row[REPLY];
    const said = before(turn, "verdict");
    const by = E.said_by[row[BY]];
    const keep = by === "corrected_rule" || by === "rule" ? W.differ.keep_rule : W.differ.keep;
    const select = make("select", {}, said.length ? "" : make("option", { value: "" }, keep),
      ...E.verdicts.map((name) => make("option", { value: name }, W.verdict[name])));
    const was = said.length ? said[said.length - 1].code : "";
    select.addEventListener("change", () => change(turn, "verdict", select.value === was ? undefined : select.value));
    renews.push(() => {
      const now = mine.get(key(turn, "verdict"));
      select.disabled = now === BACK;
      select.value = now || was;
    });
    return [said.length ? past(turn, "verdict", said, renews) : "", make("label", {}, `${W.differ.verdict} `, select),
      make("p", { class: "small" }, W.differ.rule)];
  };
  const boxes = (turn, part, low, high, legend, renews) => {
    const was = coded(turn, part);
    const said = before(turn, part);
    const field = make("fieldset", {}, make("legend", {}, legend));
    if (said.length) field.append(past(turn, part, said, renews));
    const inputs = [];
    for (let place = low; place < high; place++) {
      const name = E.codes[place][0];
      const box = make("input", { type: "checkbox", value: name });
      box.addEventListener("change", () => {
        const chosen = inputs.filter((each) => each.checked).map((each) => each.value).sort();
        change(turn, part, chosen.join() === was.join() ? undefined : chosen);
      });
      inputs.push(box);
      field.append(make("label", { title: W.gloss[name] }, box, ` ${code(place)}`));
    }
    renews.push(() => {
      const now = mine.get(key(turn, part));
      for (const box of inputs) {
        box.disabled = now === BACK;
        box.checked = (now || was).includes(box.value);
      }
    });
    return field;
  };
  extras.push((card, row) => {
    const details = make("details", { class: "differ" }, make("summary", {}, W.differ.open));
    details.addEventListener("toggle", () => {
      if (!details.open || details.querySelector("form") !== null) return;
      const renews = [];
      const form = make("form", {}, make("p", { class: "small" }, W.differ.intro));
      form.addEventListener("submit", (event) => event.preventDefault());
      // A reply of somebody else, or to somebody else, is no answer to this call: nothing said of it would count here.
      if (row[REPLY] >= 0 && !E.held && E.reasons[row[REASON]] !== "not addressed") {
        form.append(...judging(row, renews),
          boxes(row[REPLY], "stance", FIRST_STANCE, FIRST_AFTER, W.differ.codes, renews));
      }
      // In own-half mode the other's words are not here, so nobody can read them differently here.
      if (!(T.f[row[CALL]] & 1)) form.append(boxes(row[CALL], "expression", 0, FIRST_STANCE, W.differ.call_codes, renews));
      details.append(form);
      details.renew = () => { for (const renew of renews) renew(); };
      details.renew();
    });
    card.append(details);
  });

  // --- what no card shows ----------------------------------------------------------------------------------------
  // A turn that a person took for no call is in no exchange any more; what was said of it can be taken back here.
  const offered = new Set();
  for (const row of X) {
    if (row[REPLY] >= 0 && !E.held && E.reasons[row[REASON]] !== "not addressed") {
      offered.add(key(row[REPLY], "verdict")).add(key(row[REPLY], "stance"));
    }
    if (!(T.f[row[CALL]] & 1)) offered.add(key(row[CALL], "expression"));
  }
  const rest = new Map();
  for (const each of given) {
    const at = `${each.turn}/${each.family}`;
    if (!offered.has(at)) rest.set(at, [...(rest.get(at) || []), each]);
  }
  // A page that a browser saved after this ran holds the list already.
  for (const made of document.querySelectorAll(".elsewhere")) made.remove();
  if (rest.size) {
    const renews = [];
    const n = [...rest.values()].flat().length;
    const details = make("details", { class: "differ elsewhere" },
      make("summary", {}, fill(W.differ[n === 1 ? "elsewhere.one" : "elsewhere.other"], { n: number(n) })));
    for (const [at, found] of rest) {
      const [turn, part] = at.split("/");
      const place = PLACE.get(Number(turn));
      const words = Array.from(T.x[place]);
      // Quotation marks are those of the page's language.
      const head = make("p", {}, make("bdi", {}, E.speakers[T.s[place]]), ` ${when(place)} `,
        T.f[place] & 3 ? "" : make("q", { dir: "auto" }, words.slice(0, 80).join("") + (words.length > 80 ? "…" : "")));
      details.append(make("div", {}, head, past(place, part, found, renews)));
    }
    details.renew = () => { for (const renew of renews) renew(); };
    details.renew();
    document.getElementById("more").parentElement.after(details);
  }
};
