"""Which output is about which document: by id, by text or by order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genner.exceptions import DataError
from genner.types import Document, Entity

if TYPE_CHECKING:
    from genner.study.outputs import Output

__all__ = ["details_of", "letters", "match", "moved", "pair"]


def match(gold: Sequence[Document], outputs: Iterable[Output]) -> list[Output]:
    """Return one output for each gold document; see `pair`.

    Args:
        gold: the documents.
        outputs: in any order where they have ids.
    """
    return [output for output in pair(gold, outputs)[0] if output is not None]


def pair(
    gold: Sequence[Document], outputs: Iterable[Output], *, bad_gold: Sequence[int] = (), bad: Sequence[int] = ()
) -> tuple[list[Output | None], str]:
    """Return one output for each gold document, and in words how they were paired.

    Both sides are paired by id where each has its own; else by text where all outputs know it and no two
    documents share it; else by order.

    Args:
        gold: the documents.
        outputs: in any order where they have ids or texts.
        bad_gold: positions, among all records of the gold file, of those that were left out as bad.
        bad: the same of the outputs: documents whose output may be one of them get None.

    Raises:
        DataError: when an output is missing, left over, given twice, or about another document.
    """
    outputs = list(outputs)
    wanted = [document.id for document in gold]
    have_ids = all(output.id is not None for output in outputs)
    unique = None not in wanted and len(set(wanted)) == len(wanted)
    texts = [letters(document.text) for document in gold]
    given = [None if output.text is None else letters(output.text) for output in outputs]
    by_text = None not in given and len(set(texts)) == len(texts) and set(given) & set(texts)
    lacking = {"may_lack_gold": bool(bad_gold), "may_lack_output": bool(bad)}
    if have_ids and unique and not (by_text and not {output.id for output in outputs} & set(wanted)):
        return _by_key(wanted, [output.id for output in outputs], outputs, "id", **lacking), "by id"
    apart = have_ids and unique  # the ids are of two systems
    if by_text and (given != texts or apart) and (len(outputs) != len(gold) or set(given) == set(texts)):
        return _by_key(texts, given, outputs, "text", **lacking), "by text"
    documents, answers = _spread(gold, bad_gold), _spread(outputs, bad)
    if len(documents) != len(answers):
        raise DataError(f"expected {len(documents)} outputs, one for each document, got {len(answers)}")
    made = [answer for document, answer in zip(documents, answers, strict=True) if document is not None]
    for document, output in zip(gold, made, strict=True):
        if output is not None and document.id is not None and output.id is not None and document.id != output.id:
            raise output.error(f"expected the output for document {document.id!r}, got the one for {output.id!r}")
    return made, "by order"


def _spread(items: Sequence[Any], bad: Sequence[int]) -> list[Any]:
    """Return items with None where a record was left out."""
    made = [*items]
    for position in bad:
        made.insert(position, None)
    return made


def letters(text: str) -> str:
    """Return a text without its white space, which tokenizing changes.

    Args:
        text: the characters.
    """
    return "".join(text.split())


def _by_key(
    wanted: Sequence[str | None],
    given: Sequence[str | None],
    outputs: Sequence[Output],
    key: str,
    *,
    may_lack_gold: bool,
    may_lack_output: bool,
) -> list[Output | None]:
    known = set(wanted)
    found: dict[str | None, Output] = {}
    for name, output in zip(given, outputs, strict=True):
        shown = output.id if key == "id" else output.text
        if name not in known and may_lack_gold:
            continue
        if name not in known:
            raise output.error(f"no gold document has the {key} {shown!r:.60}")
        if name in found:
            first = f"; the first is on line {found[name].line}" if found[name].line is not None else ""
            raise output.error(f"a second output for document {shown!r:.60}{first}")
        found[name] = output
    missing = [name for name in wanted if name not in found]
    if missing and not may_lack_output:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise DataError(f"no output for document {missing[0]!r:.60}{more}", path=outputs[0].path if outputs else None)
    return [found.get(name) for name in wanted]


def moved(document: Document, text: str) -> Document | None:
    """Return a document over a text that differs in white space alone; None where it differs in more.

    An entity keeps its letters; white space at its edges is not part of it.
    """
    places = [index for index, character in enumerate(text) if not character.isspace()]
    if letters(document.text) != letters(text):
        return None
    before = 0
    counts = [before := before + (not character.isspace()) for character in document.text]
    entities: dict[Entity, Entity] = {}
    for start, end, label in document.entities:
        first, last = counts[start] - (not document.text[start].isspace()), counts[end - 1]
        if first < last:
            entities[Entity(start, end, label)] = Entity(places[first], places[last - 1] + 1, label)
    details = [
        {"details": value, **entities[entity].to_dict()}
        for entity, value in details_of(document).items()
        if entity in entities
    ]
    meta = {"unplaced": document.meta.get("unplaced", ()), "details": details}
    return Document(text, [entities[one] for one in document.entities if one in entities], id=document.id, meta=meta)


def details_of(document: Document) -> dict[Entity, Any]:
    """Return what else a document knows of its entities, as a `Prediction` has it."""
    found: dict[Entity, Any] = {}
    for one in document.meta.get("details") or ():
        if isinstance(one, Mapping) and {"start", "end", "label"} <= one.keys():
            more = {key: value for key, value in one.items() if key not in ("start", "end", "label")}
            entity = Entity(one["start"], one["end"], one["label"])
            found[entity] = more["details"] if more.keys() == {"details"} else more
    return {entity: found[entity] for entity in document.entities if entity in found}
