// What a document holds, and what a filter selects of it: no element is touched here.

const data = JSON.parse(document.getElementById("data").textContent);

const spoken = (kind) => kind.replaceAll("_", " ");

const NOTHING = { gold: null, predicted: [], unplaced: [], issues: [], buckets: [] };
const viewOf = (doc, system) => doc.views[doc.of[system]] ?? NOTHING;
const known = new WeakMap();

/** Every gold entity, prediction and mention without a place of one view, with what is wrong with it. */
function itemsOf(doc, view) {
  const key = view === NOTHING ? doc : view;
  if (known.has(key)) return known.get(key);
  const item = (side, start, end, label, text, mistake, buckets) =>
    ({ side, start, end, label, text, kind: mistake ? mistake[0] : "", pair: mistake ? mistake[1] : label, buckets });
  const gold = (doc.gold ?? []).map(([start, end, label], at) =>
    item("gold", start, end, label, null, view.gold && view.gold[at], doc.buckets[at]));
  const placed = view.predicted.map(([start, end, label, mistake], at) =>
    item("predicted", start, end, label, null, mistake, view.buckets[at]));
  const unplaced = view.unplaced.map(([text, label, mistake], at) =>
    item("predicted", null, null, label, text, mistake, view.buckets[placed.length + at]));
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

/** The kind of an error that is drawn and not counted: the page is about other cases. */
const NOT_CHOSEN = "not chosen";
const isWrong = (item) => item.kind && item.kind !== NOT_CHOSEN;

/** How cases are selected; each takes a document, its view and the view it is compared with. */
const CASES = new Map([
  ["errors", (doc, view) => itemsOf(doc, view).all.filter((item) => isWrong(item) && item.kind !== "touched")],
  ["mistake", (doc, view) => itemsOf(doc, view).all.filter(isWrong)],
  ["wrong", (doc, view) => itemsOf(doc, view).predicted.filter(isWrong)],
  ["missed", (doc, view) => itemsOf(doc, view).gold.filter(isWrong)],
  ["found", (doc, view) => itemsOf(doc, view).gold.filter((item) => !item.kind)],
  ["gold", (doc, view) => itemsOf(doc, view).gold],
  ["predicted", (doc, view) => itemsOf(doc, view).predicted],
  ["found-alone", foundAlone],
  ["wrong-alone", wrongAlone],
]);
for (const kind of [...data.errors.map((error) => error.kind), "touched"]) {
  CASES.set(kind, (doc, view) => itemsOf(doc, view).all.filter((item) => item.kind === kind));
}
const everything = (doc, view) => itemsOf(doc, view).all;

/** How whole documents are selected. */
const DOCUMENTS = new Map([
  ["", () => true],
  ["right", (doc, view) => !itemsOf(doc, view).all.some((item) => item.kind)],
  ["issues", (doc, view) => view.issues.length > 0],
  ["differ", (doc, view, other) => view !== other && [[view, other], [other, view]].some(
    ([one, two]) => foundAlone(doc, one, two).length > 0 || wrongAlone(doc, one, two).length > 0)],
]);

/** What is shown of two systems, and so needs a second one. */
const OF_TWO = ["found-alone", "wrong-alone", "differ"];

function hasIssue(view, issue) {
  const kinds = view.issues.map(([kind]) => kind);
  if (issue === "clean") return kinds.every((kind) => data.neutral.includes(kind));
  const wanted = Object.hasOwn(data.headlines, issue) ? data.headlines[issue] : [issue];
  return kinds.some((kind) => wanted.includes(kind));
}

/** Return the cases of a document that a state selects; null when the document does not fit. */
function casesOf(study, doc, index, state) {
  if (state.d !== "" && Number(state.d) !== index) return null;
  const view = viewOf(doc, Number(state.r));
  const other = state.v === "" ? view : viewOf(doc, Number(state.v));
  if (state.issue && !hasIssue(view, state.issue)) return null;
  const wanted = state.q.toLowerCase();
  if (wanted && !doc.text.toLowerCase().includes(wanted) && !(doc.id ?? "").toLowerCase().includes(wanted)) return null;
  const whole = DOCUMENTS.get(state.show);
  if (whole && !whole(doc, view, other)) return null;
  const narrow = state.label || state.pair !== null || state.by;
  if (whole && !narrow) return [];
  const place = study.buckets.findIndex((bucketing) => bucketing.by === state.by);
  const digit = Number(state.bucket).toString(36);
  const cases = (CASES.get(state.show) ?? everything)(doc, view, other).filter((item) =>
    (!state.label || item.label === state.label)
    && (state.pair === null || (item.pair ?? "") === state.pair)
    && (place < 0 || item.buckets[place] === digit));
  return cases.length ? cases : null;
}
