// The browser of documents of each study, and the links that lead to it.

/** Documents drawn at a time. */
const PAGE = 25;

/** Documents printed at most. */
const PRINTED = 500;

/** Nothing chosen; the keys are those of the links. */
const FREE = { r: "0", v: "", show: "", label: "", pair: null, by: "", bucket: "", issue: "", q: "", d: "" };

/** The element of a list that a number in an address names; addresses may hold anything. */
const at = (list, place) => (/^\d+$/.test(place) ? list[place] : undefined);

const many = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;

function choice(name, options) {
  const select = make("select", {}, ...options.map(([key, text]) => make("option", { value: key }, text)));
  return [make("label", {}, name, select), select];
}

/** What `Show` offers for a study. */
function showsOf(study, scored) {
  const shows = [["", "all documents"]];
  if (scored) {
    shows.push(["errors", "errors"], ...data.errors.map((error) => [error.kind, error.name]), ["touched", "missed but touched"],
      ["wrong", "wrong predictions"], ["missed", "missed entities"], ["mistake", "wrong or missed"], ["found", "found entities"],
      ["right", "documents without error"]);
  }
  if (study.docs.some((doc) => doc.gold)) shows.push(["gold", "gold entities"]);
  if (study.systems.length) shows.push(["predicted", "predictions"], ["issues", "documents with an issue"]);
  if (scored && study.systems.length > 1) {
    shows.push(["found-alone", "found by this system alone"], ["wrong-alone", "wrong in this system alone"],
      ["differ", "documents where the two differ"]);
  }
  return shows;
}

/** Put a browser into its place in the page; returns what selects in it, and what draws it for print. */
function browser(root) {
  const number = root.dataset.study;
  const study = data.studies[Number(number)];
  const scored = study.docs.length > 0 && study.docs[0].gold && study.systems.length > 0;
  const hues = new Map(study.labels.map((label, index) => [label.name, hue(index)]));
  const systems = study.systems.map((name, index) => [String(index), name]);
  const shows = showsOf(study, scored);
  const [systemField, system] = choice("System", systems);
  const [secondField, second] = choice("Second system", [["", "none"], ...systems]);
  const [showField, show] = choice("Show", shows);
  const [labelField, label] = choice("Label", [["", "any"], ...study.labels.map(({ name }) => [name, name])]);
  const search = make("input", { type: "search", placeholder: "text or id" });
  const count = make("p", { class: "count", role: "status" });
  const described = make("p", { class: "described" });
  const chips = make("div", { class: "chips" });
  const list = make("div", { class: "list" });
  const previous = make("button", { type: "button" }, "Previous");
  const following = make("button", { type: "button" }, "Next");
  const where = make("span", { class: "muted small" });
  const pager = make("nav", { class: "pager", "aria-label": "Pages of documents" }, previous, where, following);
  const tools = make("div", { class: "tools", role: "search", "aria-label": "Choose documents" },
    systemField, secondField, showField, labelField, make("label", {}, "Search", search));
  systemField.hidden = secondField.hidden = systems.length < 2;
  const fields = [[system, "r"], [second, "v"], [show, "show"], [label, "label"]];

  const preset = root.dataset.first ? { show: "differ", r: root.dataset.first, v: root.dataset.second } : study.shown;
  let state = { ...FREE, show: scored ? "errors" : "" };
  let found = [];
  let page = 0;

  /** Keep what can be chosen here of what an address asks for: anybody can write an address. */
  function sane(query) {
    const kept = { ...FREE };
    for (const name of Object.keys(FREE)) if (Object.hasOwn(query, name)) kept[name] = query[name];
    for (const [field, name] of fields) {
      if (![...field.options].some((option) => option.value === kept[name])) kept[name] = FREE[name];
    }
    if (!at(study.docs, kept.d)) kept.d = "";
    const bucketing = study.buckets.find(({ by }) => by === kept.by);
    if (!bucketing || at(bucketing.names, kept.bucket) === undefined) kept.by = kept.bucket = "";
    return paired(kept);
  }

  /** Choose a second system where one is needed. */
  function paired(kept) {
    const lacks = OF_TWO.includes(kept.show) && (kept.v === "" || kept.v === kept.r);
    return lacks ? { ...kept, v: kept.r === "0" ? "1" : "0" } : kept;
  }

  function draw(from, to) {
    const settings = { system: Number(state.r), other: state.v === "" ? null : Number(state.v), hues, number };
    const shown = found.slice(from, to);
    list.replaceChildren(...shown.map(([index, hits]) => drawDocument(study, index, { ...settings, hits })));
  }

  function drawPage() {
    draw(page * PAGE, (page + 1) * PAGE);
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

  /** What only a link can ask for, in words, and how to take it off. */
  function filters() {
    const bucketing = study.buckets.find(({ by }) => by === state.by);
    return [
      state.pair !== null && [state.pair ? `same place: ${state.pair}` : "nothing in the same place", { pair: null }],
      bucketing && [`${bucketing.described}: ${bucketing.names[state.bucket]}`, { by: "", bucket: "" }],
      state.issue && [`issue: ${spoken(state.issue)}`, { issue: "" }],
      state.d !== "" && ["one document", { d: "" }],
    ].filter(Boolean);
  }

  function drawFilters() {
    chips.replaceChildren(...filters().map(([words, off]) => {
      const chip = make("button", { type: "button", class: "chip", "aria-label": `Remove the filter: ${words}` }, make("bdi", {}, words), " ✕");
      chip.addEventListener("click", () => { change(off); search.focus(); });
      return chip;
    }));
  }

  function update() {
    for (const [field, name] of fields) field.value = state[name];
    if (search.value !== state.q) search.value = state.q;
    found = study.docs.flatMap((doc, index) => {
      const hits = casesOf(study, doc, index, state);
      return hits === null ? [] : [[index, hits]];
    });
    page = 0;
    const cases = found.reduce((sum, [, hits]) => sum + hits.length, 0);
    count.dataset.cases = cases;
    count.dataset.documents = found.length;
    count.textContent = `${cases ? many(cases, "case") + " in " : ""}${many(found.length, "document")} of ${study.docs.length.toLocaleString("en")}`;
    drawFilters();
    drawPage();
  }

  /** Take a choice made by hand, and keep it in the address. */
  function change(chosen) {
    state = paired({ ...state, ...chosen });
    update();
    const chosenState = Object.entries(state).filter(([name, value]) => value !== FREE[name]);
    history.replaceState(null, "", `#${new URLSearchParams([["s", number], ...chosenState])}`);
  }

  /** On paper there are no fields and no pages: say what is chosen, and show all of it up to a limit. */
  function print() {
    const chosen = fields.filter(([field, name]) =>
      !field.parentNode.hidden && (name === "r" || state[name] !== FREE[name])).map(([field]) => `${field.parentNode.firstChild.textContent.toLowerCase()}: ${field.selectedOptions[0].text}`);
    if (state.q) chosen.push(`search: ${state.q}`);
    chosen.push(...filters().map(([words]) => words));
    const left = found.length - PRINTED;
    described.textContent = `Shown here: ${chosen.join("; ") || "all documents"}.`
      + (left > 0 ? ` The first ${PRINTED} of ${many(found.length, "document")} are printed; ${left.toLocaleString("en")} are left out.` : "");
    draw(0, PRINTED);
  }

  for (const [field, name] of fields) field.addEventListener("change", () => change({ [name]: field.value }));
  search.addEventListener("input", () => change({ q: search.value }));
  previous.addEventListener("click", () => turn(-1));
  following.addEventListener("click", () => turn(1));
  const heading = root.querySelector("h3");
  root.append(tools, chips, count, described, list, pager);
  state = sane({ ...state, ...preset });
  update();
  return {
    select(query) {
      state = sane(query);
      update();
      root.scrollIntoView();
      heading.focus({ preventScroll: true });
    },
    print,
    drawPage,
  };
}

const browsers = [...document.querySelectorAll(".documents")].map(browser);

/** A link such as `#s=0&show=wrong_type` selects cases; any other is a place in the page. */
function follow() {
  const query = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  at(browsers, query.s)?.select(query);
}

addEventListener("hashchange", follow);
follow();

// a link that was followed already changes no hash, and still has to lead to its cases
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#s=']");
  if (link && link.getAttribute("href") === location.hash) follow();
});

// what is folded, or on another page, is printed
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const part of folded) part.open = true;
  for (const one of browsers) one.print();
});
addEventListener("afterprint", () => {
  for (const part of folded) part.open = false;
  for (const one of browsers) one.drawPage();
});
