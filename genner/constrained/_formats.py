"""Stand-ins for the descriptions of formats."""

from __future__ import annotations

from typing import Any, NamedTuple

from genner import _old_formats
from genner._old_formats._inline import InlineCodec
from genner._old_formats._json import JsonCodec


class Field(NamedTuple):
    role: str
    key: str
    optional: bool = False


class _Wrapper:
    def __init__(self, codec: Any) -> None:
        self.codec = codec

    def __getattr__(self, name: str) -> Any:
        return getattr(self.codec, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Wrapper) and self.codec == other.codec

    def __hash__(self) -> int:
        return hash(self.codec)


class Inline(_Wrapper):
    def open(self, label: str) -> str:
        return self.codec.opener(label)

    def close(self, label: str) -> str:
        return self.codec.closer(label)

    @property
    def named(self) -> bool:
        return self.codec.markup.by_name

    @property
    def opener(self) -> str:
        return self.codec.opener("{label}")

    @property
    def closer(self) -> str:
        return self.codec.closer("{label}")


class JsonItems(_Wrapper):
    positional = True

    @property
    def fields(self) -> tuple[Field, ...]:
        head = (Field("text", "text"), Field("label", "label"))
        if self.codec.name == "offset-json":
            return (*head, Field("start", "start"), Field("end", "end"))
        return (*head, Field("count", "occurrence_index"), Field("start", "start", True))


class JsonGroups(_Wrapper):
    positional = False


def get_codec(format: Any, **options: Any) -> Any:
    if isinstance(format, _Wrapper) or not isinstance(format, str):
        return format
    codec = _old_formats.get_codec(format, **options)
    if isinstance(codec, InlineCodec):
        return Inline(codec)
    if isinstance(codec, JsonCodec):
        return JsonGroups(codec) if codec.name == "grouped-json" else JsonItems(codec)
    return codec
