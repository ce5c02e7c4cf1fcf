"""Elements of an XML input, one at a time, each with its line; entities are never expanded from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias
from xml.etree.ElementTree import Element as XmlElement
from xml.etree.ElementTree import TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

from genner.exceptions import DataError
from genner.io.source import Source

__all__ = ["Element", "elements"]

Element: TypeAlias = "XmlElement[str]"


def elements(source: Source, name: str) -> Iterator[tuple[int, Element | DataError]]:
    """Yield every element of this name without its namespace; other names keep theirs as `{uri}name`.

    What is wrong with the XML comes last, as the error it is.
    """
    parser = ParserCreate(namespace_separator="}")
    done: list[tuple[int, Element]] = []
    builder: list[TreeBuilder] = []
    depth: list[int] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition("}")[2] == name and not builder:
            builder.append(TreeBuilder())
            depth.append(0)
            lines.append(parser.CurrentLineNumber)
        if builder:
            depth[0] += 1
            builder[0].start(_name(tag), {_name(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        if builder:
            builder[0].end(_name(tag))
            depth[0] -= 1
            if depth[0] == 0:
                done.append((lines.pop(), builder.pop().close()))
                depth.clear()

    def data(text: str) -> None:
        if builder:
            builder[0].data(text)

    def refuse(*_: object) -> None:
        raise DataError("an entity is declared in the file: such XML is not read", line=parser.CurrentLineNumber)

    lines: list[int] = []
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.EntityDeclHandler = refuse
    try:
        for number, line in source.lines():
            if isinstance(line, DataError):
                yield number, line
                return
            parser.Parse(_declared_utf8(line + "\n") if number == 1 else line + "\n", False)
            yield from done
            done.clear()
        parser.Parse("", True)
        yield from done
    except ExpatError as error:
        yield error.lineno, DataError(f"expected XML: {error}")
    except DataError as error:
        yield error.line or 1, error


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _declared_utf8(line: str) -> str:
    """Return the first line without its declaration, whose encoding has been applied already."""
    return line.partition("?>")[2] if line.startswith("<?xml") and "?>" in line else line
