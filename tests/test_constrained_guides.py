"""Guides offer exactly the answers that decode without an issue: laws, by enumeration and by drawing."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.constrained import Guide, State, get_guide
from genner.exceptions import DataError, EncodeError, UnknownNameError
from genner.formats import FORMATS, decode, encode, get_codec
from genner.study.samples import SAMPLES, load_sample, sample_labels
from genner.types import Document, Entity, LabelSet, Prediction

LABELS = LabelSet(["A", "b"])
INLINE = ("bracket", "xml")
POSITIONAL = tuple(name for name in FORMATS if name != "grouped-json")

TEXTS = [
    "",
    "a",
    "aa",
    "[",
    "[a",
    "[[",
    "a]",
    "<",
    "<b>",
    "|",
    "\\",
    "\\[",
    "\\<",
    '"',
    "\n",
    "é",
    "e\u0301",
    "𝒳y",
    "{}",
]
"""Texts short enough to enumerate every answer of small depth."""

LITERAL = ["[a | b]", "a | A]", "x | A] | A]", "<b>x</b>", "<A><b>", "</A>", "[ | A]", "\\</A>x", "\\[a | A]", "[[a]"]
"""Texts that hold markup of their own."""

hostile = st.text(
    st.one_of(st.sampled_from(list('[]|<>/&"\\{}\n Aab')), st.sampled_from(["é", "\u0301", "𝒳", "\u200b"])), max_size=7
)
markup = st.lists(st.sampled_from([" | A]", " | b]", "<A>", "</A>", "<b>", "</b>", "[", "\\", "x", " "]), max_size=4)
texts = st.one_of(hostile, markup.map("".join))


def answers(guide: Guide, size: int = 10_000) -> Iterator[str]:
    """Enumerate answers; every state reached must lead somewhere."""
    todo: list[tuple[State, bytes]] = [(guide.start, b"")]
    while todo:
        state, written = todo.pop()
        assert state.final or state.following, f"a dead end after {written!r} for {guide!r}"
        assert set(state.ending.following) <= set(state.following)
        if state.final:
            yield written.decode()
            size -= 1
            if not size:
                return
        todo += [(after, written + bytes([byte])) for byte, after in state.following.items()]


def draw_answer(guide: Guide, rng: random.Random, size: int = 4000) -> str:
    """Walk at random, and after a while straight to the end."""
    state, written = guide.start, bytearray()
    while not (state.final and (rng.random() < 0.5 or not state.following)):
        choices = sorted(state.following)
        assert choices, f"a dead end after {bytes(written)!r} for {guide!r}"
        assert len(written) < size
        byte = rng.choice(sorted(state.ending.following) or choices) if len(written) > 300 else rng.choice(choices)
        written.append(byte)
        state = state.following[byte]
    return written.decode()


def check(guide: Guide, output: str) -> Prediction:
    """Hold one answer to what every answer promises."""
    prediction = guide.codec.decode(output, guide.text, labels=guide.labels)
    kinds = {issue.kind for issue in prediction.issues}
    assert kinds <= (set() if guide.codec.positional else {"ambiguous"}), (guide, output, prediction)
    assert prediction.unplaced == ()
    assert prediction.text == guide.text
    assert {entity.label for entity in prediction.entities} <= set(guide.labels)
    assert len(set(prediction.entities)) == len(prediction.entities)
    return prediction


def documents(text: str, labels: LabelSet, most: int = 2) -> Iterator[Document]:
    """Every document over a short text with at most so many entities, and 150 of those over a longer one."""
    spans = itertools.combinations(range(len(text) + 1), 2)
    entities = [Entity(start, end, label) for start, end in spans for label in labels]
    chosen = [some for count in range(most + 1) for some in itertools.combinations(entities, count)]
    if len(chosen) > 150 and len(text) > 3:
        chosen = random.Random(len(text)).sample(chosen, 150)
    for some in chosen:
        yield Document(text, some)


def encodings(format: str, text: str, most: int = 2) -> Iterator[tuple[Document, str]]:
    for document in documents(text, LABELS, most):
        try:
            yield document, get_codec(format).encode(document, labels=LABELS)
        except EncodeError:
            continue


def depth(entities: tuple[Entity, ...]) -> int:
    return max((sum(e[0] <= at < e[1] for e in entities) for at in {e[0] for e in entities}), default=0)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", TEXTS + LITERAL)
def test_every_answer_decodes(format: str, text: str) -> None:
    """Whatever the guide allows decodes with no issue, to labels of the set and places in the text."""
    limits = {"max_entities": 2} if format.endswith("json") else {"max_depth": 2, "max_entities": 3}
    guide = get_guide(format, text, LABELS, **limits)
    found = [check(guide, output) for output in answers(guide, 300)]

    assert found
    assert all(len(prediction.entities) <= limits["max_entities"] for prediction in found)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", TEXTS + LITERAL)
@pytest.mark.parametrize("ordered", [False, True])
def test_every_encoding_is_allowed(format: str, text: str, ordered: bool) -> None:
    """What the format writes for any document the guide can write, byte by byte."""
    guide = get_guide(format, text, LABELS, canonical_order=ordered, boundaries="character")
    refused = [output for _, output in encodings(format, text) if not guide.accepts(output)]

    assert refused == []


@pytest.mark.parametrize("format", POSITIONAL)
@pytest.mark.parametrize("text", ["ab", "a b", "[a", "<b>"])
def test_canonical_order_leaves_one_answer_for_each_document(format: str, text: str) -> None:
    """In canonical order, and where nothing needs an escape, answers and documents are one to one."""
    limit = 3 if len(text) < 3 else 2
    guide = get_guide(format, text, LABELS, canonical_order=True, max_entities=limit)
    expected = Counter(output for _, output in encodings(format, text, limit))
    found = Counter(output for output in answers(guide, 50_000) if "\\" not in output)

    assert found.keys() >= {output for output in expected if "\\" not in output}
    if not ("[" in text and format == "bracket"):
        assert found == {output: 1 for output in expected if "\\" not in output}


@pytest.mark.parametrize("format", POSITIONAL)
@pytest.mark.parametrize("text", ["ab", "a b", "[a", "aaa"])
@pytest.mark.parametrize("max_depth", [0, 1, 2])
def test_depth(format: str, text: str, max_depth: int) -> None:
    """No character lies in more entities than asked for, and every document that keeps to it can be said."""
    guide = get_guide(format, text, LABELS, max_depth=max_depth)
    found = [check(guide, output) for output in answers(guide, 600)]

    assert all(depth(prediction.entities) <= max_depth for prediction in found)
    for document, output in encodings(format, text):
        assert guide.accepts(output) == (depth(document.entities) <= max_depth), output


def marked_copies(text: str, pieces: list[str], rng: random.Random) -> Iterator[str]:
    """Copies of a text with two pieces of markup put anywhere, and some with four and six."""
    places = [(at, piece) for at in range(len(text) + 1) for piece in pieces]
    more = (tuple(rng.choice(places) for _ in range(count)) for count in (4, 6) for _ in range(1500))
    for some in itertools.chain([()], itertools.product(places, repeat=2), more):
        ordered = sorted(some, key=lambda placed: placed[0])
        edges = [0, *(at for at, _ in ordered), len(text)]
        copies = [text[begin:end] for begin, end in itertools.pairwise(edges)]
        yield copies[0] + "".join(piece + copy for (_, piece), copy in zip(ordered, copies[1:], strict=True))


@pytest.mark.parametrize("format", INLINE)
@pytest.mark.parametrize("options", [{}, {"max_depth": 1}, {"crossing": False}, {"canonical_order": True}])
def test_marked_copies_are_allowed_just_where_they_decode_clean(format: str, options: dict[str, Any]) -> None:
    """Of all copies with markup put in anywhere, exactly those that keep to the options and close before they open."""
    codec: Any = get_codec(format)
    inner = re.compile(r"<(\w)>[^<>]*</\1>|\[[^][|]*\| \w\]")
    late = [codec.open(one) + codec.close(other) for one in LABELS for other in LABELS]
    pieces = sorted({codec.open(label) for label in LABELS} | {codec.close(label) for label in LABELS})
    guide = get_guide(codec, "ay", LABELS, **options)
    accepted = Counter[bool]()
    for output in sorted(set(marked_copies(guide.text, pieces, random.Random(4)))):
        prediction = codec.decode(output, guide.text, labels=LABELS)
        entities = prediction.entities
        clean = not prediction.issues and depth(entities) <= options.get("max_depth", 9)
        clean = clean and not any(closed in output for closed in late)
        if not options.get("crossing", True):
            rest = output
            while inner.search(rest):
                rest = inner.sub("", rest)
            clean = clean and "<" not in rest
        if options.get("canonical_order"):
            clean = clean and output == codec.encode(Document(guide.text, entities), labels=LABELS)
        accepted[clean] += 1

        assert guide.accepts(output) == clean, output

    assert min(accepted[True], accepted[False]) > 5


@pytest.mark.parametrize("format", ["xml", "offset-json", "occurrence-json"])
def test_crossing(format: str) -> None:
    """Crossing entities can be had, and left out."""
    crossed = get_codec(format).encode(Document("abc", [(0, 2, "A"), (1, 3, "b")]), labels=LABELS)
    nested = get_codec(format).encode(Document("abc", [(0, 3, "A"), (1, 3, "b")]), labels=LABELS)

    assert get_guide(format, "abc", LABELS).accepts(crossed)
    strict = get_guide(format, "abc", LABELS, crossing=False)
    assert not strict.accepts(crossed)
    assert strict.accepts(nested)
    for output in answers(strict, 600):
        entities = check(strict, output).entities
        assert not any(a.crosses(b) for a in entities for b in entities)


@pytest.mark.parametrize("format", FORMATS)
def test_word_boundaries(format: str) -> None:
    """Entities begin and end with whole words, and never with white space."""
    guide = get_guide(format, "ab c, d", LABELS, boundaries="word", max_entities=1)
    surfaces = {guide.text[start:end] for output in answers(guide) for start, end, _ in check(guide, output).entities}

    assert surfaces == {"ab", "ab c", "ab c,", "ab c, d", "c", "c,", "c, d", ",", ", d", "d"}


@pytest.mark.parametrize("format", FORMATS)
def test_ascii_json(format: str) -> None:
    """JSON can be written in ASCII alone, astral characters included."""
    options = {"ensure_ascii": True} if format.endswith("json") else {}
    document = Document("é 𝒳", [(0, 1, "A"), (2, 3, "b")])
    output = get_codec(format, **options).encode(document, labels=LABELS)

    assert get_guide(format, document.text, LABELS, **options).accepts(output)


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_drawn_answers_decode(format: str, data: st.DataObject) -> None:
    """Answers drawn at random about hostile texts decode with no issue, whatever the options."""
    text = data.draw(texts)
    options: dict[str, object] = {
        "boundaries": data.draw(st.sampled_from(["character", "word"])),
        "max_entities": data.draw(st.sampled_from([None, 1, 4])),
        "canonical_order": data.draw(st.booleans()),
    }
    if format != "grouped-json":
        options["max_depth"] = data.draw(st.sampled_from([1, 2, 3]))
        options["crossing"] = data.draw(st.booleans())
    guide = get_guide(format, text, LABELS, **options)
    rng = random.Random(data.draw(st.integers(0, 2**32)))

    for _ in range(3):
        check(guide, draw_answer(guide, rng))


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_drawn_encodings_are_allowed(format: str, data: st.DataObject) -> None:
    """Encodings of drawn documents over hostile texts are allowed, in any order and in the canonical one."""
    text = data.draw(texts.filter(bool))
    offsets = st.integers(0, len(text))
    spans = st.tuples(offsets, offsets).filter(lambda span: span[0] < span[1])
    drawn = data.draw(st.sets(st.tuples(spans, st.sampled_from(list(LABELS))), max_size=4))
    document = Document(text, [(start, end, label) for (start, end), label in drawn])
    try:
        output = get_codec(format).encode(document, labels=LABELS, dropped=[])
    except EncodeError:
        return
    kept = get_codec(format).decode(output, text, labels=LABELS)

    assert get_guide(format, text, LABELS, boundaries="character").accepts(output), (text, output)
    assert get_guide(format, text, LABELS, boundaries="character", canonical_order=True).accepts(output), (text, output)
    if format in POSITIONAL:
        exact = {"max_depth": depth(kept.entities), "max_entities": len(kept.entities)}
        assert get_guide(format, text, LABELS, boundaries="character", **exact).accepts(output), (text, output)


@pytest.mark.parametrize("format", POSITIONAL)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_prefix_gives_its_complete_entities(format: str, name: str) -> None:
    """Wherever an answer is cut, what it had said completely is decoded."""
    rng = random.Random(2)
    labels = sample_labels(name)
    for document in rng.sample(load_sample(name), 12):
        if not {"[", "|", "<", "\\"}.isdisjoint(document.text):
            continue
        output = encode(document, format, labels=labels)
        guide = get_guide(format, document.text, labels)
        for size in rng.choices(range(len(output) + 1), k=4):
            assert guide.follow(output[:size]) is not None
            prediction = decode(output[:size], document.text, format=format, labels=labels)
            found = set(prediction.entities)

            assert len(found & set(document.entities)) >= complete(format, output[:size])
            if format != "xml":  # where an open tag within one of its own label is taken for a closing tag gone wrong
                guessed = {issue.text_span for issue in prediction.issues if issue.kind == "ambiguous"}
                assert {entity for entity in found if entity.span not in guessed} <= set(document.entities)


@pytest.mark.parametrize("format", ["bracket", "xml", "occurrence-json", "offset-json"])
@settings(max_examples=60, deadline=None)
@given(text=st.text(st.sampled_from("ab-é"), min_size=1, max_size=12), seed=st.integers(0, 2**32))
def test_a_cut_answer_gives_its_entities_to_the_letter(format: str, text: str, seed: int) -> None:
    """An answer that ends anywhere loses none of its complete entities; white space at a rim is no part of one."""
    rng = random.Random(seed)
    guide = get_guide(format, text, LABELS, max_depth=3, max_entities=6)
    output = draw_answer(guide, rng)
    whole = set(decode(output, text, format=format, labels=LABELS).entities)
    for size in range(len(output)):
        found = decode(output[:size], text, format=format, labels=LABELS).entities

        assert len(whole.intersection(found)) >= complete(format, output[:size]), (output, output[:size])


@pytest.mark.parametrize("format", INLINE)
def test_a_cut_answer_is_called_truncated_and_nothing_else(format: str) -> None:
    """Wherever it was cut: a model that ran into its limit has not changed the text."""
    document = Document("Ann saw Bob Lee in New York today .", [(8, 15, "A"), (19, 27, "b")])
    output = encode(document, format)
    for size in range(1, len(output)):
        found = decode(output[:size], document.text, format=format, labels=LABELS)

        assert {issue.kind for issue in found.issues} == {"truncated"}, output[:size]


def complete(format: str, output: str) -> int:
    """Count the entities that an answer without markup in its text has closed."""
    return len(re.findall({"bracket": r" \| [^\]]+\]", "xml": "</[^>]+>"}.get(format, r"\d\}"), output))


def test_where_no_entity_begins_any_more_one_may_end_or_go_on() -> None:
    """An opener may not come, also where it begins like a closer; one that has begun is written."""
    bracket, xml = (get_guide(format, "ab", LABELS) for format in INLINE)
    found = {
        written: [bytes(sorted(at.following)) for at in (state, state.ending)]
        for guide, written in ((bracket, ""), (bracket, "[a"), (bracket, "[a |"), (xml, "<A>a<"), (xml, "<"))
        if (state := guide.follow(written)) is not None
    }

    assert found == {
        "": [b"[a", b"a"],
        "[a": [b" [b", b" b"],
        "[a |": [b" ", b" "],
        "<A>a<": [b"/Ab", b"/"],
        "<": [b"Ab", b"Ab"],
    }


@pytest.mark.parametrize("ordered", [False, True])
def test_no_entity_is_written_twice(ordered: bool) -> None:
    """However much text follows, two of one label that begin together end apart, or as two labels."""
    guides = {name: get_guide(name, "abcdef", LABELS, canonical_order=ordered) for name in INLINE}

    assert not guides["xml"].accepts("<A><A>a</A></A>bcdef")
    assert guides["xml"].accepts("<A><A>a</A>b</A>cdef")
    assert not guides["bracket"].accepts("[[a | A] | A]bcdef")
    assert guides["bracket"].accepts("[[a | b] | A]bcdef")
    assert guides["bracket"].accepts("[[a | A] | b]bcdef") != ordered


def test_what_could_not_be_closed_in_order_is_not_opened() -> None:
    """Two of one span need two ends, and one around them that began with another but sorts behind it a third."""
    begun = "<b><A>a<A><A>"

    assert get_guide("xml", "abcd", LABELS, canonical_order=True).accepts(f"{begun}b</A>c</A></A>d</b>")
    assert get_guide("xml", "abc", LABELS, canonical_order=True).follow(begun) is None
    assert get_guide("xml", "abc", LABELS).follow(begun) is not None


def test_what_could_not_be_closed_from_inside_is_not_opened() -> None:
    """Two of a label inside two of another need three ends where none may cross, and else two."""
    begun = "<b><b><A><A>"

    assert get_guide("xml", "abc", LABELS, crossing=False).accepts(f"{begun}a</A>b</A></b>c</b>")
    assert get_guide("xml", "ab", LABELS, crossing=False).follow(begun) is None
    assert get_guide("xml", "ab", LABELS).accepts(f"{begun}a</A></b>b</A></b>")


def test_a_label_no_one_could_read_is_not_offered() -> None:
    """A label the format cannot say never appears; the others do."""
    guide = get_guide("bracket", "x", ["a|b", "C"])

    assert set(answers(guide)) == {"x", "[x | C]"}
    assert set(answers(get_guide("xml", "x", [">"]))) == {"x"}


def test_errors_say_what_is_wrong() -> None:
    """Unknown names, unkeepable options and unwritable texts are refused at once."""
    with pytest.raises(UnknownNameError, match="did you mean 'bracket'"):
        get_guide("braket", "a", LABELS)
    with pytest.raises(UnknownNameError, match="max_depth"):
        get_guide("bracket", "a", LABELS, max_dept=1)
    with pytest.raises(DataError, match="no positions"):
        get_guide("grouped-json", "a", LABELS, max_depth=1)
    with pytest.raises(DataError, match="labels: expected a label set"):
        get_guide("xml", "a", None)
    with pytest.raises(DataError, match="max_entities: expected a number"):
        get_guide("xml", "a", LABELS, max_entities=-1)
    with pytest.raises(DataError, match="at 1, which cannot be written in UTF-8"):
        get_guide("xml", "a\ud800", LABELS)
