"""What a server is told so that it writes nothing but a valid answer: a JSON Schema or a grammar for each text.

Which one it takes, and under which name, is the server's: services with structured outputs take a
schema, vLLM, SGLang and llama.cpp a grammar.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genner.constrained.exports import ebnf, gbnf, json_schema
from genner.exceptions import DataError, UnknownNameError
from genner.models.recipe import Recipe

__all__ = ["CONSTRAINTS", "Constraint", "constraint"]

Constraint = Callable[[str], dict[str, Any] | None]
"""From a text to more settings of the request about it; None where the text cannot be constrained."""


def _schema(recipe: Recipe, text: str) -> dict[str, Any]:
    # these services want an object at the root; `decode` reads a list in one as well
    schema = json_schema(recipe.format, text, recipe.asked_labels, root="object")
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "entities", "schema": schema}}}


def _vllm(recipe: Recipe, text: str) -> dict[str, Any]:
    return {"extra_body": {"structured_outputs": {"grammar": ebnf(recipe.format, text, recipe.asked_labels)}}}


def _sglang(recipe: Recipe, text: str) -> dict[str, Any]:
    return {"extra_body": {"ebnf": ebnf(recipe.format, text, recipe.asked_labels)}}


def _llama_cpp(recipe: Recipe, text: str) -> dict[str, Any]:
    return {"extra_body": {"grammar": gbnf(recipe.format, text, recipe.asked_labels)}}


CONSTRAINTS: dict[str, Callable[[Recipe, str], dict[str, Any]]] = {
    "schema": _schema,
    "vllm": _vllm,
    "sglang": _sglang,
    "llama.cpp": _llama_cpp,
}
"""What a server takes, by name."""


def constraint(recipe: Recipe, how: str) -> Constraint:
    """Return what constrains the answer about a text.

    A text that itself holds markup of the format, or has more spans than a schema or grammar should
    name, is asked about freely.

    Args:
        how: one of `CONSTRAINTS`.

    Raises:
        UnknownNameError: for any other.
        DataError: when a schema is asked for and the format is no JSON.
    """
    if how not in CONSTRAINTS:
        raise UnknownNameError.of("constraint", how, CONSTRAINTS)
    made = CONSTRAINTS[how]
    made(recipe, "a word")  # says at once what is wrong with the format

    def constrained(text: str) -> dict[str, Any] | None:
        try:
            return made(recipe, text)
        except DataError:
            return None

    return constrained
