"""Elements of an XML input, one at a time, each with its line; entities are never expanded from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias
from xml.etree.ElementTree import Element as XmlElement
from xml.etree.ElementTree import TreeBuilder
from xml.parsers.expat import ErrorString, ExpatError, ParserCreate
from xml.parsers.expat.errors import XML_ERROR_TAG_MISMATCH, codes

from genner.exceptions import DataError
from genner.io.source import Source

__all__ = ["Element", "elements"]

Element: TypeAlias = "XmlElement[str]"

_CLOSED = codes[XML_ERROR_TAG_MISMATCH]
"""The error of an end tag that nothing was opened for."""


def elements(source: Source, name: str) -> Iterator[tuple[int, Element | DataError]]:
    """Yield every element of this name without its namespace; other names keep theirs as `{uri}name`.

    What is wrong with the XML comes in its place, as the error it is; reading goes on at the next line that begins
    with such an element.
    """
    begins = re.compile(rf"\s*<(?:[\w.-]+:)?{name}[\s/>]")
    parser: _Parser | None = _Parser(name)
    number = 0
    for number, line in source.lines():
        if parser is None and isinstance(line, str) and begins.match(line):
            parser = _Parser(name, number)
        if parser is None:
            continue
        try:
            if isinstance(line, DataError):
                raise line
            goes_on = parser.feed(_declared_utf8(line) if number == 1 else line)
            yield from parser.take()
        except DataError as error:
            yield from parser.take()
            yield number, error
            goes_on = False
        parser = parser if goes_on else None
    if parser is not None:
        try:
            parser.close()
        except DataError as error:
            yield number, error


class _Parser:
    """Collects whole elements of a name from lines.

    Args:
        name: of the elements.
        first: the line of the file where reading begins, 1-based; behind the first, the elements around are not known.
    """

    def __init__(self, name: str, first: int = 1) -> None:
        self._name = name
        self._before = first - 1
        self._builder: TreeBuilder | None = None
        self._depth = 0
        self._line = first
        self._done: list[tuple[int, Element]] = []
        self._expat = ParserCreate(namespace_separator="}")
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._data
        self._expat.EntityDeclHandler = self._refuse
        if first > 1:
            self._expat.Parse("<around>", False)

    def feed(self, line: str) -> bool:
        """Parse one more line, and tell whether reading can go on: an element around that ends is the end.

        Raises:
            DataError: when it is no XML.
        """
        try:
            self._expat.Parse(line + "\n", False)
        except ExpatError as error:
            if self._before and self._builder is None and error.code == _CLOSED:
                return False
            raise self._error(error) from None
        return True

    def take(self) -> list[tuple[int, Element]]:
        """Return the elements that are whole, each once."""
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """End the input.

        Raises:
            DataError: when an element is not whole.
        """
        if self._before and self._builder is None:
            return
        try:
            self._expat.Parse("", True)
        except ExpatError as error:
            raise self._error(error) from None

    def _error(self, error: ExpatError) -> DataError:
        message = f"expected XML: {ErrorString(error.code)} at column {error.offset + 1}"
        return DataError(message, line=error.lineno + self._before)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._builder is None and _local(tag) == self._name:
            self._builder, self._depth, self._line = TreeBuilder(), 0, self._expat.CurrentLineNumber + self._before
        if self._builder is not None:
            self._depth += 1
            self._builder.start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def _end(self, tag: str) -> None:
        if self._builder is not None:
            self._builder.end(_local(tag))
            self._depth -= 1
            if self._depth == 0:
                self._done.append((self._line, self._builder.close()))
                self._builder = None

    def _data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def _refuse(self, *_: object) -> None:
        raise DataError(
            "an entity is declared in the file: such XML is not read", line=self._expat.CurrentLineNumber + self._before
        )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _declared_utf8(line: str) -> str:
    """Return the first line without its declaration, whose encoding has been applied already."""
    return line.partition("?>")[2] if line.startswith("<?xml") and "?>" in line else line
