"""Tag schemes: chunks as conlleval sees them, schemes that are guessed, files that round-trip."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner import io
from genner.exceptions import DataError, EncodeError, UnknownNameError
from genner.tags import SCHEMES, Chunk, Tag, chunks_of, get_scheme, guess_scheme, parse_tag, tags_of
from genner.types import Document

LABELS = ("X", "Y-Z")
LETTERS = st.sampled_from("BIMELSUW")
TAGS = st.lists(st.one_of(st.just(("O", "")), st.tuples(LETTERS, st.sampled_from(LABELS))), max_size=12)


def starts(before: Tag, now: Tag) -> bool:
    """Tell whether a chunk starts here, transition by transition: the slow twin of `chunks_of`."""
    if now[0] == "O":
        return False
    if before[0] == "O" or now[0] in "BSUW":
        return True
    return before[0] in "ELSUW" or before[1] != now[1]


def ends(before: Tag, now: Tag) -> bool:
    """Tell whether the chunk of the tag before ends before this one."""
    if before[0] == "O":
        return False
    if now[0] == "O" or now[0] in "BSUW":
        return True
    return before[0] in "ELSUW" or before[1] != now[1]


def slow_chunks(tags: list[Tag]) -> list[Chunk]:
    outside = ("O", "")
    first = [i for i, tag in enumerate(tags) if starts(tags[i - 1] if i else outside, tag)]
    last = [i for i, tag in enumerate([*tags, outside]) if i and ends(tags[i - 1], tag)]
    return [(start, end, tags[start][1]) for start, end in zip(first, last, strict=True)]


@given(TAGS)
@settings(max_examples=500)
def test_chunks_equal_the_slow_twin(tags: list[Tag]) -> None:
    """Any sequence of tags, valid or not, has the chunks its transitions say."""
    assert chunks_of(tags) == slow_chunks(tags)


@st.composite
def chunkings(draw: st.DrawFn) -> tuple[list[Chunk], int]:
    chunks, position = [], 0
    for gap, length, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(LABELS)), max_size=5)
    ):
        position += gap
        chunks.append((position, position + length, label))
        position += length
    return chunks, position + draw(st.integers(0, 2))


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=str)
@given(chunkings())
@settings(max_examples=100)
def test_every_scheme_says_every_flat_sentence(scheme, chunking) -> None:
    """Tags give the chunks back, in whatever scheme they are written."""
    chunks, length = chunking

    assert chunks_of(tags_of(chunks, length, scheme)) == chunks


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB1", "O I-X I-X B-X I-Y O"),
        ("IOB2", "O B-X I-X B-X B-Y O"),
        ("IOE1", "O I-X E-X I-X I-Y O"),
        ("IOE2", "O I-X E-X E-X E-Y O"),
        ("IOBES", "O B-X E-X S-X S-Y O"),
        ("BILOU", "O B-X L-X U-X U-Y O"),
        ("BMES", "O B-X E-X S-X S-Y O"),
        ("BMEWO", "O B-X E-X W-X W-Y O"),
    ],
)
def test_one_sentence_in_every_scheme(scheme: str, tags: str) -> None:
    """Tags worked out by hand from the definition of each scheme."""
    chunks = [(1, 3, "X"), (3, 4, "X"), (4, 5, "Y")]

    assert tags_of(chunks, 6, SCHEMES[scheme]) == [parse_tag(tag) for tag in tags.split()]
    assert chunks_of([parse_tag(tag) for tag in tags.split()]) == chunks


@pytest.mark.parametrize("name", ["IOB1", "IOB2", "IOE1", "IOE2", "IOBES", "BILOU", "BMEWO"])
def test_the_scheme_is_guessed(name: str) -> None:
    """A sentence with touching entities tells the schemes apart."""
    tags = tags_of([(0, 3, "X"), (3, 4, "X"), (5, 7, "Y")], 8, SCHEMES[name])

    assert guess_scheme([tags]) == SCHEMES[name]


@pytest.mark.parametrize(("alias", "name"), [("bio", "IOB2"), ("BIOES", "IOBES"), ("bilou", "BILOU")])
def test_other_names_of_schemes(alias: str, name: str) -> None:
    """BIO, BIOES and the like are understood, in any case."""
    assert get_scheme(alias).name == name


def test_an_unknown_scheme_names_the_closest() -> None:
    """IOB alone is two schemes, so it is neither."""
    with pytest.raises(UnknownNameError, match="did you mean 'IOB"):
        io.write([], StringIO(), "columns", scheme="IOB")


@pytest.mark.parametrize("tag", ["OO", "PER", "b-PER", "B-", "-PER", "", "B_PER", "Q-PER"])
def test_what_is_no_tag(tag: str) -> None:
    """A tag is O, or a known letter, a hyphen and a label."""
    with pytest.raises(DataError, match="expected a tag such as O or B-PER"):
        parse_tag(tag)


def test_a_label_may_start_with_a_hyphen() -> None:
    """A tag is split at its first hyphen, as conlleval does."""
    assert parse_tag("I--ORG") == ("I", "-ORG")


def conll(*lines: str) -> StringIO:
    return StringIO("\n".join(lines) + "\n", newline="\n")


@pytest.mark.parametrize(
    ("tags", "entities", "repairs"),
    [
        (["O", "I-X", "I-X"], [(2, 5, "X")], 1),
        (["B-X", "I-Y", "I-Y"], [(0, 1, "X"), (2, 5, "Y")], 1),
        (["I-X", "O", "I-X"], [(0, 1, "X"), (4, 5, "X")], 2),
        (["B-X", "I-X", "O"], [(0, 3, "X")], 0),
    ],
)
def test_invalid_transitions_are_repaired_and_reported(tags, entities, repairs) -> None:
    """An I- that follows nothing of its label starts an entity; each is counted with its line."""
    report = io.ReadReport()
    stream = conll(*(f"{token}\t{tag}" for token, tag in zip("abc", tags, strict=True)))

    (document,) = io.read(stream, "columns", scheme="IOB2", report=report)

    assert list(document.entities) == entities
    assert report.repaired == repairs
    assert [problem.line for problem in report.problems] == [
        number
        for number, tag in enumerate(tags, 1)
        if repairs and tag[0] == "I" and (number == 1 or tags[number - 2] != tag)
    ]
    assert report.read == 1


TOKENS = st.text(st.characters(exclude_characters="\t\n", exclude_categories=["Cs"]), min_size=1, max_size=4).filter(
    lambda token: not token.startswith("-DOCSTART-")
)


@st.composite
def sentences(draw: st.DrawFn) -> Document:
    tokens = draw(st.lists(TOKENS, min_size=1, max_size=8))
    grid, position = [], 0
    for token in tokens:
        grid.append([position, position + len(token)])
        position += len(token) + 1
    bits = draw(st.lists(st.integers(0, 3), min_size=len(tokens), max_size=len(tokens)))
    entities, first = [], 0
    while first < len(tokens):
        length = min(bits[first], len(tokens) - first)
        if length:
            label = draw(st.sampled_from(["X", "Y-Z", "その他", "TIME.date", "MIS1`"]))
            entities.append((grid[first][0], grid[first + length - 1][1], label))
        first += max(length, 1)
    return Document(" ".join(tokens), entities, meta={"tokens": grid})


@pytest.mark.parametrize("scheme", SCHEMES)
@given(st.lists(sentences(), max_size=4))
@settings(max_examples=40, deadline=None)
def test_columns_round_trip(scheme: str, documents: list[Document]) -> None:
    """Flat sentences of hostile tokens come back from every scheme, without a repair."""
    stream, report = StringIO(newline="\n"), io.ReadReport()
    io.write(documents, stream, "columns", scheme=scheme)
    stream.seek(0)

    assert list(io.read(stream, "columns", scheme=scheme, joiner=" ", report=report)) == documents
    assert report.ok


@given(st.lists(sentences(), min_size=1, max_size=3), st.sampled_from(list(SCHEMES)), st.sampled_from(list(SCHEMES)))
@settings(max_examples=60, deadline=None)
def test_conversion_between_schemes_keeps_entities(documents, one, other) -> None:
    """From one scheme to another and nothing but letters changes."""
    first, second = StringIO(newline="\n"), StringIO(newline="\n")
    io.write(documents, first, "columns", scheme=one)
    first.seek(0)
    io.write(io.read(first, "columns", joiner=" "), second, "columns", scheme=other)
    second.seek(0)

    assert list(io.read(second, "columns", joiner=" ")) == documents


class TestWriting:
    def test_whitespace_tokens(self) -> None:
        """A document without tokens is split at white space."""
        stream = StringIO()

        assert io.write([Document("Rio de Janeiro !", [(0, 14, "LOC")])], stream, "columns", scheme="BILOU") == 1
        assert stream.getvalue() == "Rio\tB-LOC\nde\tI-LOC\nJaneiro\tL-LOC\n!\tO\n\n"

    @pytest.mark.parametrize(
        ("entities", "message"),
        [
            ([(0, 4, "X"), (0, 1, "Y")], "overlaps another entity"),
            ([(0, 1, "X"), (0, 1, "X")], "overlaps another entity"),
            ([(1, 3, "X")], "edges are no token edges"),
            ([(0, 1, "a\tb")], "label holds the separator"),
        ],
    )
    def test_what_tags_cannot_say(self, entities, message) -> None:
        """It raises and names the entities; on request it drops the inner ones and counts them."""
        document = Document("a bc", entities, id="d7")

        with pytest.raises(EncodeError, match=message) as caught:
            io.write([document], StringIO(), "columns")
        assert len(caught.value.entities) == 1
        assert "document 1 (d7)" in str(caught.value)

        stream, report = StringIO(), io.WriteReport()
        assert io.write([document], stream, "columns", on_error="skip", report=report) == 1
        assert report.dropped == 1

    @pytest.mark.parametrize("text", ["", " \n ", "-DOCSTART- x"])
    def test_a_sentence_that_would_not_come_back(self, text: str) -> None:
        """A document without tokens, or with the document mark, is refused, or skipped and counted."""
        with pytest.raises(EncodeError, match="a column file cannot hold"):
            io.write([Document(text)], StringIO(), "columns")

        report = io.WriteReport()
        assert io.write([Document(text), Document("a")], StringIO(), "columns", on_error="skip", report=report) == 1
        assert report.skipped == 1


def test_tokens_of_a_document_that_are_not_in_order_are_no_grid() -> None:
    """Tags are written in the order of the tokens, which must be that of the text."""
    turned = Document("a b", [(0, 1, "X")], meta={"tokens": [[2, 3], [0, 1]]})

    with pytest.raises(DataError, match="in order and inside the text, got"):
        io.write([turned], StringIO(), "columns")
