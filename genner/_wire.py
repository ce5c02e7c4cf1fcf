"""How the nouns cross the edge: one mixin between immutable values and pydantic.

Inside the library nothing is validated twice. At the edge a value is described by a `TypedDict`;
pydantic checks the JSON against it and collects every error with its place.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import pydantic
from typing_extensions import Self

from genner.exceptions import DataError

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

__all__ = ["Wire", "describe"]


_ADAPTERS: dict[type, pydantic.TypeAdapter[Any]] = {}


def _adapter(cls: type) -> pydantic.TypeAdapter[Any]:
    """Build the adapter of a class once, at first use: building one costs milliseconds."""
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = pydantic.TypeAdapter(cls)
    return _ADAPTERS[cls]


def describe(error: pydantic.ValidationError) -> str:
    """Tell all of a pydantic error in one line: what was expected, what was got and where."""
    parts = []
    for item in error.errors(include_url=False):
        where = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in item["loc"])
        got = item["input"]
        shown = "" if isinstance(got, (dict, list)) else f", got {type(got).__name__} {got!r:.60}"
        parts.append(f"{item['msg'].removeprefix('Value error, ')}{shown} - at {where}")
    return "; ".join(parts)


class Wire:
    """Gives a value `from_dict`, `from_json`, `to_json`, `json_schema` and a place in pydantic models."""

    __slots__ = ()
    _wire: ClassVar[Any] = None

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Self:
        return cls(**value)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and ints, ready for `json.dumps`."""
        raise NotImplementedError

    def to_json(self) -> str:
        """Return one line of JSON; non-ASCII characters stay as they are."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Build from what `to_dict` returns.

        Raises:
            DataError: naming every field that is wrong, and how.
        """
        try:
            result: Self = _adapter(cls).validate_python(value)
        except pydantic.ValidationError as error:
            raise DataError(describe(error)) from None
        return result

    @classmethod
    def from_json(cls, value: str | bytes) -> Self:
        """Build from what `to_json` returns.

        Raises:
            DataError: naming every field that is wrong, and how.
        """
        try:
            result: Self = _adapter(cls).validate_json(value)
        except pydantic.ValidationError as error:
            raise DataError(describe(error)) from None
        return result

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of what `to_json` writes."""
        return _adapter(cls).json_schema()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: pydantic.GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        from_fields = core_schema.no_info_after_validator_function(cls._from_wire, handler.generate_schema(cls._wire))
        return core_schema.json_or_python_schema(
            json_schema=from_fields,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_fields]),
            serialization=core_schema.plain_serializer_function_ser_schema(cls.to_dict),
        )
