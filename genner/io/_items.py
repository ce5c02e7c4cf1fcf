"""One annotation of a JSON record, in any of the forms that tools write, as a `Claim`.

Keys are compared without case, hyphens and underscores: `start_offset`, `startOffset` and
`StartOffset` are one key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from genner.exceptions import DataError
from genner.io._keys import END_KEYS, INNER_KEYS, LABEL_KEYS, MENTION_KEYS, PAIR_KEYS, START_KEYS, fold

__all__ = ["Claim", "End", "Unit", "claims", "is_claim", "looks_like_annotations"]


End = Literal["exclusive", "inclusive"]
Unit = Literal["characters", "tokens"]


@dataclass(slots=True)
class Claim:
    """What one annotation says.

    Args:
        label: its label; an int where the file numbers its classes.
        fragments: start and end of each part, as the file counts them; None where it gives only the text.
        mention: its text by the file.
        unit: what the offsets count, where the keys show it.
        end: whether the last character or token is meant, where the form shows it.
        sentence: the sentence that token offsets are relative to.
        details: whatever else the annotation says.
    """

    label: str | int
    fragments: list[tuple[int, int]] | None = None
    mention: str | None = None
    unit: Unit | None = None
    end: End | None = None
    sentence: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def claims(item: Any, text: str | None = None) -> Iterator[Claim]:
    """Yield what an annotation says: one claim for each of its labels.

    Args:
        item: an object or a list.
        text: the text it is about, to tell a mention from a label where the file gives two strings.

    Raises:
        DataError: for a form that is not known.
    """
    if isinstance(item, Mapping):
        yield from _of_object(item)
    elif isinstance(item, (list, tuple)):
        yield from _of_list(list(item), text)
    else:
        raise _unknown(item)


def _unknown(item: Any) -> DataError:
    return DataError(f"expected [start, end, label] or an object with start, end and label, got {item!r:.80}")


def _is_int(value: Any) -> bool:
    return type(value) is int


def _int(value: Any) -> int | None:
    if _is_int(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return None


def _of_list(item: list[Any], text: str | None) -> Iterator[Claim]:
    ints = [index for index, value in enumerate(item) if _is_int(value)]
    strings = [value for value in item if isinstance(value, str) and value]
    extra = next((value for value in item if isinstance(value, dict)), None)
    pairs = next((value for value in item if _pairs(value) is not None), None)
    if len(ints) >= 2 and ints[1] == ints[0] + 1 and (strings or extra):
        start, end = item[ints[0]], item[ints[1]]
        if extra is not None and not strings:
            yield from claims({**extra, "start": start, "end": end})
            return
        label, mention = _label_first(item, ints[0], strings, text, (start, end))
        scores = [value for value in item if isinstance(value, float)]
        details = ({"score": scores[0]} if scores else {}) | (extra or {})
        yield Claim(label, [(start, end)], mention, details=details)
    elif len(ints) == 3 and len(item) == 3:
        yield Claim(item[2], [(item[0], item[1])])
    elif pairs is not None and strings:
        *names, label = strings if isinstance(item[-1], str) or len(strings) == 1 else strings[:2]
        yield Claim(label, _pairs(pairs), details={"id": names[0]} if names else {})
    elif len(strings) == 2 and len(item) == 2:
        first, second = strings
        if text is not None and second in text and first not in text:
            first, second = second, first
        yield Claim(second, None, first)
    else:
        raise _unknown(item)


def _label_first(
    item: list[Any], at: int, strings: list[str], text: str | None, span: tuple[int, int]
) -> tuple[str, str | None]:
    """Return label and mention of `[start, end, label]`, `[label, start, end]` or either with the mention."""
    if len(strings) == 1:
        return strings[0], None
    shown = None if text is None else text[span[0] : span[1]]
    first, second = strings[:2]
    if second == shown:
        return first, second
    if first == shown:
        return second, first
    return (first, second) if at == 0 else (second, first)


def _pairs(value: Any) -> list[tuple[int, int]] | None:
    """Return fragments from `[s, e]`, `[[s, e], ...]` or `["s;e"]`; None where the value is neither."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if len(value) == 2 and all(map(_is_int, value)):
        return [(value[0], value[1])]
    if all(isinstance(pair, (list, tuple)) and len(pair) == 2 and all(map(_is_int, pair)) for pair in value):
        return [(pair[0], pair[1]) for pair in value]
    if all(isinstance(pair, dict) for pair in value):
        found = [_edges({fold(key): inner for key, inner in pair.items()}) for pair in value]
        if all(edges is not None for edges, _ in found):
            return [edges for edges, _ in found if edges is not None]
    return None


def _edges(folded: Mapping[str, Any]) -> tuple[tuple[int, int] | None, set[str]]:
    """Return start and end of an object, and the keys that gave them."""
    for start_key in START_KEYS:
        start = _int(folded.get(start_key))
        if start is None:
            continue
        end_keys = [key for key in (_partner(start_key), *END_KEYS) if _int(folded.get(key)) is not None]
        if end_keys:
            return (start, int(folded[end_keys[0]])), {start_key, end_keys[0]}
        if _int(folded.get("length")) is not None:
            return (start, start + int(folded["length"])), {start_key, "length"}
    start, length = _int(folded.get("offset")), _int(folded.get("length"))
    if start is not None and length is not None:
        return (start, start + length), {"offset", "length"}
    return None, set()


@cache
def _partner(key: str) -> str:
    """Return the key of an end that goes with one of a start: `tokenend` with `tokenstart`."""
    return {"from": "to", "b": "e", "s": "e"}.get(key, key.replace("start", "end").replace("begin", "end"))


def _of_object(item: Mapping[str, Any]) -> Iterator[Claim]:
    folded = {fold(str(key)): value for key, value in item.items()}
    fragments, used, unit, end = _place(folded)
    label_key, label = _label(folded, used)
    mention_key, mention = _mention(folded, {*used, *([label_key] if label_key else [])})
    if label is None or label == [] or (fragments is None and not mention):
        raise _unknown(dict(item))
    used |= {key for key in (label_key, mention_key) if key is not None}
    details = {key: value for key, value in item.items() if fold(str(key)) not in used and value is not None}
    sentence = next((_int(folded[key]) for key in ("sentid", "sentidx", "sentenceindex") if key in folded), None)
    for one in label if isinstance(label, list) else [label]:
        yield Claim(one, fragments, mention, unit, end, sentence, details)


def _place(folded: dict[str, Any]) -> tuple[list[tuple[int, int]] | None, set[str], Unit | None, End | None]:
    """Return fragments, the keys that gave them, what they count, and whether the end is meant."""
    edges, used = _edges(folded)
    if edges is not None:
        unit: Unit | None = "tokens" if any("token" in key or "word" in key for key in used) else None
        return [edges], used | {"length"}, unit, None
    index = folded.get("index") or folded.get("tokenindices") or folded.get("tokenids")
    if isinstance(index, list) and index and all(map(_is_int, index)):
        return _runs(index), {"index", "tokenindices", "tokenids"}, "tokens", "inclusive"
    for key in ("points", "locations", "charintervals", "fragments", *PAIR_KEYS):
        found = _pairs(folded.get(key))
        if found is not None:
            return found, {key}, "tokens" if "token" in key else None, "inclusive" if key == "points" else None
    starts, ends = folded.get("start") or folded.get("starts"), folded.get("end") or folded.get("ends")
    if isinstance(starts, list) and isinstance(ends, list) and len(starts) == len(ends) and starts:
        found = _pairs([list(pair) for pair in zip(starts, ends, strict=True)])
        if found is not None:
            return found, {"start", "starts", "end", "ends"}, None, None
    inner_keys = [key for key in (*INNER_KEYS, *folded) if isinstance(folded.get(key), Mapping)]
    for key in dict.fromkeys(inner_keys):
        for deeper in _objects(folded[key]):
            edges, _ = _edges(deeper)
            if edges is not None:
                folded.update({name: value for name, value in deeper.items() if name not in folded})
                return [edges], {key, *deeper} - set(LABEL_KEYS) - set(MENTION_KEYS) | {key}, None, None
    return None, {"charinterval"} if folded.get("charinterval", 0) is None else set(), None, None


def _objects(value: Mapping[str, Any], depth: int = 3) -> Iterator[dict[str, Any]]:
    """Yield an object and those inside it, with folded keys, outermost first."""
    yield {fold(str(key)): inner for key, inner in value.items()}
    for inner in value.values():
        if isinstance(inner, Mapping) and depth > 1:
            yield from _objects(inner, depth - 1)


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _label(folded: Mapping[str, Any], used: set[str]) -> tuple[str | None, Any]:
    for key in LABEL_KEYS:
        value = folded.get(key)
        if key in used and key != "labels":
            continue
        if key == "infons" and isinstance(value, Mapping):
            value = value.get("type", value.get("label"))
        if isinstance(value, Mapping):
            value = value.get("name", value.get("label", value.get("value")))
        if isinstance(value, list):
            if value and all(isinstance(one, str) and one for one in value):
                return key, [*value]
            continue
        if (isinstance(value, str) and value) or _is_int(value):
            return key, value
    return None, None


def _mention(folded: Mapping[str, Any], used: set[str]) -> tuple[str | None, str | None]:
    for key in MENTION_KEYS:
        value = folded.get(key)
        if key in used:
            continue
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            value = " ".join(value)
        if isinstance(value, str) and value:
            return key, value
    return None, None


def looks_like_annotations(value: Any) -> bool:
    """Tell whether a value could be a list of annotations: then it must not stay unread in silence."""
    if isinstance(value, Mapping):
        return bool(value) and any(looks_like_annotations(inner) for inner in value.values())
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(item, list) for item in value) and any(value):
        flat = [inner for item in value for inner in item if isinstance(inner, (list, dict))]
        return looks_like_annotations(flat) if flat else any(is_claim(item) for item in value)
    return any(is_claim(item) for item in value)


def is_claim(item: Any) -> bool:
    """Tell whether an item has a place and a name."""
    if isinstance(item, Mapping):
        folded = {fold(str(key)): value for key, value in item.items()}
        return _place(folded)[0] is not None and any(isinstance(value, (str, list)) for value in folded.values())
    if isinstance(item, list):
        numbers = sum(map(_is_int, item))
        return numbers >= 2 and any(isinstance(value, str) for value in item)
    return False
