"""What is odd about a corpus, what each output format would lose of it, and how far two annotators agree.

    report = check(documents, labels="PER,LOC", others={"test": test_documents})
    print(report.to_table())

Nothing here changes a document but `fixed`, which does what it is asked to and counts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from operator import add
from typing import Any, NamedTuple

from genner.exceptions import DataError, GennerError, UnknownNameError
from genner.formats import FORMATS, Labels, get_codec
from genner.labelsets import get_label_set
from genner.parallel import chunks, mapped
from genner.show.tables import Column, Table
from genner.text.words import splits_word
from genner.types import Document, Entity

__all__ = ["FIXES", "KINDS", "Agreement", "CorpusReport", "Finding", "agreement", "check", "fixed", "losses"]

KINDS = {
    "edge_space": "a mention begins or ends with white space",
    "inside_word": "an edge of a mention is inside a word",
    "crossing": "two mentions overlap and neither contains the other",
    "duplicate": "the same span and label twice in a document",
    "two_labels": "two labels on the same span",
    "unknown_label": "a label that is not in the label set",
    "empty_text": "a text of white space alone",
    "same_text": "a text that another document of this corpus has",
    "same_id": "an id that another document of this corpus has",
    "leakage": "a text that is in another split too",
    "control_character": "a control or invisible character in the text",
}
"""Everything that is looked for, in words."""

FIXES = {
    "edge_space": "leave white space at the edges out of mentions",
    "inside_word": "move edges that are inside a word to the edges of the word",
    "duplicate": "leave out the second copy of an entity",
    "empty_text": "leave out documents of white space",
    "same_text": "leave out documents whose text came before",
}
"""What `fixed` can do about it."""

_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


class Finding(NamedTuple):
    """One thing that is odd.

    Args:
        kind: a key of `KINDS`.
        document: its id, or its number.
        detail: what is there.
    """

    kind: str
    document: str
    detail: str


class Loss(NamedTuple):
    """What an output format does to a corpus.

    Args:
        format: its name.
        dropped: entities that it cannot express.
        changed: documents whose clean answer is read as other entities.
        ambiguous: documents whose text holds characters that the format reads as markup where the source is unknown.
    """

    format: str
    dropped: int
    changed: int
    ambiguous: int


@dataclass(slots=True)
class CorpusReport:
    """Statistics of a corpus (those of the paper's Table 2, and more), and what is odd about it.

    Args:
        counts: documents, characters, entities, nested entities and the like, by name.
        labels: how many entities each label has.
        findings: the first `limit` findings of each kind.
        totals: how many there are of each kind.
        losses: what each output format would lose.
    """

    counts: dict[str, int] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    limit: int = 20

    @property
    def ok(self) -> bool:
        """Whether nothing odd was found."""
        return not self.totals

    def add(self, kind: str, document: str, detail: str) -> None:
        """Count a finding, and keep it while there is room.

        Args:
            kind: of the finding.
            document: its id, or its place in words.
            detail: what is odd, for people.
        """
        self.totals[kind] += 1
        if self.totals[kind] <= self.limit:
            self.findings.append(Finding(kind, document, detail))

    def tables(self) -> list[Table]:
        """Return statistics, labels, findings and losses as tables."""
        tables = [Table([Column("statistic"), Column("count", "count")], [*self.counts.items()])]
        tables.append(Table([Column("label"), Column("entities", "count")], self.labels.most_common()))
        if self.totals:
            first = {finding.kind: finding for finding in reversed(self.findings)}
            rows = [
                (kind, self.totals[kind], f"{first[kind].document}: {first[kind].detail}")
                for kind in KINDS
                if self.totals[kind]
            ]
            tables.append(Table([Column("finding"), Column("count", "count"), Column("first")], rows))
        if self.losses:
            columns = [Column("format"), *(Column(name, "count") for name in Loss._fields[1:])]
            tables.append(Table(columns, [tuple(loss) for loss in self.losses]))
        return tables

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "counts": self.counts,
            "labels": dict(self.labels),
            "totals": dict(self.totals),
            "findings": [finding._asdict() for finding in self.findings],
            "losses": [loss._asdict() for loss in self.losses],
        }


def check(
    documents: Iterable[Document],
    *,
    labels: Labels = None,
    others: Mapping[str, Iterable[Document]] | None = None,
    formats: Sequence[str] = FORMATS,
    limit: int = 20,
    workers: int = 1,
) -> CorpusReport:
    """Return the statistics of a corpus, and everything odd about it.

    Args:
        documents: the corpus.
        labels: the label set that its labels should be in.
        others: other splits by name, whose texts should not be in this one.
        formats: the output formats whose losses are counted.
        limit: how many findings of each kind are kept; the totals are exact.
        workers: how many processes try the formats; 1 is this one.
    """
    corpus = list(documents)
    known = get_label_set(labels)
    report = CorpusReport(limit=limit)
    elsewhere = {_folded(document.text): name for name, split in (others or {}).items() for document in split}
    texts: dict[str, str] = {}
    ids: set[str] = set()
    for number, document in enumerate(corpus, 1):
        name = document.id if document.id is not None else f"document {number}"
        for kind, detail in _of_entities(document):
            report.add(kind, name, detail)
        for label in sorted({entity.label for entity in document.entities} - set(known.names if known else ())):
            if known is not None:
                report.add("unknown_label", name, repr(label))
        for kind, detail in _of_text(document, texts, elsewhere):
            report.add(kind, name, detail)
        if document.id is not None and document.id in ids:
            report.add("same_id", name, repr(document.id))
        ids.add(document.id or "")
        texts.setdefault(_folded(document.text), name)
        report.labels.update(entity.label for entity in document.entities)
    report.counts = statistics(corpus)
    report.losses = losses(corpus, formats, workers=workers)
    return report


def statistics(documents: Sequence[Document]) -> dict[str, int]:
    """Return how many documents, characters, words and entities of each kind a corpus has."""
    depths = [_depths(document.entities) for document in documents]
    return {
        "documents": len(documents),
        "without entities": sum(not document.entities for document in documents),
        "characters": sum(len(document.text) for document in documents),
        "words": sum(len(document.text.split()) for document in documents),
        "entities": sum(len(document.entities) for document in documents),
        "labels": len({entity.label for document in documents for entity in document.entities}),
        "nested": sum(depth > 1 for found in depths for depth in found),
        "deepest": max((depth for found in depths for depth in found), default=0),
        "spans with a gap": sum(len(document.meta.get("discontinuous") or ()) for document in documents),
    }


def _depths(entities: Sequence[Entity]) -> list[int]:
    """Return how many entities contain each, itself included; entities come outermost first."""
    found: list[int] = []
    open_: list[Entity] = []
    for entity in entities:
        open_ = [one for one in open_ if one.end > entity.start]
        found.append(1 + sum(one.end >= entity.end for one in open_))
        open_.append(entity)
    return found


def _folded(text: str) -> str:
    return " ".join(text.split())


def _of_text(document: Document, texts: Mapping[str, str], elsewhere: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    folded = _folded(document.text)
    if not folded:
        yield "empty_text", repr(document.text[:40])
        return
    if folded in texts:
        yield "same_text", f"as {texts[folded]}: {folded[:60]!r}"
    if folded in elsewhere:
        yield "leakage", f"in {elsewhere[folded]}: {folded[:60]!r}"
    odd = sorted({one for one in document.text if one in _INVISIBLE or (one < " " and one not in "\t\n\r")})
    if odd:
        yield "control_character", ", ".join(f"U+{ord(one):04X}" for one in odd)


def _of_entities(document: Document) -> Iterator[tuple[str, str]]:
    text, entities = document.text, document.entities
    for entity, copies in Counter(entities).items():
        surface = document.surface(entity)
        shown = f"{surface[:40]!r} {entity.label} at {entity.start}"
        if surface != surface.strip():
            yield "edge_space", shown
        if splits_word(text, entity.start, entity.end):
            yield "inside_word", shown
        for _ in range(copies - 1):
            yield "duplicate", shown
    distinct = sorted(set(entities))
    for one, other in pairwise(distinct):
        if one[:2] == other[:2]:
            yield "two_labels", f"{document.surface(one)[:40]!r}: {one.label}, {other.label}"
    open_: list[Entity] = []
    for entity in distinct:
        open_ = [one for one in open_ if one.end > entity.start]
        for one in open_:
            if one.start < entity.start and one.end < entity.end:
                yield "crossing", f"{document.surface(one)[:30]!r} and {document.surface(entity)[:30]!r}"
        open_.append(entity)


def losses(documents: Sequence[Document], formats: Sequence[str] = FORMATS, *, workers: int = 1) -> list[Loss]:
    """Return what each output format loses when it writes a corpus and reads its own answers.

    Args:
        documents: the corpus.
        formats: names of output formats.
        workers: how many processes share the work; 1 is this one.
    """
    labels = sorted({entity.label for document in documents for entity in document.entities}) or None
    totals = [Loss(name, 0, 0, 0) for name in formats]
    for part in mapped(partial(_losses, formats, labels), chunks(documents), workers):
        totals = [Loss(one[0], *map(add, one[1:], other[1:])) for one, other in zip(totals, part, strict=True)]
    return totals


def _losses(formats: Sequence[str], labels: list[str] | None, documents: Sequence[Document]) -> list[Loss]:
    found = []
    for name in formats:
        codec = get_codec(name)
        dropped, changed, ambiguous = 0, 0, 0
        for document in documents:
            lost: list[Entity] = []
            try:
                answer = codec.encode(document, labels=labels, dropped=lost)
                plain = codec.encode(Document(document.text), labels=labels)
            except GennerError:
                dropped += len(document.entities)
                continue
            dropped += len(lost)
            blind = codec.decode(plain, labels=labels)
            ambiguous += bool(blind.entities) or blind.text not in (None, document.text)
            kept = Counter(document.entities)
            kept.subtract(lost)
            read = codec.decode(answer, document.text, labels=labels)
            changed += set(+kept) != set(read.entities)
        found.append(Loss(name, dropped, changed, ambiguous))
    return found


def fixed(
    documents: Iterable[Document], fixes: Sequence[str], report: Counter[str] | None = None
) -> Iterator[Document]:
    """Yield the documents with what the fixes do.

    Args:
        documents: the corpus.
        fixes: keys of `FIXES`.
        report: receives how often each was needed.

    Raises:
        UnknownNameError: for any other name.
    """
    counted = Counter[str]() if report is None else report
    for name in fixes:
        if name not in FIXES:
            raise UnknownNameError.of("fix", name, FIXES)
    seen: set[str] = set()
    for document in documents:
        folded = _folded(document.text)
        if "empty_text" in fixes and not folded:
            counted["empty_text"] += 1
            continue
        if "same_text" in fixes and folded in seen:
            counted["same_text"] += 1
            continue
        seen.add(folded)
        entities = list(document.entities)
        if "edge_space" in fixes:
            entities = [_trimmed(document.text, entity, counted) for entity in entities]
            entities = [entity for entity in entities if entity.start < entity.end]
        if "inside_word" in fixes:
            entities = [_whole_words(document.text, entity, counted) for entity in entities]
        if "duplicate" in fixes:
            distinct = list(dict.fromkeys(entities))
            counted["duplicate"] += len(entities) - len(distinct)
            entities = distinct
        yield document if entities == list(document.entities) else document.replace(entities=entities)


class _Edges(NamedTuple):
    start: int
    end: int
    label: str


def _trimmed(text: str, entity: Entity, counted: Counter[str]) -> Any:
    surface = text[entity.start : entity.end]
    start = entity.start + len(surface) - len(surface.lstrip())
    end = max(start, entity.end - (len(surface) - len(surface.rstrip())))
    if (start, end) == (entity.start, entity.end):
        return entity
    counted["edge_space"] += 1
    return _Edges(start, end, entity.label)


def _whole_words(text: str, entity: Entity, counted: Counter[str]) -> Any:
    start, end, label = entity.start, entity.end, entity.label
    while splits_word(text, start, len(text)):
        start -= 1
    while splits_word(text, 0, end):
        end += 1
    if (start, end) == (entity.start, entity.end):
        return entity
    counted["inside_word"] += 1
    return _Edges(start, end, label)


class Agreement(NamedTuple):
    """How far two annotators of the same documents agree.

    Args:
        f1: strict F1 of entities; the same whichever of the two is taken as gold.
        precision: of the second annotator by the first.
        recall: of the second annotator by the first.
        kappa: Cohen's kappa over tokens, each with the label of its outermost entity or none (Cohen 1960).
        tokens: how many tokens were compared.
    """

    f1: float
    precision: float
    recall: float
    kappa: float
    tokens: int

    def to_table(self) -> Table:
        """Lay out as one row."""
        columns = [Column("agreement"), *(Column(name, "percent") for name in ("F1", "precision", "recall"))]
        columns += [Column("kappa", "number"), Column("tokens", "count")]
        return Table(columns, [("strict", self.f1, self.precision, self.recall, self.kappa, self.tokens)])


def agreement(first: Sequence[Document], second: Sequence[Document]) -> Agreement:
    """Return how far two annotators of the same documents, in the same order, agree.

    Args:
        first: documents as one person annotated them.
        second: the same documents as another did.

    Raises:
        DataError: when they are about other texts.
    """
    if len(first) != len(second):
        raise DataError(f"expected the same documents, got {len(first)} and {len(second)}")
    right, given, wanted = 0, 0, 0
    pairs: Counter[tuple[str, str]] = Counter()
    for one, other in zip(first, second, strict=True):
        if one.text != other.text:
            raise DataError(f"expected the same text, got {one.text!r:.60} and {other.text!r:.60}")
        right += sum((Counter(one.entities) & Counter(other.entities)).values())
        given, wanted = given + len(other.entities), wanted + len(one.entities)
        pairs.update(zip(_token_labels(one), _token_labels(other), strict=True))
    precision, recall = right / (given or 1), right / (wanted or 1)
    f1 = 2 * right / (given + wanted) if given + wanted else 1.0
    return Agreement(f1, precision, recall, _kappa(pairs), sum(pairs.values()))


def _token_labels(document: Document) -> list[str]:
    """Return the label of the outermost entity of each word; empty where there is none."""
    labels = []
    position = 0
    for word in document.text.split():
        position = document.text.index(word, position)
        end = position + len(word)
        labels.append(next((one.label for one in document.entities if one.start < end and one.end > position), ""))
        position = end
    return labels


def _kappa(pairs: Counter[tuple[str, str]]) -> float:
    total = sum(pairs.values())
    if not total:
        return 1.0
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (one, other), count in pairs.items():
        rows[one] += count
        columns[other] += count
    observed = sum(count for (one, other), count in pairs.items() if one == other) / total
    expected = sum(rows[label] * columns[label] for label in rows) / total**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)
