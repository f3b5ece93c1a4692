// "I see it differently": the reader's own codes, kept in the page and saved as a file on this device.
"use strict";
window.attunementDiffer = ({ E, W, X, T, make, fill, extras, INDEX, CALL, REPLY, VERDICT, FIRST_STANCE, FIRST_AFTER, code }) => {
  const corrections = new Map();
  const number = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, W.meta.group);
  const bar = make("div", { class: "differ-bar", hidden: true, role: "region", "aria-label": W.differ.open });
  const told = make("span", { role: "status" });
  const save = make("button", { type: "button", class: "button" }, W.differ.save);
  const undo = make("button", { type: "button", class: "quiet" }, W.differ.undo);
  bar.append(told, save, undo, make("span", { class: "small" }, W.differ.use));
  document.body.append(bar);

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
  const line = (row) => {
    const mine = corrections.get(row[INDEX]);
    return JSON.stringify({
      format: "attunement.correction", version: 1, record: E.record, exchange: row[INDEX], call: T.n[row[CALL]],
      reply: row[REPLY] < 0 ? null : T.n[row[REPLY]], ...mine,
      was: { verdict: row[VERDICT] < 0 ? null : E.verdicts[row[VERDICT]], coder: E.coder },
    });
  };
  save.addEventListener("click", () => {
    const text = X.filter((row) => corrections.has(row[INDEX])).map((row) => `${line(row)}\n`).join("");
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/jsonl" })), download: W.differ.file });
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
      if (row[REPLY] >= 0) {
        const mine = corrections.get(row[INDEX]);
        const select = make("select", {}, make("option", { value: "" }, W.differ.keep),
          ...E.verdicts.map((name) => make("option", { value: name }, W.verdict[name])));
        select.value = mine && mine.verdict ? mine.verdict : "";
        select.addEventListener("change", () => change(row, "verdict", select.value || null));
        form.append(make("label", {}, `${W.differ.verdict} `, select),
          boxes(row, "stance", row[REPLY], FIRST_STANCE, FIRST_AFTER, W.differ.codes));
      }
      form.append(boxes(row, "expression", row[CALL], 0, FIRST_STANCE, W.differ.call_codes));
      details.append(form);
    });
    card.append(details);
  });
};
