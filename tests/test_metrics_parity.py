"""Run the scorers people publish with, side by side with genner; where they differ, say who is right and why."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations

import pytest
from metric_cases import LABELS, TEXT, flat, near_copy, random_corpus, random_entities

from genner.evaluation import evaluate
from genner.metrics.tags import evaluate_tags
from genner.types import Document, Entity, Prediction

pytestmark = pytest.mark.extra

SCHEMES = {
    "strict": "StrictEvaluation",
    "boundaries": "ExactEvaluation",
    "partial": "PartialEvaluation",
    "type": "EntityTypeEvaluation",
}


def ours(matching: str, gold: Sequence[Entity], said: Sequence[Entity]) -> float:
    return evaluate([Document(TEXT, gold)], [Prediction(said, text=TEXT)], matching=matching).micro.tp


def nervaluate(matching: str) -> Callable[[Sequence[Entity], Sequence[Entity]], float]:
    """Return its credit (its ends are inclusive) as a function of both lists, in the order they are listed."""
    from nervaluate import entities, strategies

    strategy = getattr(strategies, SCHEMES[matching])()

    def convert(values: Sequence[Entity]) -> list[object]:
        return [entities.Entity(label=e.label, start=e.start, end=e.end - 1) for e in values]

    def credit(gold: Sequence[Entity], said: Sequence[Entity]) -> float:
        result, _ = strategy.evaluate(convert(gold), convert(said), list(LABELS))
        return float(result.correct + 0.5 * result.partial)

    return credit


def answers(matching: str, gold: Sequence[Entity], said: Sequence[Entity]) -> set[float]:
    """Return every credit nervaluate gives, over all orders of both lists."""
    credit = nervaluate(matching)
    return {credit(one, other) for one in set(permutations(gold)) for other in set(permutations(said))}


@pytest.mark.parametrize("matching", SCHEMES)
def test_nervaluate_on_flat_data(matching: str) -> None:
    """Equal wherever its answer does not depend on order; where it does, ours is its highest."""
    rng = random.Random(1)
    settled = 0
    for _ in range(1500):
        gold, said = flat(rng, 12, 3), flat(rng, 12, 3)
        theirs = answers(matching, gold, said)
        settled += len(theirs) == 1

        assert ours(matching, gold, said) == max(theirs)
    assert settled > 1400


@pytest.mark.parametrize("matching", SCHEMES)
def test_nervaluate_on_nested_data(matching: str) -> None:
    """Never below its highest answer, with duplicates and crossing spans; above it where it pairs greedily."""
    rng = random.Random(2)
    settled = higher = 0
    for _ in range(1500):
        gold = random_entities(rng, 3, 8)
        said = random_entities(rng, 3, 8) if rng.random() < 0.5 else near_copy(rng, gold[:2], 8)[:3]
        theirs, mine = answers(matching, gold, said), ours(matching, gold, said)
        settled += len(theirs) == 1
        higher += mine > max(theirs)

        assert mine >= max(theirs)
    assert settled > 1000
    assert higher < 150


def test_nervaluate_depends_on_the_order_of_predictions() -> None:
    """One gold entity, an exact and an overlapping prediction: listed first, the overlap costs the match."""
    gold = [Entity(0, 5, "PER"), Entity(2, 9, "PER")]
    said = [Entity(0, 5, "PER"), Entity(1, 9, "PER")]

    assert answers("strict", gold, said) == {0.0, 1.0}
    assert ours("strict", gold, said) == ours("strict", gold[::-1], said[::-1]) == 1


def random_tags(rng: random.Random, prefixes: str, size: int) -> list[str]:
    drawn = (rng.choice(prefixes) for _ in range(size))
    return ["O" if prefix == "O" else f"{prefix}-{rng.choice(LABELS)}" for prefix in drawn]


def tagged_corpora(prefixes: str, cases: int) -> Iterable[tuple[list[list[str]], list[list[str]]]]:
    """Draw gold and predicted tags, valid or not, of a few sentences, some of them without entities."""
    rng = random.Random(3)
    for _ in range(cases):
        sizes = [rng.randint(1, 9) for _ in range(rng.randint(1, 3))]
        gold = [random_tags(rng, prefixes, size) for size in sizes]
        yield gold, [[rng.choice([tag, *random_tags(rng, prefixes, 1)]) for tag in sentence] for sentence in gold]


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
def test_seqeval_default(average: str) -> None:
    """1,000 cases of BIOES tags, most of them invalid."""
    from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as score

    for gold, said in tagged_corpora("BIOES", 1000):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            precision, recall, f1, _ = score(gold, said, average=average, zero_division=0)
        evaluation = evaluate_tags(gold, said, scheme="conlleval")
        mine = getattr(evaluation, average)
        if not evaluation.labels and average == "macro":
            assert math.isnan(f1)  # its mean of no label divides by nothing, whatever `zero_division` says
            continue

        assert (mine.precision, mine.recall, mine.f1) == pytest.approx((precision, recall, f1))


@pytest.mark.parametrize(
    ("how", "prefixes"), [("IOB2", "BIO"), ("IOE2", "IEO"), ("IOBES", "BIESO"), ("BILOU", "BILUO")]
)
def test_seqeval_strict(how: str, prefixes: str) -> None:
    """1,000 cases for each scheme."""
    from seqeval import scheme
    from seqeval.metrics import classification_report as score

    for gold, said in tagged_corpora(prefixes, 1000):
        mine = evaluate_tags(gold, said, scheme=how)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = score(gold, said, mode="strict", scheme=getattr(scheme, how), output_dict=True)
            except ValueError:  # it fails where neither side has an entity
                assert len(mine.labels) == 0
                continue

        assert set(mine.labels) == set(theirs) - {"micro avg", "macro avg", "weighted avg"}
        for name in mine.labels:
            row = theirs[name]
            assert (mine[name].precision, mine[name].recall, mine[name].f1, mine[name].support) == pytest.approx(
                (row["precision"], row["recall"], row["f1-score"], row["support"])
            )
        if mine.labels:  # else it divides by nothing
            assert mine.macro.f1 == pytest.approx(theirs["macro avg"]["f1-score"])


def test_conlleval() -> None:
    """1,000 cases of IOB tags; counts, because it calls 0/0 precision 1 and 0/0 recall 0."""
    from conlleval import evaluate as score

    for gold, said in tagged_corpora("BIO", 1000):
        lines = []
        for ours_, theirs_ in zip(gold, said, strict=True):
            lines += [f"w {one} {other}" for one, other in zip(ours_, theirs_, strict=True)] + [""]
        result, mine = score(lines), evaluate_tags(gold, said, scheme="conlleval")
        stats = result["overall"]["chunks"]["stats"]

        assert (mine.micro.support, mine.micro.predicted, mine.micro.tp) == (
            stats["gold"],
            stats["pred"],
            stats["correct"],
        )
        for label in mine.labels:
            stats = result["slots"]["chunks"][label]["stats"]
            assert (mine[label].support, mine[label].predicted, mine[label].tp) == (
                stats["gold"], stats["pred"], stats["correct"],
            )  # fmt: skip


def test_lenient_and_strict_readings_part_on_invalid_tags() -> None:
    """Why published numbers differ: a stray `I-PER` is an entity to conlleval and none to strict IOB2."""
    gold = [["B-PER", "I-PER", "O"]]
    said = [["I-PER", "I-PER", "O"]]

    assert evaluate_tags(gold, said, scheme="conlleval").micro.f1 == 1.0
    assert evaluate_tags(gold, said, scheme="conlleval").micro.f1 == 1.0
    assert evaluate_tags(gold, said, scheme="IOB2").micro.f1 == 0.0


def test_spacy_with_overlaps() -> None:
    """1,000 nested documents; it compares sets, so duplicates are ignored on our side too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spacy.scorer import Scorer
        from spacy.tokens import Doc, Span
        from spacy.training import Example
        from spacy.vocab import Vocab
    vocab, rng = Vocab(), random.Random(4)
    words = list("abcdefghijklmnop")

    def doc(entities: Iterable[Entity]) -> object:
        made = Doc(vocab, words=words)
        made.spans["all"] = [Span(made, e.start, e.end, label=e.label) for e in entities]
        return made

    for _ in range(1000):
        gold = random_entities(rng, 5, 14)
        said = near_copy(rng, gold) if rng.random() < 0.6 else random_entities(rng, 5, 14)
        example = Example(doc(said), doc(gold))
        theirs = Scorer.score_spans(
            [example], "all", getter=lambda made, key: made.spans[key], has_annotation=lambda made: True,
            allow_overlap=True,
        )  # fmt: skip
        document = Document("".join(words), gold)
        mine = evaluate([document], [Prediction(said)], duplicates="ignore")

        expected = (theirs["all_p"] or 0.0, theirs["all_r"] or 0.0, theirs["all_f"] or 0.0)
        assert (mine.micro.precision, mine.micro.recall, mine.micro.f1) == pytest.approx(expected)
        for label, row in (theirs["all_per_type"] or {}).items():
            assert (mine[label].precision, mine[label].recall, mine[label].f1) == pytest.approx(
                (row["p"], row["r"], row["f"])
            )


def as_pairs(document: Document, prediction: Prediction) -> list[tuple[str, str]]:
    """Write a strict comparison as classified items: one for each match, miss and false alarm."""
    missed, pairs = list(document.entities), []
    for entity in prediction.entities:
        if entity in missed:
            missed.remove(entity)
            pairs.append((entity.label, entity.label))
        else:
            pairs.append(("none", entity.label))
    pairs += [("none", mention.label) for mention in prediction.unplaced]
    return pairs + [(entity.label, "none") for entity in missed]


def test_scikit_learn_averages() -> None:
    """1,000 corpora of up to three documents, the value of 0/0 being 0, 1 and undefined in turn.

    One case differs: a weighted mean whose weights are all zero (nothing but false alarms of the
    labels that have a ratio).  scikit-learn calls it 0; here it is 0/0, as everywhere.
    """
    from sklearn.metrics import precision_recall_fscore_support as score

    for seed in range(1000):
        zero = (0, 1, None)[seed % 3]
        gold, predicted = random_corpus(seed, seed % 4)
        pairs = [pair for one, other in zip(gold, predicted, strict=True) for pair in as_pairs(one, other)]
        mine = evaluate(gold, predicted, zero_division=zero)
        if not pairs:
            assert (mine.micro.f1, mine.macro.f1, mine.weighted.f1) == (zero, zero, zero)
            continue
        truth, said = zip(*pairs, strict=True)
        for average in ("micro", "macro", "weighted"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = score(
                    truth, said, labels=list(mine.labels), average=average,
                    zero_division=math.nan if zero is None else zero,
                )  # fmt: skip
            row = getattr(mine, average)
            for value, expected in zip((row.precision, row.recall, row.f1), theirs, strict=False):
                if average == "weighted" and (value is None or not row.support):
                    assert value == zero
                else:
                    assert math.isnan(expected) if value is None else value == pytest.approx(expected)
