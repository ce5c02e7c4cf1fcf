"""Write a grammar in the notations of inference engines."""

from __future__ import annotations

from genner.constrained.grammars.rules import Grammar, Number, Part, RuleName

__all__ = ["gbnf_text", "lark_text"]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def lark_text(grammar: Grammar) -> str:
    """Write a grammar in the Lark notation of llguidance."""
    rules = {"start" if name == "root" else name: alternatives for name, alternatives in grammar.items()}
    lines = [f"{name}: {_alternatives(alternatives, 'NUMBER')}" for name, alternatives in rules.items()]
    return "\n".join(["%llguidance {}", "", *lines, "NUMBER: /0|[1-9][0-9]*/"]) + "\n"


def gbnf_text(grammar: Grammar) -> str:
    """Write a grammar in the notation of llama.cpp and xgrammar."""
    lines = [f"{name} ::= {_alternatives(alternatives, 'number')}" for name, alternatives in grammar.items()]
    return "\n".join([*lines, 'number ::= "0" | [1-9] [0-9]*']) + "\n"


def _alternatives(alternatives: list[tuple[Part, ...]], number: str) -> str:
    return " | ".join(" ".join(_part(part, number) for part in parts if part != "") or '""' for parts in alternatives)


def _part(part: Part, number: str) -> str:
    if isinstance(part, RuleName):
        return part.name
    return number if isinstance(part, Number) else _quoted(part)


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _hex(char)) for char in text) + '"'


def _hex(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
