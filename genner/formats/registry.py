"""Formats by name: those of the package, those that other packages bring, and formats passed as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeAlias, TypeVar, overload

from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.formats.codec import BaseCodec, Codec
from genner.plugins import points

__all__ = ["FORMATS", "Format", "formats", "get_codec"]

Format: TypeAlias = "str | Codec"
"""The name of a format, or a format itself."""

AnyCodec = TypeVar("AnyCodec", bound=Codec)

_BUILT_IN: Mapping[str, str] = {
    "bracket": "genner.formats.bracket:Bracket",
    "xml": "genner.formats.xml:Xml",
    "grouped-json": "genner.formats.grouped_json:GroupedJson",
    "occurrence-json": "genner.formats.occurrence_json:OccurrenceJson",
    "offset-json": "genner.formats.offset_json:OffsetJson",
    "marks": "genner.formats.marks:Marks",
    "lines": "genner.formats.listing:Lines",
    "tags": "genner.formats.tags:Tags",
    "code": "genner.formats.code:Code",
}

FORMATS: tuple[str, ...] = tuple(_BUILT_IN)[:5]
"""Names of the paper's five formats, in the order of its Table 1."""


def formats() -> tuple[str, ...]:
    """Return the names of all formats: the paper's five, the others of the package, and those of other packages.

    Another package offers a format as an entry point of the group `genner.formats`.
    """
    return (*_BUILT_IN, *sorted(set(_plug_ins()) - set(_BUILT_IN)))


@overload
def get_codec(format: str, **options: Any) -> BaseCodec: ...


@overload
def get_codec(format: AnyCodec, **options: Any) -> AnyCodec: ...


@overload
def get_codec(format: Format, **options: Any) -> Codec: ...


def get_codec(format: str | Codec, **options: Any) -> Any:
    """Return a format, ready to encode and decode.

    Args:
        format: one of `formats()`, or a format itself, which is returned with `options` changed.
        options: `order`, `grounding`, `nested`, `occurrences`, `strict`; `escape` of the inline formats;
            `ensure_ascii` of the JSON formats; whatever else a format has.

    Raises:
        UnknownNameError: for an unknown format or option, offering the closest known name.
        WrongTypeError: when `format` is neither a name nor a format.
    """
    if not isinstance(format, str):
        return _with_options(format, options)
    codec_class = _class_of(format)
    _check_options(format, codec_class, options)
    try:
        return _make(codec_class, tuple(sorted(options.items())))
    except TypeError:  # a value without a hash: let the codec say what is wrong with it
        return codec_class(**options)


@lru_cache(maxsize=256)
def _make(codec_class: Any, options: tuple[tuple[str, Any], ...]) -> Any:
    return codec_class(**dict(options))


@lru_cache(maxsize=1)
def _plug_ins() -> dict[str, Any]:
    return points("genner.formats")


@lru_cache(maxsize=256)
def _class_of(name: str) -> Any:
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        return getattr(import_module(module), attribute)
    if name in _plug_ins():
        return _plug_ins()[name].load()
    raise UnknownNameError.of("format", name, formats())


def _check_options(name: str, codec_class: Any, options: Mapping[str, Any]) -> None:
    known: Mapping[str, Any] | None = getattr(codec_class, "__dataclass_fields__", None)
    for option in options:
        if known is not None and option not in known:
            raise UnknownNameError.of(f"option of {name}", option, known)


def _with_options(codec: Any, options: Mapping[str, Any]) -> Any:
    if isinstance(codec, type) or not (hasattr(codec, "encode") and hasattr(codec, "decode")):
        raise WrongTypeError(f"format: expected a name or a format, got {type(codec).__name__} {codec!r:.80}")
    if not options:
        return codec
    _check_options(codec.name, type(codec), options)
    if not isinstance(codec, BaseCodec):
        raise DataError(f"{codec.name} takes no options: {', '.join(options)}")
    now = {field.name: getattr(codec, field.name) for field in fields(codec)}
    return codec if all(now[name] == value for name, value in options.items()) else replace(codec, **options)
