"""The memory baseline against a slow obvious twin, and the rules its docstring promises."""

from __future__ import annotations

import json
import pickle
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import genner
from genner.cli import main
from genner.exceptions import DataError
from genner.lexicon import Lexicon, Memory
from genner.types import Document, Entity

ALPHABET = "ab -(日ก\u0301é"


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(ALPHABET, min_size=1, max_size=24))
    cuts = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(cuts, cuts, st.sampled_from("XYZ")), max_size=6))
    return Document(text, [(min(a, b), max(a, b), label) for a, b, label in spans if a != b])


corpora = st.lists(documents(), min_size=1, max_size=6)
texts = st.text(ALPHABET, max_size=30)


def is_letter(character: str) -> bool:
    return character in "abé\u0301"


def boundary(text: str, position: int) -> bool:
    """The word rule of the docstring for this alphabet, one position at a time."""
    if position in (0, len(text)):
        return True
    before, after = text[position - 1], text[position]
    if after == "\u0301":
        return False
    if is_letter(before) and is_letter(after):
        base = text[:position].rstrip("\u0301")
        return before == "\u0301" and not (base and is_letter(base[-1])) and not starts_word(text, position - 1)
    if before == "-" and is_letter(after):
        return not (position >= 2 and is_word_end(text, position - 2))
    if after == "-" and is_word_end(text, position - 1):
        return not (position + 1 < len(text) and text[position + 1] in "abé")
    return True


def starts_word(text: str, position: int) -> bool:
    """A mark at the very start of the text has no base, and begins a word."""
    return not text[:position].rstrip("\u0301")


def is_word_end(text: str, position: int) -> bool:
    """Tell whether the character at `position` is part of a word of letters, not a mark on something else."""
    base = text[: position + 1].rstrip("\u0301")
    return is_letter(text[position]) and (not base or is_letter(base[-1]))


def slow(lexicon: Lexicon, text: str) -> set[tuple[int, int, str]]:
    """Try every span, longest first at every start."""
    taken: list[tuple[int, int]] = []
    found = set()
    for start in range(len(text)):
        for end in range(len(text), start, -1):
            memory = lexicon.strings.get(text[start:end])
            if memory is None:
                continue
            free_start = 2 * memory.inside_start >= memory.mentions
            free_end = 2 * memory.inside_end >= memory.mentions
            if not ((boundary(text, start) or free_start) and (boundary(text, end) or free_end)):
                continue
            touching = [(s, e) for s, e in taken if s < end and start < e]
            if lexicon.nested:
                if any(s < start < e < end or start < s < end < e for s, e in touching):
                    continue
            elif touching:
                continue
            taken.append((start, end))
            ranked = sorted(memory.labels, key=lambda label: (-memory.labels[label], label))
            found |= {
                (start, end, label)
                for label in ranked
                if label == ranked[0] or (lexicon.nested and 2 * memory.labels[label] >= memory.mentions)
            }
    return found


@given(corpora, texts, st.booleans())
@example([Document("a-\u0301a", [(0, 1, "X")])], "", False)
def test_prediction_equals_the_slow_search(corpus: list[Document], text: str, nested: bool) -> None:
    """The automaton finds what trying every span finds."""
    lexicon = Lexicon.fit(corpus, nested=nested)

    for probe in (text, *(document.text for document in corpus)):
        assert set(lexicon.predict(probe)) == slow(lexicon, probe)


@given(corpora, texts, st.booleans())
def test_prediction_is_canonical_remembered_and_well_formed(corpus: list[Document], text: str, nested: bool) -> None:
    """Every predicted string is remembered; flat spans never touch, nested ones never cross."""
    lexicon = Lexicon.fit(corpus, nested=nested)
    predicted = lexicon.predict(text)

    assert Document(text, predicted).entities == predicted
    assert len(set(predicted)) == len(predicted)
    assert all(text[entity.start : entity.end] in lexicon.strings for entity in predicted)
    pairs = [(a, b) for a in predicted for b in predicted if a != b]
    assert not any(a.crosses(b) if nested else a.overlaps(b) for a, b in pairs)


@given(corpora, st.booleans())
def test_order_of_training_documents_does_not_matter(corpus: list[Document], nested: bool) -> None:
    """Counts have no order."""
    assert Lexicon.fit(corpus, nested=nested) == Lexicon.fit(corpus[::-1], nested=nested)


@given(corpora, st.booleans())
def test_json_and_pickle_round_trip(corpus: list[Document], nested: bool) -> None:
    """A lexicon comes back equal, and predicts the same."""
    lexicon = Lexicon.fit(corpus, nested=nested)

    for copy in (Lexicon.from_json(lexicon.to_json()), pickle.loads(pickle.dumps(lexicon))):
        assert copy == lexicon
        assert copy.predict(corpus[0].text) == lexicon.predict(corpus[0].text)


def fit(*examples: tuple[str, str, str], **options: object) -> Lexicon:
    """Train on `(text, string, label)`: the first place of the string is the entity."""
    documents = [Document(t, [(t.index(s), t.index(s) + len(s), label)]) for t, s, label in examples]
    return Lexicon.fit(documents, **options)  # type: ignore[arg-type]


def test_longest_string_wins() -> None:
    """`New York Times` is not `New York`."""
    lexicon = fit(("New York", "New York", "LOC"), ("New York Times", "New York Times", "ORG"))

    assert lexicon.predict("New York Times of New York") == (Entity(0, 14, "ORG"), Entity(18, 26, "LOC"))


def test_most_frequent_label_wins_and_ties_go_to_the_first_in_the_alphabet() -> None:
    """Two ORG beat one LOC; one each is LOC."""
    orgs = [("Jordan", "Jordan", "ORG")] * 2

    assert fit(*orgs, ("Jordan", "Jordan", "LOC")).predict("Jordan") == (Entity(0, 6, "ORG"),)
    assert fit(orgs[0], ("Jordan", "Jordan", "LOC")).predict("Jordan") == (Entity(0, 6, "LOC"),)


def test_unambiguous_keeps_strings_of_one_label() -> None:
    """The shared task's own rule."""
    lexicon = fit(("Jordan", "Jordan", "ORG"), ("Jordan", "Jordan", "LOC"), ("Oslo", "Oslo", "LOC"), unambiguous=True)

    assert lexicon.predict("Jordan in Oslo") == (Entity(10, 14, "LOC"),)


def test_min_share_forgets_strings_that_are_seldom_entities() -> None:
    """`May` is a person once in three places on word boundaries; `Mayor` is no place of it."""
    examples = [("May left in May , not May ; Mayor", "May", "PER")]

    assert fit(*examples, min_share=0.3).predict("May") == (Entity(0, 3, "PER"),)
    assert fit(*examples, min_share=0.4).predict("May") == ()


def test_nested_takes_inner_strings_and_all_labels_that_half_of_the_mentions_carry() -> None:
    """The paper's own sentence, trained and found again."""
    text = "This is the first demonstration of a specific interaction with PU.1 on a myeloid PU.1 binding site."
    gold = [(63, 67, "protein"), (73, 98, "DNA"), (81, 98, "DNA"), (81, 85, "protein"), (63, 67, "gene")]
    document = Document(text, [*gold, (81, 85, "gene")])

    assert Lexicon.fit([document], nested=True).predict(text) == document.entities
    assert Lexicon.fit([document]).predict(text) == (Entity(63, 67, "gene"), Entity(73, 98, "DNA"))


def test_nested_drops_what_would_cross() -> None:
    """Of two crossing strings the one that starts first stays."""
    lexicon = fit(("a b", "a b", "X"), ("b c", "b c", "Y"), ("c", "c", "Z"), nested=True)

    assert lexicon.predict("a b c") == (Entity(0, 3, "X"), Entity(4, 5, "Z"))


@pytest.mark.parametrize(
    ("trained", "string", "text", "count"),
    [
        ("Ann left", "Ann", "Anna, Ann's, (Ann)", 2),
        ("c-fos gene", "c-fos", "c-fos-induced c-fos/jun", 1),
        ("東京は", "東京", "新東京都", 1),
        ("한국은 큰", "한국", "한국은 한국", 2),
        ("한국 한", "한국", "한국은 한국", 1),
        ("เม อ", "เม", "เมือง", 0),
        ("a ก b", "ก", "กก ก\u0e34", 2),
        ("cafe x", "cafe", "cafe\u0301 cafe", 1),
    ],
)
def test_word_boundaries(trained: str, string: str, text: str, count: int) -> None:
    """Words hold together, scripts without spaces do not, and training can show otherwise."""
    assert len(fit((trained, string, "X")).predict(text)) == count


def test_white_space_is_not_remembered() -> None:
    """An annotation of one space, as real files hold, would match everywhere."""
    assert Lexicon.fit([Document("a b", [(1, 2, "X"), (0, 1, "Y")])]).strings.keys() == {"a"}


def test_empty_training_predicts_nothing() -> None:
    """No memory, no prediction."""
    assert Lexicon.fit([]).predict("anything") == ()
    assert Lexicon.fit([Document("x")]).predict("") == ()


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        '{"nested": false, "strings": {"": {"labels": {"X": 1}, "mentions": 1, "inside_start": 0, "inside_end": 0}}}',
        '{"nested": false, "strings": {"a": {"labels": {}, "mentions": 1, "inside_start": 0, "inside_end": 0}}}',
        '{"nested": false, "strings": {"a": {"labels": {"X": 0}, "mentions": 1, "inside_start": 0, "inside_end": 0}}}',
    ],
)
def test_broken_json_is_a_data_error(value: str) -> None:
    """What could not have been written is not read."""
    with pytest.raises(DataError):
        Lexicon.from_json(value)


def test_bad_arguments_are_told() -> None:
    """One clear error each."""
    with pytest.raises(DataError, match="min_share: expected a number from 0 to 1, got 2"):
        Lexicon.fit([], min_share=2)
    with pytest.raises(TypeError, match="text: expected a str, got int"):
        Lexicon.fit([]).predict(5)  # type: ignore[arg-type]


def test_time_is_linear_where_a_trie_walk_is_quadratic() -> None:
    """A remembered string of n characters that almost matches everywhere in a text of n characters."""

    def seconds(size: int) -> float:
        lexicon = Lexicon({"a " * size + "b": Memory({"X": 1}, 1), "a": Memory({"Y": 1}, 1)}, nested=True)
        start = time.perf_counter()
        lexicon.predict("a " * (size - 1) + "c")
        return time.perf_counter() - start

    small, large = (min(seconds(size) for _ in range(3)) for size in (2_000, 32_000))

    assert large < 16 * 6 * small  # quadratic would be 256 times


@pytest.mark.extra
def test_a_lexicon_answers_as_a_model_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--model lexicon:FILE` writes the strings of training documents, in the format and with the labels asked for."""
    monkeypatch.chdir(tmp_path)
    trained = Document("Bank of Rome, Rome", [(0, 12, "ORG"), (8, 12, "LOC"), (14, 18, "LOC")])
    genner.write([trained], "train.jsonl")
    genner.write([Document("Ann left Rome for the Bank of Rome.", id="a"), Document("Nobody.", id="b")], "test.jsonl")
    how = ["predict", "test.jsonl", "--model", "lexicon:train.jsonl", "--format", "bracket", "--output"]
    assert main([*how, "all.jsonl", "--labels", "ORG,LOC"]) == 0
    assert main([*how, "org.jsonl", "--labels", "ORG"]) == 0

    answers = {
        name: [json.loads(line)["output"] for line in (tmp_path / name).read_text().splitlines()]
        for name in ("all.jsonl", "org.jsonl")
    }
    assert answers == {
        "all.jsonl": ["Ann left [Rome | LOC] for the [Bank of [Rome | LOC] | ORG].", "Nobody."],
        "org.jsonl": ["Ann left Rome for the [Bank of Rome | ORG].", "Nobody."],
    }
    (flat,) = genner.extract("Bank of Rome", "ORG,LOC", "lexicon:train.jsonl", nested=False)
    assert flat.entities == (Entity(0, 12, "ORG"),)


@pytest.mark.extra
def test_a_lexicon_that_cannot_answer_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Training documents with other labels, a file that is absent, and options of servers are refused."""
    monkeypatch.chdir(tmp_path)
    genner.write([Document("Rome", [(0, 4, "LOC")])], "train.jsonl")
    for name, message in [("train.jsonl", "expected entities of PER, got LOC"), ("no.jsonl", "no.jsonl")]:
        asked = ["extract", "--text", "Rome", "--labels", "PER", "--model", f"lexicon:{name}"]
        assert main(asked) == 2
        assert message in capfd.readouterr().err
    with pytest.raises(DataError, match="temperature: a lexicon has no such option"):
        genner.extract("Rome", "LOC", "lexicon:train.jsonl", temperature=1.0)
