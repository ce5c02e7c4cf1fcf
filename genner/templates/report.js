"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 25;

  /** Make an element; strings become text nodes, so nothing in the data is ever read as markup. */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  /** Hues a golden angle apart: neighbours in the label set are easy to tell apart. */
  const hue = (index) => Math.round((index * 137.508 + 215) % 360);

  /** Cut entities that cross at the borders of the one that began first, so that all pieces nest. */
  function nest(entities) {
    const root = { start: 0, end: Infinity, children: [] };
    const queue = entities.map((entity) => ({ ...entity, children: [] }));
    const before = (one, other) => one.start - other.start || other.end - one.end;
    queue.sort(before);
    const stack = [root];
    while (queue.length) {
      const piece = queue.shift();
      while (piece.start >= stack[stack.length - 1].end) stack.pop();
      const inside = stack[stack.length - 1];
      if (piece.end > inside.end) {
        const rest = { ...piece, start: inside.end, children: [], cutLeft: true };
        piece.end = inside.end;
        piece.cutRight = true;
        let place = queue.findIndex((other) => before(rest, other) < 0);
        queue.splice(place < 0 ? queue.length : place, 0, rest);
      }
      inside.children.push(piece);
      stack.push(piece);
    }
    return root.children;
  }

  /** Draw a text with its entities; offsets count code points, which is how the data counts. */
  function drawText(characters, entities, hues) {
    const parent = make("div", { class: "text", dir: "auto" });
    const draw = (into, pieces, from, to) => {
      let at = from;
      for (const piece of pieces) {
        into.append(characters.slice(at, piece.start).join(""));
        const classes = [piece.class, piece.cutLeft && "cut-left", piece.cutRight && "cut-right"].filter(Boolean).join(" ");
        const title = `${piece.label} ${piece.from}–${piece.to}${piece.why ? ": " + piece.why : ""}`;
        const mark = make("mark", { class: classes, title, style: `--h:${hues.get(piece.label) ?? 0}` });
        draw(mark, piece.children, piece.start, piece.end);
        if (!piece.cutRight) {
          const tag = make("span", { class: "tag" }, piece.label);
          if (piece.why) tag.append(" ", make("span", { class: "why" }, piece.why));
          mark.append(tag);
        }
        into.append(mark);
        at = piece.end;
      }
      into.append(characters.slice(at, to).join(""));
    };
    draw(parent, nest(entities), 0, characters.length);
    return parent;
  }

  function side(name, content) {
    return make("div", { class: "side" }, make("div", { class: "side-name" }, name), content);
  }

  const spoken = (kind) => kind.replaceAll("_", " ");

  function drawDocument(doc, view, hues, number) {
    const characters = Array.from(doc.text);
    const entity = ([start, end, label], why, wrong) =>
      ({ start, end, label, from: start, to: end, why: spoken(why), class: why && wrong });
    const gold = doc.gold.map((item, index) => entity(item, view.gold[index], "missed"));
    const predicted = view.predicted.map((item) => entity(item, item[3], "wrong"));
    const head = make("div", { class: "doc-head" }, make("span", { class: "doc-id" }, doc.id ?? `#${number + 1}`));
    const kinds = errorsOf(view);
    if (!kinds.length) head.append(make("span", { class: "chip" }, "all right"));
    for (const kind of new Set(kinds)) {
      const count = kinds.filter((other) => other === kind).length;
      head.append(make("span", { class: "chip bad" }, `${spoken(kind)}${count > 1 ? " ×" + count : ""}`));
    }
    const article = make("article", { class: "doc" }, head,
      side("gold", drawText(characters, gold, hues)), side("predicted", drawText(characters, predicted, hues)));
    const remarks = [
      ...view.unplaced.map(([text, label]) => `not in the text: “${text}” as ${label}`),
      ...view.issues.map(([kind, detail]) => `${spoken(kind)}: ${detail}`),
    ];
    if (remarks.length) article.append(make("ul", {}, ...remarks.map((remark) => make("li", {}, remark))));
    return article;
  }

  /** Every error of a view: of predictions, of mentions without a place, and of missed gold entities. */
  function errorsOf(view) {
    return [...view.predicted.map((item) => item[3]), ...view.unplaced.map((item) => item[2]), ...view.gold].filter(Boolean);
  }

  function labelsOf(doc, view) {
    return [...doc.gold.map((item) => item[2]), ...view.predicted.map((item) => item[2]), ...view.unplaced.map((item) => item[1])];
  }

  function choice(name, options, value) {
    const select = make("select", {}, ...options.map(([key, text]) => make("option", { value: key, selected: key === value }, text)));
    return [make("label", {}, name, select), select];
  }

  function browser(root) {
    const study = data.studies[Number(root.dataset.study)];
    const hues = new Map(study.labels.map((label, index) => [label.name, hue(index)]));
    const formats = study.results.map((result, index) => [String(index), result.format]);
    const kinds = [["", "any document"], ["errors", "with an error"], ["right", "without error"], ["issues", "with an issue"],
      ...data.errors.map((error) => [error.kind, error.name]), ["touched", "missed but touched"]];
    const [formatField, format] = choice("Format", formats, "0");
    const [kindField, kind] = choice("Show", kinds, "errors");
    const [labelField, label] = choice("Label", [["", "any"], ...study.labels.map(({ name }) => [name, name])], "");
    const search = make("input", { type: "search", placeholder: "text or id" });
    const count = make("span", { class: "muted small", role: "status" });
    const list = make("div", {});
    const more = make("button", { type: "button", class: "more" }, "Show more");
    const tools = make("div", { class: "tools" }, formatField, kindField, labelField, make("label", {}, "Search", search), count);
    if (formats.length < 2) formatField.hidden = true;
    let found = [];
    let shown = 0;

    const viewOf = (doc) => doc.views[doc.of[Number(format.value)]];

    function fits(doc, view) {
      const errors = errorsOf(view);
      if (kind.value === "errors" ? !errors.length : kind.value === "right" ? errors.length
        : kind.value === "issues" ? !view.issues.length : kind.value && !errors.includes(kind.value)) return false;
      if (label.value && !labelsOf(doc, view).includes(label.value)) return false;
      const wanted = search.value.toLowerCase();
      return !wanted || doc.text.toLowerCase().includes(wanted) || (doc.id ?? "").toLowerCase().includes(wanted);
    }

    function grow() {
      const next = found.slice(shown, shown + PAGE);
      list.append(...next.map((index) => drawDocument(study.docs[index], viewOf(study.docs[index]), hues, index)));
      shown += next.length;
      more.hidden = shown >= found.length;
    }

    function update() {
      found = study.docs.flatMap((doc, index) => (fits(doc, viewOf(doc)) ? [index] : []));
      const cases = kind.value ? found.reduce((sum, index) =>
        sum + errorsOf(viewOf(study.docs[index])).filter((other) => other === kind.value).length, 0) : 0;
      count.textContent = `${found.length} of ${study.docs.length} documents${cases ? `, ${cases} cases` : ""}`;
      list.replaceChildren();
      shown = 0;
      grow();
    }

    for (const field of [format, kind, label]) field.addEventListener("change", update);
    search.addEventListener("input", update);
    more.addEventListener("click", grow);
    root.append(tools, list, more);
    update();
    return (formatIndex, wantedKind) => {
      format.value = formatIndex;
      kind.value = wantedKind;
      label.value = search.value = "";
      update();
      root.scrollIntoView();
      format.focus({ preventScroll: true });
    };
  }

  const jumps = [...document.querySelectorAll(".documents")].map(browser);
  for (const bar of document.querySelectorAll(".bar-row")) {
    bar.addEventListener("click", () => jumps[Number(bar.dataset.study)](bar.dataset.format, bar.dataset.kind));
  }
  for (const swatch of document.querySelectorAll(".swatch")) swatch.style.setProperty("--h", hue(Number(swatch.dataset.label)));
})();
