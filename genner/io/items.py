"""One annotation of a JSON record, in any of the forms that tools write, as a `Claim`.

Keys are compared without case, hyphens and underscores: `start_offset`, `startOffset` and
`StartOffset` are one key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from genner.exceptions import DataError
from genner.io.keys import (
    INNER_KEYS,
    LABEL_KEYS,
    MENTION_KEYS,
    PAIR_KEYS,
    WEAK_LABEL_KEYS,
    edge_of,
    fold,
    other_edge,
)

__all__ = ["Claim", "End", "Unit", "chunked", "claims", "edges", "is_claim", "looks_like_annotations"]


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
        open_end: whether the file gives a start alone, and the end follows from the mention.
        sentence: the sentence that token offsets are relative to.
        details: whatever else the annotation says.
    """

    label: str | int
    fragments: list[tuple[int, int]] | None = None
    mention: str | None = None
    unit: Unit | None = None
    end: End | None = None
    open_end: bool = False
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
    inside = [text is not None and one in text for one in (first, second)]
    if inside[0] != inside[1]:  # offsets of tokens
        return (second, first) if inside[0] else (first, second)
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
        found = [edges({fold(key): inner for key, inner in pair.items()}) for pair in value]
        if all(edge is not None for edge, _ in found):
            return [edge for edge, _ in found if edge is not None]
    return None


def edges(folded: Mapping[str, Any]) -> tuple[tuple[int, int] | None, set[str]]:
    """Return start and end of an object, and the keys that gave them."""
    starts = [key for key in folded if edge_of(key) == "start" and _int(folded[key]) is not None]
    ends = [key for key in folded if edge_of(key) == "end" and _int(folded[key]) is not None]
    for start_key in sorted(starts, key=_counts_tokens):
        start = _int(folded[start_key])
        assert start is not None
        partner = other_edge(start_key)
        end_key = partner if partner in ends else next(iter(sorted(ends, key=_counts_tokens)), None)
        if end_key is not None:
            return (start, int(folded[end_key])), {start_key, end_key}
        if _int(folded.get("length")) is not None:
            return (start, start + int(folded["length"])), {start_key, "length"}
    start, length = _int(folded.get("offset")), _int(folded.get("length"))
    if start is not None and length is not None:
        return (start, start + length), {"offset", "length"}
    return None, set()


def _counts_tokens(key: str) -> bool:
    return "tok" in key or "word" in key


def _of_object(item: Mapping[str, Any]) -> Iterator[Claim]:
    folded = {fold(str(key)): value for key, value in item.items()}
    fragments, used, unit, end = _place(folded)
    label_key, label = _label(folded, used)
    mention_key, mention = _mention(folded, {*used, *([label_key] if label_key else [])})
    inner = [] if fragments is not None or label is None else _inner_mentions(item)
    for one in inner:  # an entity with the list of its mentions
        yield from _of_object({**one, "label": label})
    if inner:
        return
    open_end = fragments is None and bool(mention)
    if open_end:
        fragments = _from_start(folded, mention or "", used)
    if label is None or label == [] or (fragments is None and not mention):
        raise _unknown(dict(item))
    used |= {key for key in (label_key, mention_key) if key is not None}
    details = {key: value for key, value in item.items() if fold(str(key)) not in used and value is not None}
    sentence = next((_int(folded[key]) for key in ("sentid", "sentidx", "sentenceindex") if key in folded), None)
    for one in label if isinstance(label, list) else [label]:
        yield Claim(one, fragments, mention, unit, end, open_end, sentence, details)


def _inner_mentions(item: Mapping[str, Any]) -> list[Any]:
    """Return the places of an object that has none itself and lists them: `{"type", "mentions": [{"location"}]}`."""
    for value in item.values():
        if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            folded = [{fold(str(key)): inner for key, inner in one.items()} for one in value]
            if all(_place(one)[0] is not None or _starts(one) for one in folded):
                return [{**one, **deeper} for one in value for deeper in [_flat(one)]]
    return []


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: inner for value in item.values() if isinstance(value, Mapping) for key, inner in value.items()}


def _starts(folded: Mapping[str, Any]) -> list[str]:
    """Return the keys of starts without ends, in an object and those inside it."""
    return [key for deeper in _objects(folded, 2) for key in deeper if edge_of(key) == "start" or key == "offset"]


def _from_start(folded: Mapping[str, Any], mention: str, used: set[str]) -> list[tuple[int, int]] | None:
    """Return the place of a mention whose start alone is given."""
    for key in folded:
        start = _int(folded[key]) if edge_of(key) == "start" or key == "offset" else None
        if start is not None:
            used.add(key)
            return [(start, start + len(mention))]
    return None


def _place(folded: dict[str, Any]) -> tuple[list[tuple[int, int]] | None, set[str], Unit | None, End | None]:
    """Return fragments, the keys that gave them, what they count, and whether the end is meant."""
    found, used = edges(folded)
    if found is not None:
        unit: Unit | None = "tokens" if any("token" in key or "word" in key for key in used) else None
        return [found], used | {"length"}, unit, None
    index = folded.get("index") or folded.get("tokenindices") or folded.get("tokenids")
    if isinstance(index, list) and index and all(map(_is_int, index)):
        return _runs(index), {"index", "tokenindices", "tokenids"}, "tokens", "inclusive"
    for key in ("points", "locations", "charintervals", "fragments", *PAIR_KEYS):
        pairs = _pairs(folded.get(key))
        if pairs is not None:
            return pairs, {key}, "tokens" if "token" in key else None, "inclusive" if key == "points" else None
    starts, ends = folded.get("start") or folded.get("starts"), folded.get("end") or folded.get("ends")
    if isinstance(starts, list) and isinstance(ends, list) and len(starts) == len(ends) and starts:
        pairs = _pairs([list(pair) for pair in zip(starts, ends, strict=True)])
        if pairs is not None:
            return pairs, {"start", "starts", "end", "ends"}, None, None
    inner_keys = [key for key in (*INNER_KEYS, *folded) if isinstance(folded.get(key), Mapping)]
    for key in dict.fromkeys(inner_keys):
        for deeper in _objects(folded[key]):
            found, _ = edges(deeper)
            if found is not None:
                folded.update({name: value for name, value in deeper.items() if name not in folded})
                return [found], {key, *deeper} - set(LABEL_KEYS) - set(MENTION_KEYS) | {key}, None, None
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


_LABEL = re.compile(
    r"(?:entity|ner?|span|named|predicted|pred|gold)*(?:label|type|tag|class|category|group)s?(?:name)?"
)
"""Keys of labels that no tool is known for."""


def _label(folded: Mapping[str, Any], used: set[str]) -> tuple[str | None, Any]:
    for key in (*LABEL_KEYS, *filter(_LABEL.fullmatch, folded), *WEAK_LABEL_KEYS):
        value = folded.get(key)
        if key in used and key != "labels":
            continue
        if key == "infons" and isinstance(value, Mapping):
            value = value.get("type", value.get("label"))
        if isinstance(value, list):
            names = [_name(one) for one in value]
            if names and all(isinstance(one, str) and one for one in names):
                return key, names
            continue
        value = _name(value)
        if (isinstance(value, str) and value) or _is_int(value):
            return key, value
    return None, None


def _name(value: Any) -> Any:
    """Return the label inside an object, as `{"value": "PER", "confidence": 0.9}` has it; others as they are."""
    return value.get("name", value.get("label", value.get("value"))) if isinstance(value, Mapping) else value


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


def chunked(found: list[Claim]) -> list[Claim]:
    """Join claims that are tags of tokens, as token classification gives them: `B-PER` and the `I-PER` after it."""
    tags = [claim.label.partition("-") for claim in found if isinstance(claim.label, str) and claim.fragments]
    if len(tags) != len(found) or not all(letter in _LETTERS and dash and label for letter, dash, label in tags):
        return found
    made: list[Claim] = []
    for (letter, _, label), claim in zip(tags, found, strict=True):
        (start, end), last = (claim.fragments or [(0, 0)])[0], made[-1] if made else None
        place = last.fragments[0] if last is not None and last.fragments else (0, 0)
        if last is not None and letter in "IELM" and last.label == label and 0 <= start - place[1] <= 1:
            last.fragments = [(place[0], end)]
        else:  # the text of a token may be a piece of a word
            made.append(replace(claim, label=label, fragments=[(start, end)], mention=None, details={}))
    return made


_LETTERS = frozenset("BIELSUM")


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
    if isinstance(item, (str, int, float)):
        return False
    if isinstance(item, Mapping):
        folded = {fold(str(key)): value for key, value in item.items()}
        return _place(folded)[0] is not None and any(isinstance(value, (str, list)) for value in folded.values())
    if isinstance(item, list):
        numbers = sum(map(_is_int, item))
        return numbers >= 2 and any(isinstance(value, str) for value in item)
    return False
