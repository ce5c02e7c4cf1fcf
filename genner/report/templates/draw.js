// Documents as elements.

/** Write out what would turn the direction of the characters behind it: embeddings, overrides and isolates. */
const inOrder = (child) => (typeof child === "string"
  ? child.replace(/[\u202a-\u202e\u2066-\u2069]/g, (one) => "\\u" + one.charCodeAt(0).toString(16)) : child);

/** Make an element; strings become text nodes, so nothing in the data is ever read as markup. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, name === "title" ? inOrder(value) : value);
  }
  element.append(...children.map(inOrder));
  return element;
}

/** Hues a golden angle apart: neighbours in the label set are easy to tell apart. */
const hue = (index) => Math.round((index * 137.508 + 215) % 360);

/** Levels of nesting that are drawn in the text; a browser lays out hundreds only in many seconds. */
const DEEPEST = 80;

/** Characters of a part of a long text: parts out of sight are not laid out. */
const PART = 3000;

/** Characters of an entity shown where it is listed. */
const QUOTED = 80;

/** Places to cut a long text, after white space where there is some near. */
function borders(characters) {
  const places = [];
  for (let at = 0; characters.length - at > 2 * PART;) {
    let place = at + PART;
    while (place > at + PART / 2 && !/\s/.test(characters[place - 1])) place--;
    at = place > at + PART / 2 ? place : at + PART;
    places.push(at);
  }
  return [...places, characters.length];
}

/**
 * Draw a text with its marks; offsets count code points, which is how the data counts.
 * Marks that cross are cut at the border of the one that began first, so that all pieces nest; all are
 * cut where a part of a long text ends.  Returns the element, and the marks nested too deeply for it.
 */
function drawText(text, marks, hues) {
  const points = Array.from(text);
  const characters = points.length === text.length ? text : points;
  const slice = (from, to) => (characters === text ? text.slice(from, to) : points.slice(from, to).join(""));
  const root = make("div", { class: "text", dir: "auto" });
  const before = (one, other) => one.at - other.at || other.border - one.border;
  const waiting = marks.map((mark) => ({ mark, at: mark.start, border: mark.end })).sort(before);
  const deep = new Set();
  const mixed = FROM_RIGHT.test(text);
  const open = [];
  const parts = borders(characters);
  let into = root;
  let at = 0;
  let next = 0;
  const write = (to) => {
    if (at < to) into.append(inOrder(slice(at, to)));
    at = to;
  };
  const later = (piece, border) => {
    const rest = { ...piece, at: border };
    piece.border = border;
    let place = next;
    while (place < waiting.length && before(waiting[place], rest) <= 0) place++;
    waiting.splice(place, 0, rest);
  };
  for (const end of parts) {
    if (parts.length > 1) into = root.appendChild(make("div", { class: "part" }));
    while ((next < waiting.length && waiting[next].at < end) || open.length) {
      const top = open[open.length - 1];
      if (top && (next >= waiting.length || top.border <= waiting[next].at)) {
        write(top.border);
        open.pop();
        const tag = top.border === top.mark.end && drawTag(top.mark);
        if (tag) into.append(mixed ? turn(slice(top.at, top.border), tag) : tag);
        into = into.parentNode;
        continue;
      }
      const piece = waiting[next++];
      const room = Math.min(end, top ? top.border : end);
      if (piece.border > room) later(piece, room);
      if (open.length === DEEPEST) {
        deep.add(piece.mark);
        continue;
      }
      write(piece.at);
      const element = drawMark(piece, hues);
      if (mixed) into.append(turn(slice(piece.at, piece.border)));
      into.append(element);
      into = element;
      open.push(piece);
    }
    write(end);
  }
  const quoted = [...deep].map((mark) => {
    const whole = slice(mark.start, Math.min(mark.end, mark.start + QUOTED));
    return [mark, mark.end - mark.start > QUOTED ? whole + "…" : whole];
  });
  return { element: root, deep: quoted };
}

/** Letters that are written from right to left. */
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Where the text has another direction than an entity in it, the edges of the box and its tag would be moved
 * to where the text goes on: invisible marks keep them with the letters.
 */
const turn = (letters, ...children) => make("span", { class: FROM_RIGHT.test(letters) ? "rtl" : "ltr" }, ...children);

function drawMark({ mark, at, border }, hues) {
  const mistake = mark.kind === NOT_CHOSEN ? "other" : mark.kind && (mark.side === "gold" ? "missed" : "wrong");
  const classes = [mistake, mark.hit && "hit", at > mark.start && "cut-left", border < mark.end && "cut-right"];
  const title = `${mark.label} ${mark.start}–${mark.end}${mark.kind ? ": " + spoken(mark.kind) : ""}`;
  return make("mark", {
    class: classes.filter(Boolean).join(" ") || null, title, "data-item": mark.number,
    style: `--h:${hues.get(mark.label) ?? 0}`,
  });
}

const drawWhy = (item) => (isWrong(item) ? [" ", make("span", { class: "why" }, spoken(item.kind))] : []);

function drawTag(mark) {
  const counted = mark.hit ? [make("span", { class: "heard" }, ", counted")] : [];
  return make("span", { class: "tag" }, make("bdi", {}, mark.label), ...drawWhy(mark), ...counted);
}

function side(name, content) {
  return make("div", { class: "side" }, make("div", { class: "side-name" }, make("bdi", {}, name)), content);
}

/** A list of what is not drawn in the text: entities nested too deeply, mentions without a place, issues. */
function drawRemarks(items, deep, issues) {
  const row = (item, ...words) =>
    make("li", { class: item.hit && "hit", "data-item": item.number }, ...words, " as ",
      make("bdi", {}, item.label), ...drawWhy(item));
  const rows = deep.map(([item, text]) =>
    row(item, `nested deeper, ${item.start}–${item.end}: `, "“", make("bdi", {}, text), "”"));
  rows.push(...items.filter((item) => item.text !== null).map((item) =>
    row(item, "not in the text: ", "“", make("bdi", {}, item.text), "”")));
  rows.push(...issues.map(([kind, detail]) => make("li", {}, `${spoken(kind)}: `, make("bdi", {}, detail))));
  return rows.length ? make("ul", {}, ...rows) : "";
}

/** One side of a document: its name, the text with its marks, and what the text cannot show. */
function drawSide(name, text, items, issues, hues) {
  const { element, deep } = drawText(text, items.filter((item) => item.text === null), hues);
  return [side(name, element), drawRemarks(items, deep, issues)];
}

/** What the model wrote, as it came, next to what was read from it. */
const drawRaw = (raw) => (raw == null ? "" : make("details", { class: "written" },
  make("summary", {}, "as the model wrote it"), make("pre", { dir: "auto" }, raw)));

function drawChips(items) {
  const counts = new Map();
  for (const item of items) if (isWrong(item)) counts.set(item.kind, (counts.get(item.kind) ?? 0) + 1);
  const chips = [...counts].map(([kind, count]) =>
    make("span", { class: "chip bad" }, `${spoken(kind)}${count > 1 ? " ×" + count : ""}`));
  return chips.length ? chips : [make("span", { class: "chip" }, "all right")];
}

/** Draw one document: gold, what the system predicted, and what a second system predicted. */
function drawDocument(study, index, { hits, system, other, hues, number }) {
  const doc = study.docs[index];
  const name = doc.id ?? `#${index + 1}`;
  const heading = make("h4", { class: "doc-id", id: `d-${number}-${index}` },
    make("a", { href: `#s=${number}&d=${index}`, title: "a link to this document" }, make("bdi", {}, name)));
  const head = make("div", { class: "doc-head" }, heading);
  const article = make("article", { class: "doc", "aria-labelledby": `d-${number}-${index}` }, head);
  const chosen = new Set(hits);
  const marked = (items, first = true) =>
    items.map((item, at) => ({ ...item, number: `${item.side}-${at}`, hit: first && chosen.has(item) }));
  const view = viewOf(doc, system);
  const { gold, all } = itemsOf(doc, view);
  if (doc.gold && study.systems.length) head.append(...drawChips(all));
  if (doc.gold) article.append(...drawSide("gold", doc.text, marked(gold), [], hues));
  const views = study.systems.length ? [[system, view]] : [];
  if (other !== null && other !== system) views.push([other, viewOf(doc, other)]);
  views.forEach(([place, one], row) => {
    const called = study.systems.length > 1 ? study.systems[place] : "predicted";
    article.append(...drawSide(called, doc.text, marked(itemsOf(doc, one).predicted, row === 0), one.issues, hues), drawRaw(doc.raw?.[place]));
  });
  return article;
}
