"""What a server is sent so that it writes nothing but a valid answer: a JSON Schema or a grammar for each text.

Which one it takes, and under which name, is the server's: services with structured outputs take a
schema, vLLM, SGLang and llama.cpp a grammar.  `probe` finds out what one takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from genner.constrained.exports import ebnf, gbnf, json_schema
from genner.exceptions import DataError, UnknownNameError
from genner.models.recipe import Message, Recipe

__all__ = ["CONSTRAINTS", "Constraint", "Kind", "constraint", "kinds_for", "probe"]

Constraint = Callable[[str], dict[str, Any] | None]
"""From a text to more settings of the request about it; None where the text cannot be constrained."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One form of constraint.

    Args:
        notation: what is sent, a JSON Schema or a grammar in the notation of llama.cpp or xgrammar.
        settings: of the request that carries it.
    """

    notation: Literal["schema", "gbnf", "ebnf"]
    settings: Callable[[Any], dict[str, Any]]

    def write(self, recipe: Recipe, text: str) -> dict[str, Any]:
        """Return the settings of a request about `text`.

        Args:
            recipe: how the text is asked about.
            text: the source.
        """
        if self.notation == "schema":
            # services want an object at the root; `decode` reads a list in one as well
            return self.settings(json_schema(recipe.format, text, recipe.asked_labels, root="object"))
        write = gbnf if self.notation == "gbnf" else ebnf
        return self.settings(write(recipe.format, text, recipe.asked_labels))


def _json_schema(schema: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "entities", "schema": schema}}}


def _json_object(schema: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_object", "schema": schema}}


def _vllm(grammar: Any) -> dict[str, Any]:
    return {"extra_body": {"structured_outputs": {"grammar": grammar}}}


def _sglang(grammar: Any) -> dict[str, Any]:
    return {"extra_body": {"ebnf": grammar}}


def _llama_cpp(grammar: Any) -> dict[str, Any]:
    return {"extra_body": {"grammar": grammar}}


CONSTRAINTS: dict[str, Kind] = {
    "llama.cpp": Kind("gbnf", _llama_cpp),
    "vllm": Kind("ebnf", _vllm),
    "sglang": Kind("ebnf", _sglang),
    "schema": Kind("schema", _json_schema),
    "json-object": Kind("schema", _json_object),
}
"""What servers take, by name: grammars first, which every format has.  `json-object` is a schema as llama-cpp-python
takes it."""

_WORD = "quince"
_PROBE_GRAMMAR = f'root ::= "{_WORD}"'
_PROBE_SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string", "enum": [_WORD]}},
    "required": ["word"],
    "additionalProperties": False,
}


def constraint(recipe: Recipe, kind: str) -> Constraint:
    """Return what constrains the answer about a text.

    A text that itself holds markup of the format, or has more spans than a schema or grammar should
    name, is asked about freely.

    Args:
        recipe: how texts are asked about.
        kind: one of `CONSTRAINTS`.

    Raises:
        UnknownNameError: for any other.
        DataError: when a schema is asked for and the format is no JSON.
    """
    if kind not in CONSTRAINTS:
        raise UnknownNameError.of("constraint", kind, CONSTRAINTS)
    made = CONSTRAINTS[kind]
    made.write(recipe, "a word")  # reports at once what is wrong with the format

    def constrained(text: str) -> dict[str, Any] | None:
        try:
            return made.write(recipe, text)
        except DataError:
            return None

    return constrained


def kinds_for(recipe: Recipe) -> list[str]:
    """Return the names of the constraints that can be written for the format of a recipe."""
    found = []
    for name, kind in CONSTRAINTS.items():
        try:
            kind.write(recipe, "a word")
        except DataError:
            continue
        found.append(name)
    return found


def probe(kind: str) -> tuple[list[Message], dict[str, Any], str]:
    """Return a question, the settings of its request, and a word that only a server that takes `kind` writes."""
    made = CONSTRAINTS[kind]
    settings = made.settings(_PROBE_SCHEMA if made.notation == "schema" else _PROBE_GRAMMAR)
    return [{"role": "user", "content": "Write the word hello."}], settings, _WORD
