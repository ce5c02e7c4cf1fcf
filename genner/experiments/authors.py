"""Score raw outputs as the paper's five scripts do, to reproduce its numbers and to see where ours differ.

Each side is read on its own, gold as the format writes it, and compared as multisets:

==================  ===========================================================================
bracket             spans over the output without its markup; any label; text before ` | LABEL]`
                    loses its trailing space; a bracket in the source is taken for markup
xml                 spans over the output without the tags of the label set; other tags are text,
                    so an unknown label is never counted; a closing tag drops what it crosses
grouped-json        (text, label) of every list; anything that is not valid JSON is empty
occurrence-json     (text, label, index); one index that is no number empties the whole list
offset-json         (text, label, start, end); the same
==================  ===========================================================================

Where the two texts of an inline format differ, (text, label) takes the place of spans.

Source: the released evaluation scripts (https://github.com/szu-tera/LLMs4NER, `evaluation/`),
described here and written anew.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from genner.evaluation import OutputMatching
from genner.exceptions import DataError, EncodeError, UnknownNameError
from genner.formats import get_codec
from genner.metrics.counts import Counts, Row, sum_counts
from genner.metrics.results import Evaluation
from genner.metrics.settings import Labels, Settings, resolved
from genner.types import Document, Entity
from genner.types.tally import IssueTally

__all__ = ["AUTHORS", "READERS", "authors_row", "evaluate_authors"]

_Found: TypeAlias = tuple[str | None, list[tuple[Any, ...]]]
"""The text without markup (None where a format has none) and the items, label first."""

_MARK = re.compile(r"[\[|]")


def _bracket(output: str, labels: Iterable[str]) -> _Found:
    source = output.strip()
    parts: list[str] = []
    opened: list[int] = []
    found: list[tuple[Any, ...]] = []
    at = size = 0
    last = source.rfind("]")
    mark = _MARK.search(source)
    while mark is not None:
        close = source.find("]", mark.end()) if mark[0] == "|" and mark.end() <= last else -1
        if mark[0] == "|" and close <= mark.end():  # never closed, or without a label: a plain bar
            mark = _MARK.search(source, mark.end())
            continue
        before = source[at : mark.start()]
        parts.append(before if mark[0] == "[" else before.rstrip())
        size += len(parts[-1])
        at = mark.end()
        if mark[0] == "[":
            opened.append(size)
        else:
            label, at = " ".join(source[at:close].split()), close + 1
            start = opened.pop() if opened else size
            if label and start < size:
                found.append((label, start, size))
        mark = _MARK.search(source, at)
    return "".join([*parts, source[at:]]), found


def _xml(output: str, labels: Iterable[str]) -> _Found:
    names = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    if not names:
        raise DataError("the paper's script for xml reads the tags of a label set: give `labels`")
    parts: list[str] = []
    opened: list[tuple[str, int]] = []
    found: list[tuple[Any, ...]] = []
    at = size = 0
    for tag in re.finditer(f"<(/?)({names})>", output):
        parts.append(output[at : tag.start()])
        size += len(parts[-1])
        at = tag.end()
        if not tag[1]:
            opened.append((tag[2], size))
            continue
        place = next((i for i in range(len(opened) - 1, -1, -1) if opened[i][0] == tag[2]), None)
        if place is not None:
            start = opened[place][1]
            del opened[place:]
            if start < size:
                found.append((tag[2], start, size))
    return "".join([*parts, output[at:]]), found


def _loads(output: str, kind: type) -> Any:
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return kind()
    return value if isinstance(value, kind) else kind()


def _grouped(output: str, labels: Iterable[str]) -> _Found:
    groups = _loads(output, dict).items()
    return None, [(label, str(text)) for label, texts in groups if isinstance(texts, list) for text in texts]


def _items(*numbers: str) -> Callable[[str, Iterable[str]], _Found]:
    """Read lists of objects with a text, a label and the given numbers."""

    def read(output: str, labels: Iterable[str]) -> _Found:
        found: list[tuple[Any, ...]] = []
        for item in _loads(output, list):
            values: list[Any] = (
                [item.get(name) for name in ("label", "text", *numbers)] if isinstance(item, dict) else [None]
            )
            if None not in values:
                label, text, *rest = values
                try:
                    found.append((str(label), str(text), *(int(number) for number in rest)))
                except (TypeError, ValueError, OverflowError):
                    return None, []
        return None, found

    return read


READERS: Mapping[str, Callable[[str, Iterable[str]], _Found]] = {
    "bracket": _bracket,
    "xml": _xml,
    "grouped-json": _grouped,
    "occurrence-json": _items("occurrence_index"),
    "offset-json": _items("start", "end"),
}


def authors_row(
    gold: str,
    output: str,
    format: str,
    labels: Iterable[str],
    rename: Callable[[str], str | None] = lambda label: label,
) -> Row:
    """Count one sentence.

    Args:
        gold: the right answer, as the data has it.
        output: what the model wrote.
        format: a name of `READERS`.
        labels: the label set.
        rename: renames the labels that were read; None drops the entity.
    """
    if format not in READERS:
        raise UnknownNameError.of("format", format, READERS)
    names = tuple(labels)
    (text, ours), (other_text, theirs) = READERS[format](gold, names), READERS[format](output, names)
    if text is not None and other_text is not None and text != other_text:
        ours = [(label, text[start:end]) for label, start, end in ours]
        theirs = [(label, other_text[start:end]) for label, start, end in theirs]
    golds, predictions = (
        Counter((new, *item[1:]) for item in side if (new := rename(item[0])) is not None) for side in (ours, theirs)
    )
    sides = [Counter(item[0] for item in one.elements()) for one in (golds, predictions, golds & predictions)]
    return Row({name: Counts(*(side[name] for side in (*sides, sides[2]))) for name in {*sides[0], *sides[1]}})


def evaluate_authors(
    gold: Iterable[str],
    outputs: Iterable[str],
    format: str,
    *,
    labels: Labels = None,
    settings: Settings | None = None,
) -> Evaluation:
    """Score raw outputs as the paper's scripts do.

    Args:
        gold: the right answers as the data has them: the `label` strings of `generated_predictions.jsonl`.
        outputs: what the model wrote, one for each.
        format: a name of `READERS`.
        labels: the label set, which the script for xml needs.
        settings: for `labels`, `label_map`, `depth`, `only`, `zero_division` and `macro`.

    Raises:
        DataError: when there is not one output for each answer, or xml is read without labels.
        UnknownNameError: when the paper has no such format.
    """
    own = resolved({"labels": labels})[0] if settings is None else settings
    rights, written = list(gold), list(outputs)
    if len(rights) != len(written):
        raise DataError(f"expected one output for each answer, got {len(rights)} answers and {len(written)} outputs")
    rename = own.relabel()
    rows = [
        authors_row(right, output, format, own.labels or (), rename)
        for right, output in zip(rights, written, strict=True)
    ]
    ours = replace(own, matching=AUTHORS.name, format=format, grounding="n/a")
    return Evaluation(ours, rows, IssueTally())


def _rows(
    gold: Sequence[Document], rights: Sequence[str] | None, outputs: Sequence[str], format: str, settings: Settings
) -> list[Row]:
    """Count outputs against the right outputs of the data, or against what the data would have for the documents."""
    if rights is not None:
        return list(evaluate_authors(rights, outputs, format, settings=settings).counts)
    written = [_written(document, format) for document in gold]
    counted = evaluate_authors((right for right, _ in written), outputs, format, settings=settings)
    return [_with_missed(row, missed, settings) for row, (_, missed) in zip(counted.counts, written, strict=True)]


def _written(document: Document, format: str) -> tuple[str, tuple[Entity, ...]]:
    """Return the right output as the paper's data has it, and the entities that the format cannot express."""
    codec = get_codec(format, **({"escape": "never"} if format in ("bracket", "xml") else {}))
    kept = list(document.entities)
    while True:
        try:
            written = codec.encode(Document(document.text, kept))
        except EncodeError as error:
            blamed = [entity for entity in kept if entity in error.entities]
            kept.remove((blamed or kept)[-1])
        else:
            return written, tuple((Counter(document.entities) - Counter(kept)).elements())


def _with_missed(row: Row, missed: tuple[Entity, ...], settings: Settings) -> Row:
    """Count gold entities that the right output cannot express as missed."""
    if not missed:
        return row
    rename, counts = settings.relabel(), dict(row)
    for entity in missed:
        label = rename(entity.label)
        if label is not None:
            counts[label] = sum_counts([counts.get(label, Counts()), Counts(gold=1)])
    return Row(counts)


AUTHORS = OutputMatching(
    "authors",
    help="raw outputs, as the paper's scripts count them",
    rows=_rows,
    unused=("duplicates", "unplaced", "grounding"),
)
"""The paper's counting as a matching: the entry point `authors`."""
