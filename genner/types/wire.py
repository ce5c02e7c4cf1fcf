"""How the nouns cross the edge: one mixin between immutable values and pydantic.

Inside the library nothing is validated twice. At the edge a value is described by a `TypedDict`;
pydantic checks the JSON against it and collects every error with its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import pydantic
from typing_extensions import Self

from genner.exceptions import DataError

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

__all__ = ["Plain", "Wire", "describe"]


_ADAPTERS: dict[Any, pydantic.TypeAdapter[Any]] = {}


def _adapter(of: Any) -> pydantic.TypeAdapter[Any]:
    """Build an adapter once, at first use: building one costs milliseconds."""
    if of not in _ADAPTERS:
        _ADAPTERS[of] = pydantic.TypeAdapter(of)
    return _ADAPTERS[of]


def describe(error: pydantic.ValidationError) -> str:
    """Describe a pydantic error in one line: what was expected, what was got and where."""
    parts = []
    for item in error.errors(include_url=False):
        where = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in item["loc"])
        got = item["input"]
        shown = "" if isinstance(got, (dict, list)) else f", got {type(got).__name__} {got!r:.60}"
        parts.append(f"{item['msg'].removeprefix('Value error, ')}{shown} - at {where}")
    return "; ".join(parts)


class Plain:
    """Gives a value that is plain data by `to_dict` the JSON of it."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and ints, ready for `json.dumps`."""
        raise NotImplementedError

    def to_json(self) -> str:
        """Return one line of JSON; non-ASCII characters stay as they are."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


class Wire(Plain):
    """Gives a value `from_dict`, `from_json`, `to_json`, `json_schema` and a place in pydantic models."""

    __slots__ = ()
    _wire: ClassVar[Any] = None

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Self:
        return cls(**value)

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Build from what `to_dict` returns.

        Raises:
            DataError: naming every field that is wrong, and how.
        """
        if isinstance(value, cls):
            return value
        return cls._read(_adapter(cls._wire).validate_python, value)

    @classmethod
    def from_json(cls, value: str | bytes) -> Self:
        """Build from what `to_json` returns.

        Raises:
            DataError: naming every field that is wrong, and how.
        """
        return cls._read(_adapter(cls._wire).validate_json, value)

    @classmethod
    def _read(cls, validate: Callable[..., Any], value: object) -> Self:
        try:
            fields = validate(value, strict=True)  # no "3" for 3, nor 3.0
        except pydantic.ValidationError as error:
            raise DataError(describe(error)) from None
        return cls._from_wire(fields)

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
