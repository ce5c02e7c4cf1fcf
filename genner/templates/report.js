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

  const spoken = (kind) => kind.replaceAll("_", " ");

  /** Hues a golden angle apart: neighbours in the label set are easy to tell apart. */
  const hue = (index) => Math.round((index * 137.508 + 215) % 360);

  // -- what a document holds, and what a filter selects ----------------------------------------------

  const NOTHING = { gold: null, predicted: [], unplaced: [], issues: [], buckets: [] };
  const viewOf = (doc, system) => doc.views[doc.of[system]] ?? NOTHING;
  const known = new WeakMap();

  /** Every gold entity, prediction and mention without a place of one view, with what is wrong with it. */
  function itemsOf(doc, view) {
    const key = view === NOTHING ? doc : view;
    if (known.has(key)) return known.get(key);
    const item = (side, start, end, label, text, fault, buckets) =>
      ({ side, start, end, label, text, kind: fault ? fault[0] : "", pair: fault ? fault[1] : label, buckets });
    const gold = (doc.gold ?? []).map(([start, end, label], at) =>
      item("gold", start, end, label, null, view.gold && view.gold[at], doc.buckets[at]));
    const placed = view.predicted.map(([start, end, label, fault], at) =>
      item("predicted", start, end, label, null, fault, view.buckets[at]));
    const unplaced = view.unplaced.map(([text, label, fault], at) =>
      item("predicted", null, null, label, text, fault, view.buckets[placed.length + at]));
    const found = { gold, predicted: [...placed, ...unplaced], all: [...gold, ...placed, ...unplaced] };
    known.set(key, found);
    return found;
  }

  const shared = (item) => JSON.stringify([item.start, item.end, item.label, item.text]);

  /** Wrong predictions of one view that the other view did not make as well. */
  function wrongAlone(doc, view, other) {
    const rest = new Map();
    for (const item of itemsOf(doc, other).predicted) {
      if (item.kind) rest.set(shared(item), (rest.get(shared(item)) ?? 0) + 1);
    }
    return itemsOf(doc, view).predicted.filter((item) => {
      const left = item.kind ? rest.get(shared(item)) ?? 0 : 1;
      if (left && item.kind) rest.set(shared(item), left - 1);
      return !left;
    });
  }

  /** Gold entities found in one view and missed in the other. */
  function foundAlone(doc, view, other) {
    const there = itemsOf(doc, other).gold;
    return itemsOf(doc, view).gold.filter((item, at) => !item.kind && there[at].kind);
  }

  const outcome = (view) => JSON.stringify([view.gold, view.predicted, view.unplaced]);

  /** Ways to select cases; each takes a document, its view and the view it is compared with. */
  const CASES = {
    errors: (doc, view) => itemsOf(doc, view).all.filter((item) => item.kind && item.kind !== "touched"),
    fault: (doc, view) => itemsOf(doc, view).all.filter((item) => item.kind),
    wrong: (doc, view) => itemsOf(doc, view).predicted.filter((item) => item.kind),
    missed: (doc, view) => itemsOf(doc, view).gold.filter((item) => item.kind),
    found: (doc, view) => itemsOf(doc, view).gold.filter((item) => !item.kind),
    gold: (doc, view) => itemsOf(doc, view).gold,
    predicted: (doc, view) => itemsOf(doc, view).predicted,
    "found-alone": foundAlone,
    "wrong-alone": wrongAlone,
  };
  for (const kind of [...data.errors.map((error) => error.kind), "touched"]) {
    CASES[kind] = (doc, view) => itemsOf(doc, view).all.filter((item) => item.kind === kind);
  }

  /** Ways to select whole documents. */
  const DOCUMENTS = {
    "": () => true,
    right: (doc, view) => !itemsOf(doc, view).all.some((item) => item.kind),
    issues: (doc, view) => view.issues.length > 0,
    differ: (doc, view, other) => view !== other && outcome(view) !== outcome(other),
  };

  function hasIssue(view, issue) {
    const kinds = view.issues.map(([kind]) => kind);
    if (issue === "clean") return kinds.every((kind) => data.neutral.includes(kind));
    const wanted = data.headlines[issue] ?? [issue];
    return kinds.some((kind) => wanted.includes(kind));
  }

  // -- drawing ---------------------------------------------------------------------------------------

  /**
   * Draw a text with its marks; offsets count code points, which is how the data counts.
   * Marks that cross are cut at the border of the one that began first, so that all pieces nest.
   */
  function drawText(text, marks, hues) {
    const characters = Array.from(text);
    const plain = characters.length === text.length;
    const slice = (from, to) => (plain ? text.slice(from, to) : characters.slice(from, to).join(""));
    const root = make("div", { class: "text", dir: "auto" });
    const before = (one, other) => one.at - other.at || other.border - one.border;
    const waiting = marks.map((mark) => ({ mark, at: mark.start, border: mark.end })).sort(before);
    const open = [];
    let into = root;
    let at = 0;
    let next = 0;
    const write = (to) => {
      if (at < to) into.append(slice(at, to));
      at = to;
    };
    while (next < waiting.length || open.length) {
      const top = open[open.length - 1];
      if (top && (next >= waiting.length || top.border <= waiting[next].at)) {
        write(top.border);
        open.pop();
        if (top.border === top.mark.end) into.append(drawTag(top.mark));
        into = into.parentNode;
        continue;
      }
      const piece = waiting[next++];
      if (top && piece.border > top.border) {
        const rest = { ...piece, at: top.border };
        piece.border = top.border;
        let place = next;
        while (place < waiting.length && before(waiting[place], rest) <= 0) place++;
        waiting.splice(place, 0, rest);
      }
      write(piece.at);
      const element = drawMark(piece, hues);
      into.append(element);
      into = element;
      open.push(piece);
    }
    write(characters.length);
    return root;
  }

  function drawMark({ mark, at, border }, hues) {
    const fault = mark.kind && (mark.side === "gold" ? "missed" : "wrong");
    const classes = [fault, mark.hit && "hit", at > mark.start && "cut-left", border < mark.end && "cut-right"];
    const title = `${mark.label} ${mark.start}–${mark.end}${mark.kind ? ": " + spoken(mark.kind) : ""}`;
    return make("mark", {
      class: classes.filter(Boolean).join(" ") || null, title, "data-item": mark.number,
      style: `--h:${hues.get(mark.label) ?? 0}`,
    });
  }

  function drawTag(mark) {
    const tag = make("span", { class: "tag" }, make("bdi", {}, mark.label));
    if (mark.kind) tag.append(" ", make("span", { class: "why" }, spoken(mark.kind)));
    return tag;
  }

  function side(name, content) {
    return make("div", { class: "side" }, make("div", { class: "side-name" }, make("bdi", {}, name)), content);
  }

  function drawRemarks(view, predicted) {
    const rows = predicted.filter((item) => item.text !== null).map((item) => {
      const why = item.kind ? [" ", make("span", { class: "why" }, spoken(item.kind))] : [];
      return make("li", { class: item.hit && "hit", "data-item": item.number },
        "not in the text: ", make("bdi", {}, `“${item.text}”`), " as ", make("bdi", {}, item.label), ...why);
    });
    rows.push(...view.issues.map(([kind, detail]) => make("li", {}, `${spoken(kind)}: `, make("bdi", {}, detail))));
    return rows.length ? make("ul", {}, ...rows) : "";
  }

  function drawChips(items) {
    const counts = new Map();
    for (const { kind } of items) if (kind) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const chips = [...counts].map(([kind, count]) =>
      make("span", { class: "chip bad" }, `${spoken(kind)}${count > 1 ? " ×" + count : ""}`));
    return chips.length ? chips : [make("span", { class: "chip" }, "all right")];
  }

  /** Draw one document: gold, what the system said of it, and what a second system said. */
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
    const placed = (items) => items.filter((item) => item.text === null);
    const view = viewOf(doc, system);
    const { gold, predicted, all } = itemsOf(doc, view);
    if (doc.gold && study.systems.length) head.append(...drawChips(all));
    if (doc.gold) article.append(side("gold", drawText(doc.text, marked(gold), hues)));
    const views = study.systems.length ? [[system, view]] : [];
    if (other !== null && other !== system) views.push([other, viewOf(doc, other)]);
    views.forEach(([place, one], row) => {
      const items = marked(itemsOf(doc, one).predicted, row === 0);
      article.append(side(study.systems.length > 1 ? study.systems[place] : "predicted",
        drawText(doc.text, placed(items), hues)), drawRemarks(one, items));
    });
    return article;
  }

  // -- one browser of documents for each study ---------------------------------------------------------

  function choice(name, options) {
    const select = make("select", {}, ...options.map(([key, text]) => make("option", { value: key }, text)));
    return [make("label", {}, name, select), select];
  }

  const FREE = { r: "0", v: "", show: "", label: "", pair: null, by: "", bucket: "", issue: "", q: "", d: "" };

  function browser(root) {
    const number = root.dataset.study;
    const study = data.studies[Number(number)];
    const scored = study.docs.length > 0 && study.docs[0].gold && study.systems.length > 0;
    const hues = new Map(study.labels.map((label, index) => [label.name, hue(index)]));
    const systems = study.systems.map((name, index) => [String(index), name]);
    const shows = [["", "all documents"]];
    if (scored) {
      shows.push(["errors", "errors"], ...data.errors.map((error) => [error.kind, error.name]), ["touched", "missed but touched"],
        ["wrong", "wrong predictions"], ["missed", "missed entities"], ["fault", "wrong or missed"], ["found", "found entities"],
        ["right", "documents without error"]);
    }
    if (study.docs.some((doc) => doc.gold)) shows.push(["gold", "gold entities"]);
    if (systems.length) shows.push(["predicted", "predictions"], ["issues", "documents with an issue"]);
    if (scored && systems.length > 1) {
      shows.push(["found-alone", "found by this system alone"], ["wrong-alone", "wrong in this system alone"],
        ["differ", "documents where the two differ"]);
    }
    const [systemField, system] = choice("System", systems);
    const [besideField, beside] = choice("Beside", [["", "none"], ...systems]);
    const [showField, show] = choice("Show", shows);
    const [labelField, label] = choice("Label", [["", "any"], ...study.labels.map(({ name }) => [name, name])]);
    const search = make("input", { type: "search", placeholder: "text or id" });
    const count = make("p", { class: "count", role: "status" });
    const chips = make("div", { class: "chips" });
    const list = make("div", { class: "list" });
    const previous = make("button", { type: "button" }, "Previous");
    const following = make("button", { type: "button" }, "Next");
    const where = make("span", { class: "muted small" });
    const pager = make("nav", { class: "pager", "aria-label": "Pages of documents" }, previous, where, following);
    const tools = make("div", { class: "tools", role: "search", "aria-label": "Choose documents" },
      systemField, besideField, showField, labelField, make("label", {}, "Search", search));
    systemField.hidden = besideField.hidden = systems.length < 2;

    let state = { ...FREE, show: scored ? "errors" : "" };
    let found = [];
    let page = 0;

    /** Return the cases that fit, or null when the document does not. */
    function fits(doc, index) {
      if (state.d !== "" && Number(state.d) !== index) return null;
      const view = viewOf(doc, Number(state.r));
      const other = state.v === "" ? view : viewOf(doc, Number(state.v));
      if (state.issue && !hasIssue(view, state.issue)) return null;
      const wanted = state.q.toLowerCase();
      if (wanted && !doc.text.toLowerCase().includes(wanted) && !(doc.id ?? "").toLowerCase().includes(wanted)) return null;
      const whole = DOCUMENTS[state.show];
      if (whole && !whole(doc, view, other)) return null;
      const narrow = state.label || state.pair !== null || state.by;
      if (whole && !narrow) return [];
      const place = study.buckets.findIndex((bucketing) => bucketing.by === state.by);
      const digit = Number(state.bucket).toString(36);
      const cases = (CASES[state.show] ?? CASES.everything)(doc, view, other).filter((item) =>
        (!state.label || item.label === state.label)
        && (state.pair === null || (item.pair ?? "") === state.pair)
        && (place < 0 || item.buckets[place] === digit));
      return cases.length ? cases : null;
    }

    function drawPage() {
      const shown = found.slice(page * PAGE, (page + 1) * PAGE);
      const settings = { system: Number(state.r), other: state.v === "" ? null : Number(state.v), hues, number };
      list.replaceChildren(...shown.map(([index, hits]) => drawDocument(study, index, { ...settings, hits })));
      const pages = Math.ceil(found.length / PAGE);
      pager.hidden = pages < 2;
      previous.disabled = page === 0;
      following.disabled = page >= pages - 1;
      where.textContent = `Page ${page + 1} of ${pages.toLocaleString("en")}`;
    }

    function turn(by) {
      page += by;
      drawPage();
      heading.focus();
    }

    /** What else a link asked for, as chips that can be taken off. */
    function drawFilters() {
      const bucketing = study.buckets.find(({ by }) => by === state.by);
      const off = (words, change) => {
        const chip = make("button", { type: "button", class: "chip", "aria-label": `Remove the filter: ${words}` }, make("bdi", {}, words), " ✕");
        chip.addEventListener("click", () => { change(); update(); search.focus(); });
        return chip;
      };
      chips.replaceChildren(...[
        state.pair !== null && off(state.pair ? `same place: ${state.pair}` : "nothing in the same place", () => { state.pair = null; }),
        bucketing && off(`${spoken(state.by)}: ${bucketing.names[Number(state.bucket)]}`, () => { state.by = state.bucket = ""; }),
        state.issue && off(`issue: ${spoken(state.issue)}`, () => { state.issue = ""; }),
        state.d !== "" && off("one document", () => { state.d = ""; }),
      ].filter(Boolean));
    }

    function update() {
      for (const [field, name] of [[system, "r"], [beside, "v"], [show, "show"], [label, "label"]]) field.value = state[name];
      if (search.value !== state.q) search.value = state.q;
      found = study.docs.flatMap((doc, index) => {
        const hits = fits(doc, index);
        return hits === null ? [] : [[index, hits]];
      });
      page = 0;
      const cases = found.reduce((sum, [, hits]) => sum + hits.length, 0);
      const many = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
      count.dataset.cases = cases;
      count.dataset.documents = found.length;
      count.textContent = `${cases ? many(cases, "case") + " in " : ""}${many(found.length, "document")} of ${study.docs.length.toLocaleString("en")}`;
      drawFilters();
      drawPage();
    }

    function remember() {
      const said = Object.entries(state).filter(([name, value]) => value !== FREE[name]);
      history.replaceState(null, "", `#${new URLSearchParams([["s", number], ...said])}`);
    }

    function listen(field, event, name) {
      field.addEventListener(event, () => {
        state[name] = field.value;
        if (["found-alone", "wrong-alone", "differ"].includes(state.show) && (state.v === "" || state.v === state.r)) {
          state.v = state.r === "0" ? "1" : "0";
        }
        update();
        remember();
      });
    }

    listen(system, "change", "r");
    listen(beside, "change", "v");
    listen(show, "change", "show");
    listen(label, "change", "label");
    listen(search, "input", "q");
    previous.addEventListener("click", () => turn(-1));
    following.addEventListener("click", () => turn(1));
    const heading = root.querySelector("h3");
    root.append(tools, chips, count, list, pager);
    update();
    return (query) => {
      state = { ...FREE, ...query };
      update();
      root.scrollIntoView();
      heading.focus({ preventScroll: true });
    };
  }

  CASES.everything = (doc, view) => itemsOf(doc, view).all;
  const browsers = [...document.querySelectorAll(".documents")].map(browser);

  /** A link such as `#s=0&show=wrong_type` selects cases; any other is a place in the page. */
  function follow() {
    const query = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const jump = browsers[Number(query.s ?? NaN)];
    delete query.s;
    if (jump) jump(query);
  }

  addEventListener("hashchange", follow);
  follow();

  // a link that was followed already changes no hash, and still has to lead to its cases
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#s=']");
    if (link && link.getAttribute("href") === location.hash) follow();
  });

  // what is folded on the screen is printed
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
})();
