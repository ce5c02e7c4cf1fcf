"""Output formats: what a model is asked to write, and what its answer says.

    encode(document, "bracket")               document -> what the model should write
    decode(output, text, "bracket")           what the model wrote -> entities over the text

Wherever a format is asked for, its name or the format itself will do; `formats` lists the names.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Literal

from typing_extensions import TypedDict, Unpack

from genner.formats.capabilities import CanGrammar, CanGuide, CanStream, HasWording, require
from genner.formats.codec import BaseCodec, Codec, Grounding, Labels
from genner.formats.registry import FORMATS, Format, formats, get_codec
from genner.types import Document, Entity, Prediction

__all__ = [
    "FORMATS",
    "BaseCodec",
    "CanGrammar",
    "CanGuide",
    "CanStream",
    "Codec",
    "CodecOptions",
    "Format",
    "Grounding",
    "HasWording",
    "Labels",
    "convert",
    "decode",
    "encode",
    "formats",
    "get_codec",
    "require",
]


class CodecOptions(TypedDict, total=False):
    """Options of the formats; which of them a format has is checked when it is made."""

    order: Literal["text", "genia", "ace2005"]
    grounding: Grounding
    strict: bool
    escape: Literal["auto", "never"]
    ensure_ascii: bool
    opener: str
    closer: str
    scheme: str
    layout: str


def encode(document: Document, format: Format, *, labels: Labels = None, **options: Unpack[CodecOptions]) -> str:
    """Write what a model should answer for `document`.

    >>> encode(Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")]), "bracket")
    '[Ann | PER] left [Rome | LOC]'

    Args:
        document: the text and its entities.
        format: a name of `formats()`, or a codec.
        labels: label set; formats that list every label, such as `grouped-json`, need it for labels without entities.
        options: of the codec, such as `order` and `escape`; see `get_codec`.

    Raises:
        EncodeError: when the format cannot express the document.
    """
    answer: str = get_codec(format, **options).encode(document, labels=labels)
    return answer


def decode(
    output: str,
    text: str | None = None,
    format: Format | None = None,
    *,
    labels: Labels = None,
    nested: bool = True,
    occurrences: Literal["listed", "all"] = "listed",
    **options: Unpack[CodecOptions],
) -> Prediction:
    """Read what a model answered about `text`.

    >>> decode("<PER>Ann</PER> left Rome", "Ann left Rome", format="xml").entities
    (Entity(0, 3, 'PER'),)

    Args:
        output: the raw answer, with all that surrounds it.
        text: the source text; inline formats can be read without it.
        format: the name of a format or a format; None finds out, and `Prediction.format` says which.
        labels: the label set asked for; without it every label is accepted.
        nested: whether entities may overlap; False helps to choose between places.
        occurrences: `"all"` places a mention without position wherever it is a word of the text.
        options: for the format, such as `grounding` or `strict`.

    Raises:
        UnknownNameError: for an unknown format or option.
        DecodeError: under `strict=True`, when the output has any issue.
    """
    settings: dict[str, Any] = dict(options)
    if not nested or not isinstance(nested, bool):
        settings["nested"] = nested
    if occurrences != "listed":
        settings["occurrences"] = occurrences
    if format is None:
        from genner.formats.detect import FormatFinder

        return FormatFinder(settings).decode(output, text, labels=labels)
    prediction: Prediction = get_codec(format, **settings).decode(output, text, labels=labels)
    return prediction


def convert(
    output: str,
    from_format: Format,
    to_format: Format,
    *,
    text: str | None = None,
    labels: Labels = None,
    dropped: list[Entity] | None = None,
    **options: Unpack[CodecOptions],
) -> str:
    """Rewrite an answer from one format into another.

    >>> convert("[Ann | PER] left", "bracket", "xml")
    '<PER>Ann</PER> left'

    Args:
        output: an answer in the format `from_format`.
        text: the source text; inline answers can be read without it.
        labels: a label set, names, or `"PER,LOC"`.
        dropped: a list that receives the entities that `to_format` cannot express, instead of an error.
        options: for the format to write, such as `escape` or `ensure_ascii`.

    Raises:
        DataError: when the answer has no text and none is given.
        EncodeError: when `to_format` cannot express the answer.
    """
    prediction = get_codec(from_format).decode(output, text, labels=labels)
    codec = get_codec(to_format, **options)
    answer: str = codec.encode(prediction.to_document(), labels=labels, dropped=dropped)
    return answer


class _CallableModule(ModuleType):
    """Lets `genner.formats()` list the formats although `genner.formats` is a package as well."""

    def __call__(self) -> tuple[str, ...]:
        return formats()


sys.modules[__name__].__class__ = _CallableModule
