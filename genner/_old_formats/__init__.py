"""The five output formats: what a model is asked to write, and what its answer says.

    get_codec("bracket").encode(document)     document -> what the model should write
    get_codec("bracket").decode(output, text) what the model wrote -> entities over the text

A format is one file and one line in `_CODECS`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from genner._old_formats._codec import BaseCodec, Codec, Grounding, Labels
from genner._old_formats.bracket import BracketCodec
from genner._old_formats.grouped_json import GroupedJsonCodec
from genner._old_formats.occurrence_json import OccurrenceJsonCodec
from genner._old_formats.offset_json import OffsetJsonCodec
from genner._old_formats.xml import XmlCodec
from genner.exceptions import UnknownNameError
from genner.types import Document, Entity, Prediction

__all__ = ["FORMATS", "Codec", "Grounding", "Labels", "convert", "decode", "encode", "get_codec"]

_CODECS: dict[str, type[BaseCodec]] = {
    codec.name: codec for codec in (BracketCodec, XmlCodec, GroupedJsonCodec, OccurrenceJsonCodec, OffsetJsonCodec)
}

FORMATS: tuple[str, ...] = tuple(_CODECS)
"""Names of the formats, in the order of the paper's Table 1."""


@lru_cache(maxsize=256)
def _make(name: str, options: tuple[tuple[str, Any], ...]) -> BaseCodec:
    return _CODECS[name](**dict(options))


def get_codec(name: str, **options: Any) -> BaseCodec:
    """Return the codec of a format.

    Args:
        name: one of `FORMATS`.
        options: `order`, `grounding`, `strict`; `escape` of the inline formats; `ensure_ascii` of
            the JSON formats.

    Raises:
        UnknownNameError: offering the closest known name.
    """
    if name not in _CODECS:
        raise UnknownNameError.of("format", name, FORMATS)
    known = _CODECS[name].__dataclass_fields__
    for option in options:
        if option not in known:
            raise UnknownNameError.of(f"option of {name}", option, known)
    try:
        return _make(name, tuple(sorted(options.items())))
    except TypeError:  # a value without a hash: let the codec say what is wrong with it
        return _CODECS[name](**options)


def encode(document: Document, format: str, *, labels: Labels = None, **options: Any) -> str:
    """Write what a model should answer for `document`.

    >>> encode(Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")]), "bracket")
    '[Ann | PER] left [Rome | LOC]'

    """
    return get_codec(format, **options).encode(document, labels=labels)


def decode(output: str, text: str | None = None, *, format: str, labels: Labels = None, **options: Any) -> Prediction:
    """Read what a model answered about `text`.

    >>> decode("<PER>Ann</PER> left Rome", "Ann left Rome", format="xml").entities
    (Entity(0, 3, 'PER'),)

    """
    return get_codec(format, **options).decode(output, text, labels=labels)


def convert(
    output: str,
    source: str,
    target: str,
    *,
    text: str | None = None,
    labels: Labels = None,
    dropped: list[Entity] | None = None,
) -> str:
    """Rewrite an answer from one format into another.

    Args:
        output: an answer in the format `source`.
        target: the format to write.
        text: the source text; inline answers can be read without it.
        dropped: see `BaseCodec.encode`.

    Raises:
        DataError: when the answer has no text and none is given.
        EncodeError: when the target format cannot say what the answer says.
    """
    prediction = get_codec(source).decode(output, text, labels=labels)
    return get_codec(target).encode(prediction.to_document(), labels=labels, dropped=dropped)
