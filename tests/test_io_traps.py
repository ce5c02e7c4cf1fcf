"""Traps met in real files: each test is one of them."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from genner import io
from genner.exceptions import DataError
from genner.types import Document


def columns(text: str, **options) -> list[Document]:
    return list(io.read(BytesIO(text.encode("utf-8")), "columns", **options))


def texts(documents: list[Document]) -> list[str]:
    return [document.text for document in documents]


@pytest.mark.parametrize("gap", ["\n", "\t\n", " \t \n", "\n\n\n", "\u00a0\n", "\t\t\n"])
def test_a_sentence_break_may_hold_white_space(gap: str) -> None:
    """A line of nothing but white space ends a sentence."""
    assert texts(columns(f"a\tO\n{gap}b\tB-X\n")) == ["a", "b"]


def test_crlf_and_byte_order_mark() -> None:
    """Neither gets into a token or a label."""
    first, second = columns("\ufeffa\tB-X\r\n\r\nb\tO\r\n")

    assert (first.text, first.entities) == ("a", ((0, 1, "X"),))
    assert second.text == "b"


def test_byte_order_mark_before_json() -> None:
    """JSON Lines written on Windows are JSON Lines."""
    assert texts(list(io.read(BytesIO('\ufeff{"text": "a"}\r\n{"text": "b"}\r\n'.encode())))) == ["a", "b"]


def test_a_space_as_a_token() -> None:
    """Between tabs a token may be white space."""
    (document,) = columns("a\tB-X\n \tI-X\n\u3000\tO\n")

    assert document.text == "a   \u3000"
    assert document.entities == ((0, 3, "X"),)


def test_the_token_o() -> None:
    """A token that looks like a tag is a token."""
    (document,) = columns("O O\nB-X B-X\n")

    assert (document.text, document.entities) == ("O B-X", ((2, 5, "X"),))


def test_comments_and_the_token_hash() -> None:
    """A line of `#` is a comment before a sentence unless it is a token with its tag."""
    commented = "#\thttp://example.org [2009-10-17]\n1\tAufgrund\tO\tO\n2\tvon\tB-X\tO\n"
    hashed = "#\tO\nfree\tB-X\n\n# sent_id = s2\nb\tO\n"

    assert texts(columns(commented, token_column=1, tag_column=2)) == ["Aufgrund von"]
    assert [(d.text, d.id) for d in columns(hashed)] == [("# free", None), ("b", "s2")]


def test_nested_entities_in_two_tag_columns() -> None:
    """Several tag columns are layers of nested entities."""
    (document,) = columns("1\tBayern\tB-ORG\tB-LOC\n2\tMünchen\tI-ORG\tB-LOC\n", token_column=1, tag_column=(2, 3))

    assert document.entities == ((0, 14, "ORG"), (0, 6, "LOC"), (7, 14, "LOC"))


def test_tags_that_are_none() -> None:
    """`OO` is an error with its line; `I--ORG` has the label `-ORG` and is reported as an invalid start."""
    report = io.ReadReport()

    with pytest.raises(DataError, match="<stream>:2: expected a tag such as O or B-PER, got 'OO'"):
        columns("a\tO\nb\tOO\n")
    (document,) = columns("a\tB-ORG\nb\tI--ORG\n", report=report)
    assert document.entities == ((0, 1, "ORG"), (2, 3, "-ORG"))
    assert [problem.line for problem in report.problems] == [2]


def test_a_skipped_sentence_costs_no_other() -> None:
    """One bad line costs its sentence, which is counted; the sentences around it stay."""
    report = io.ReadReport()
    lines = b"a\tO\n\nb\tO\nc\n\nd\tO\n\n\xff\tO\ne\tO\n\nf\tO\n"

    found = list(io.read(BytesIO(lines), "columns", on_error="skip", report=report))

    assert texts(found) == ["a", "d", "f"]
    assert [(problem.line, problem.kind) for problem in report.problems] == [(4, "skipped"), (8, "skipped")]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a\nb\n", {}, "the tag column is missing: the lines have one column"),
        ("a\tO\n", {"tag_column": 3}, "tag_column 3 is missing: the lines have 2 column(s) between tabs"),
        ("a O\n", {"token_column": -4}, "token_column -4 is missing: the lines have 2 column(s) between spaces"),
        ("a\tx\tO\nb\tO\nc\tx\tO\n", {}, "<stream>:2: a column is missing: expected 3, got 2"),
        ("a\tO\n\tO\n", {}, "token 2: expected at least one character"),
    ],
)
def test_a_missing_column(text: str, options: dict, message: str) -> None:
    """The error says which column, and what the lines have."""
    with pytest.raises(DataError) as caught:
        columns(text, **options)

    assert message in str(caught.value)


@pytest.mark.parametrize("options", [{"tag_column": 1.5}, {"tag_column": ()}, {"token_column": "0"}, {"separator": ""}])
def test_options_of_a_wrong_type(options: dict) -> None:
    """They are refused before a line is read."""
    with pytest.raises(TypeError, match="expected"):
        columns("a\tO\n", **options)


def test_docstart_lines_are_no_sentences() -> None:
    """Document marks are left out, alone or at the head of a sentence."""
    text = "-DOCSTART- -X- -X- O\n\na NN B-NP B-X\n\n-DOCSTART- -X- -X- O\nb NN B-NP O\n"

    assert texts(columns(text)) == ["a", "b"]


@pytest.mark.parametrize(
    "character", ["\x0c", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "\u00a0", "\u200b", "\u00ad", "\r"]
)
def test_only_newlines_end_lines(character: str) -> None:
    """Whatever else a text or token holds, it stays."""
    token = f"a{character}b"

    assert texts(columns(f"{token}\tB-X\n")) == [token]
    assert texts(list(io.read(BytesIO(json.dumps({"text": token}, ensure_ascii=False).encode() + b"\n"), "jsonl"))) == [
        token
    ]


def brat(tmp_path: Path, text: str, annotations: str) -> Path:
    (tmp_path / "d.txt").write_bytes(text.encode())
    (tmp_path / "d.ann").write_bytes(annotations.encode())
    return tmp_path


def test_an_empty_annotation_file(tmp_path: Path) -> None:
    """It is a document without entities."""
    assert list(io.read(brat(tmp_path, "Nothing.", ""))) == [Document("Nothing.", id="d")]


def test_edges_and_newlines_inside_mentions(tmp_path: Path) -> None:
    """Mentions with spaces at their edges, with a newline inside, or that are one space, keep their places."""
    path = brat(tmp_path, "a b\nc d", "T1\tX 0 2\ta \nT2\tY 2 5\tb c\nT3\tZ 1 2\t \nT4\tW 2 3;4 5\tb c\n")

    (document,) = io.read(path)

    assert document.entities == ((0, 2, "X"), (1, 2, "Z"), (2, 5, "W"), (2, 5, "Y"))
    assert "discontinuous" not in document.meta


def test_crlf_counts_in_stand_off_files(tmp_path: Path) -> None:
    """The text is what the offsets were counted on: no newline is translated."""
    (document,) = io.read(brat(tmp_path, "a\r\nbc", "T1\tX 3 5\tbc\r\n"))

    assert (document.text, document.entities) == ("a\r\nbc", ((3, 5, "X"),))


@pytest.mark.parametrize(("unit", "start"), [("utf16", 3), ("utf8", 5)])
def test_offsets_in_other_units(tmp_path: Path, unit: str, start: int) -> None:
    """Offsets that do not fit the mention are an error that says which unit does; with it they are read."""
    path = brat(tmp_path, "😀 PU.1", f"T1\tX {start} {start + 4}\tPU.1\n")

    with pytest.raises(DataError) as caught:
        list(io.read(path))
    assert caught.value.path == str(path / "d.ann")
    assert caught.value.line == 1
    (document,) = io.read(path, offsets=unit)
    assert document.surface(document.entities[0]) == "PU.1"


def test_the_fitting_unit_is_named(tmp_path: Path) -> None:
    """Where another unit explains the offsets, the error says so."""
    path = brat(tmp_path, "😀 PU.1 binds", "T1\tX 3 7\tPU.1\n")

    with pytest.raises(DataError, match=r"is 'U\.1 ', the annotation says 'PU\.1'; .* read with offsets='utf16'"):
        list(io.read(path))


def test_escapes_counted_as_characters() -> None:
    """Offsets counted on `&apos;` are an error with both texts, no shifted entity."""
    text = "1|t|It's IL-2\n1\t10\t14\tIL-2\tprotein\n"

    with pytest.raises(DataError, match="<stream>:2: "):
        list(io.read(StringIO(text)))


@pytest.mark.parametrize("label", ["その他の組織名", "TIME.date.abs", "MIS1`", "a b", "-X", "B-X"])
def test_labels_that_are_no_xml_names(label: str) -> None:
    """A label is any string; it is kept as it is."""
    (document,) = columns(f"a\tB-{label}\nb\tI-{label}\n")

    assert document.entities == ((0, 3, label),)


def test_half_a_brat_pair(tmp_path: Path) -> None:
    """An annotation file without its text is an error; a text without annotations is reported."""
    (tmp_path / "a.ann").write_text("")
    with pytest.raises(FileNotFoundError, match=r"a\.txt: no such file"):
        list(io.read(tmp_path))

    (tmp_path / "a.txt").write_text("A")
    (tmp_path / "README.txt").write_text("read me")
    report = io.ReadReport()
    assert texts(list(io.read(tmp_path, report=report))) == ["A"]
    assert [Path(problem.path or "").name for problem in report.problems] == ["README.txt"]


def conllu(*rows: str) -> StringIO:
    lines = [row.replace(" ", "\t") if row and row[0] != "#" else row for row in rows]
    return StringIO("\n".join(lines) + "\n\n")


def test_conllu_words_of_a_multiword_token() -> None:
    """Words that add up to their token have its characters; others share them; empty nodes have none."""
    stream = conllu(
        "# text = I'm aux États.",
        "1-2 I'm _ _ _ _ _ _ _ _",
        "1 I _ _ _ _ _ _ _ Entity=(1-person)",
        "2 'm _ _ _ _ _ _ _ _",
        "2.1 _ _ _ _ _ _ _ _ _",
        "3-4 aux _ _ _ _ _ _ _ _",
        "3 à _ _ _ _ _ _ _ _",
        "4 les _ _ _ _ _ _ _ Entity=(2-place",
        "5 États _ _ _ _ _ _ _ Entity=2)|SpaceAfter=No",
        "6 . _ _ _ _ _ _ _ _",
    )

    (document,) = io.read(stream)

    assert document.text == "I'm aux États."
    assert document.entities == ((0, 1, "person"), (4, 13, "place"))
    assert document.meta["tokens"] == [[0, 1], [1, 3], [4, 7], [8, 13], [13, 14]]


def test_conllu_parts_of_one_mention() -> None:
    """`[1/2]` and `[2/2]` are one mention with a gap."""
    report = io.ReadReport()
    rows = ["1 a _ _ _ _ _ _ _ Entity=(1[1/2]-x)", "2 b _ _ _ _ _ _ _ _", "3 c _ _ _ _ _ _ _ Entity=(1[2/2]-x)"]

    (document,) = io.read(conllu(*rows), report=report)

    assert document.entities == ()
    assert document.meta["discontinuous"] == [{"fragments": [[0, 1], [4, 5]], "label": "x", "text": "a ... c"}]
    assert report.set_aside == 1


@pytest.mark.parametrize(
    ("misc", "message"),
    [
        ("Entity=(1-x", "never closed"),
        ("Entity=1)", "never opened"),
        ("Entity=1", "expected brackets"),
        ("Entity=(1)", "GRP-etype"),
    ],
)
def test_conllu_brackets_that_do_not_match(misc: str, message: str) -> None:
    """An unbalanced bracket is an error with its line."""
    with pytest.raises(DataError, match=message) as caught:
        list(io.read(conllu(f"1 a _ _ _ _ _ _ _ {misc}"), "conllu"))

    assert caught.value.line == 1


WEBANNO = """#FORMAT=WebAnno TSV 3.2
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value


#Text=😀 New York-based a
1-1\t0-2\t😀\tX\t_\t_\t
1-2\t3-6\tNew\tX\t*[1]\tLOC[1]\t
1-3\t7-17\tYork-based\tX\t_\t_\t
1-3.1\t7-11\tYork\t_\t*[1]\tLOC[1]\t
1-4\t18-19\ta\tX\t*|*[2]\tOTH\\_x|OTH\\|y[2]\t
"""


def test_webanno_layers_parts_of_tokens_and_escapes() -> None:
    """The named-entity layer is found; parts of tokens count UTF-16 units; escaped characters are unescaped."""
    (document,) = io.read(StringIO(WEBANNO))

    assert document.text == "😀 New York-based a"
    assert [(document.surface(e), e.label) for e in document.entities] == [
        ("New York", "LOC"),
        ("a", "OTH_x"),
        ("a", "OTH|y"),
    ]


def test_webanno_other_layer() -> None:
    """Any span layer will do, by its last part."""
    (document,) = io.read(StringIO(WEBANNO), "webanno", layer="POS")

    assert len(document.entities) == 4
    with pytest.raises(LookupError, match="unknown feature 'valu'; did you mean 'value'"):
        list(io.read(StringIO(WEBANNO), "webanno", feature="valu"))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"tokens": ["a", "b"], "entity_mentions": [{"start": 0, "end": 2, "entity_type": "X"}]}', (0, 3, "X")),
        ('{"tokens": ["a", "b"], "entities": [{"start": 1, "end": 2, "type": "X"}]}', (2, 3, "X")),
        ('{"sentences": [["a"], ["b"]], "ner": [[], [[1, 1, "X"]]]}', (2, 3, "X")),
        ('{"tokenized_text": ["a", "b"], "ner": [[0, 1, "X"]]}', (0, 3, "X")),
        ('{"sentence": ["a", "b"], "ner": [{"index": [0, 1], "type": "X"}]}', (0, 3, "X")),
        ('{"text": "a b", "spans": [{"start": 0, "end": 3, "label": "X"}]}', (0, 3, "X")),
        ('{"text": "a b", "entities": [[2, 3, "X"]]}', (2, 3, "X")),
        ('{"text": "a b", "label": [[2, 3, "X"]]}', (2, 3, "X")),
    ],
)
@pytest.mark.parametrize("array", [False, True], ids=["lines", "array"])
def test_shapes_of_nested_json(record: str, expected: tuple, array: bool) -> None:
    """Each known shape is recognised, alone on a line or in an array."""
    (document,) = io.read(StringIO(f"[\n{record}\n]" if array else record))

    assert (document.text, document.entities) == ("a b", (expected,))


def test_pairs_in_an_array() -> None:
    """spaCy's old training format is an array of pairs."""
    (document,) = io.read(StringIO('[["a b", {"entities": [[2, 3, "X"]]}]]'))

    assert document.entities == ((2, 3, "X"),)


@pytest.mark.parametrize("first", ['{"text": "a", "label": []}', '{"text": "a", "entities": []}'])
def test_a_first_record_without_entities(first: str) -> None:
    """Triples further down are found all the same."""
    key = "label" if "label" in first else "entities"

    assert len(list(io.read(StringIO(first + f'\n{{"text": "a", "{key}": [[0, 1, "X"]]}}\n')))[1].entities) == 1


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ('{"tokens": ["a"], "ner": [[0, 2, "X"]]}', "expected tokens within 0..1"),
        ('{"tokens": ["a"]}', "expected a list of entities"),
        ('{"entities": []}', "expected 'text'"),
        ('{"text": "a", "entities": [[0, "1", "X"]]}', r"expected \[start, end, label\]"),
        ('{"text": "a", "entities": [[0, 2, "X"]]}', "0 <= start < end <= 1"),
        ("3", "expected an object"),
    ],
)
def test_nested_json_that_is_wrong(record: str, message: str) -> None:
    """What is wrong is said in one line."""
    with pytest.raises(DataError, match=message):
        list(io.read(StringIO(record), "nested-json"))
