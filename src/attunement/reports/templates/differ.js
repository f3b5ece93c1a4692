// "I see it differently": the reader's own codes, kept in the page and saved as a file on this device.
"use strict";
window.attunementDiffer = ({ E, W, X, T, make, fill, extras, INDEX, CALL, REPLY, VERDICT, REASON, FIRST_STANCE, FIRST_AFTER, code }) => {
  const corrections = new Map();
  const number = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, W.meta.group);
  const bar = make("div", { class: "differ-bar", hidden: true, role: "region", "aria-label": W.differ.open });
  const told = make("span", { role: "status" });
  const save = make("button", { type: "button", class: "button" }, W.differ.save);
  const undo = make("button", { type: "button", class: "quiet" }, W.differ.undo);
  bar.append(told, save, undo, make("span", { class: "small" }, W.differ.use));
  // Before the scripts, so that in a saved page it is there to be found by them.
  document.querySelector("footer").after(bar);

  const has = (turn, low, high) => (T.c[turn] || []).map((c) => c[0]).filter((c) => c >= low && c < high);
  const tell = () => {
    const n = corrections.size;
    bar.hidden = n === 0;
    told.textContent = fill(W.differ[n === 1 ? "saved.one" : "saved.other"], { n: number(n) });
  };
  const change = (row, part, value) => {
    const mine = { ...(corrections.get(row[INDEX]) || {}) };
    if (value === null) delete mine[part];
    else mine[part] = value;
    if (Object.keys(mine).length) corrections.set(row[INDEX], mine);
    else corrections.delete(row[INDEX]);
    tell();
  };
  // The file says which turn is meant in three ways, so that it is never applied to another record unnoticed.
  const where = (turn) => ({ turn: T.n[turn], first: T.m[turn], length: T.l[turn] || Array.from(T.x[turn]).length });
  const changes = (row) => {
    const mine = corrections.get(row[INDEX]);
    const found = [];
    if (mine.verdict) found.push({ ...where(row[REPLY]), family: "verdict", code: mine.verdict, present: true });
    for (const [family, turn, low, high] of [["stance", row[REPLY], FIRST_STANCE, FIRST_AFTER], ["expression", row[CALL], 0, FIRST_STANCE]]) {
      if (!mine[family]) continue;
      const before = new Set(has(turn, low, high).map((c) => E.codes[c][0]));
      const now = new Set(mine[family]);
      for (const name of new Set([...before, ...now])) {
        if (before.has(name) !== now.has(name)) found.push({ ...where(turn), family, code: name, present: now.has(name) });
      }
    }
    return found;
  };
  save.addEventListener("click", () => {
    const all = X.filter((row) => corrections.has(row[INDEX])).flatMap(changes);
    const file = { format: "attunement.corrections", version: 1, record: E.record, corrections: all };
    const link = make("a", { href: URL.createObjectURL(new Blob([`${JSON.stringify(file, null, 1)}\n`], { type: "application/json" })),
      download: W.differ.file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  undo.addEventListener("click", () => {
    corrections.clear();
    tell();
    for (const form of document.querySelectorAll(".differ form")) form.reset();
  });

  const boxes = (row, part, turn, low, high, legend) => {
    const mine = corrections.get(row[INDEX]);
    const coded = has(turn, low, high).map((c) => E.codes[c][0]).sort();
    const now = mine && mine[part] ? mine[part] : coded;
    const field = make("fieldset", {}, make("legend", {}, legend));
    for (let place = low; place < high; place++) {
      const name = E.codes[place][0];
      const box = make("input", { type: "checkbox", value: name });
      box.defaultChecked = coded.includes(name);
      box.checked = now.includes(name);
      box.addEventListener("change", () => {
        const chosen = [...field.querySelectorAll("input:checked")].map((each) => each.value).sort();
        change(row, part, chosen.join() === coded.join() ? null : chosen);
      });
      field.append(make("label", { title: W.gloss[name] }, box, ` ${code(place)}`));
    }
    return field;
  };
  extras.push((card, row) => {
    const details = make("details", { class: "differ" }, make("summary", {}, W.differ.open));
    details.addEventListener("toggle", () => {
      if (!details.open || details.querySelector("form") !== null) return;
      const form = make("form", {}, make("p", { class: "small" }, W.differ.intro));
      form.addEventListener("submit", (event) => event.preventDefault());
      // A reply of somebody else, or to somebody else, is no answer to this call: nothing said of it would count here.
      if (row[REPLY] >= 0 && !E.held && E.reasons[row[REASON]] !== "not addressed") {
        const mine = corrections.get(row[INDEX]);
        const select = make("select", {}, make("option", { value: "" }, W.differ.keep),
          ...E.verdicts.map((name) => make("option", { value: name }, W.verdict[name])));
        select.value = mine && mine.verdict ? mine.verdict : "";
        select.addEventListener("change", () => change(row, "verdict", select.value || null));
        form.append(make("label", {}, `${W.differ.verdict} `, select),
          boxes(row, "stance", row[REPLY], FIRST_STANCE, FIRST_AFTER, W.differ.codes));
      }
      // In own-half mode the other's words are not here, so nobody can read them differently here.
      if (!(T.f[row[CALL]] & 1)) form.append(boxes(row, "expression", row[CALL], 0, FIRST_STANCE, W.differ.call_codes));
      details.append(form);
    });
    card.append(details);
  });
};
