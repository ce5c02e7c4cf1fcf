"""Where records come from: a path, standard input or an open stream, seen as numbered lines.

Files are read as bytes and split at "\\n" alone, so that no form feed, NEL or U+2028 inside a text
ends a line.  A line that is not UTF-8 is an error *value* in its place: a reader that may skip bad
records skips that one and goes on.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from itertools import takewhile
from json import JSONDecoder
from os import PathLike, fspath
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias, TypeVar

from genner.exceptions import DataError, WrongTypeError
from genner.io._packed import checked_encoding, unpacked
from genner.io.reports import Problem, ReadReport

__all__ = [
    "BAD_BYTE",
    "HEAD",
    "PACKED",
    "Block",
    "MissingFileError",
    "OnError",
    "Source",
    "Target",
    "bad_byte",
    "decode_file",
    "find",
]

PACKED = (".gz", ".zst", ".zstd")
"""Endings of packed files, which are unpacked on the fly."""

LONGEST = 1 << 28
"""Bytes of the longest line that is read from a pipe or a device, which may have no end; a file has one."""

HEAD = 1 << 16
"""How many bytes of a file are looked at to tell what it is."""

OnError: TypeAlias = Literal["raise", "skip"]
Target: TypeAlias = "str | PathLike[str] | IO[str] | IO[bytes]"
Block: TypeAlias = "list[tuple[int, str]]"
"""The numbered lines between two blank ones."""

Record = TypeVar("Record")
Result = TypeVar("Result")


class MissingFileError(DataError, FileNotFoundError):
    """There is no such file."""


def find(target: str | PathLike[str]) -> Path:
    """Return the path of an existing file or directory."""
    name = fspath(target)
    if not isinstance(name, str):
        raise WrongTypeError(f"path: expected a str or path, got {type(name).__name__} {name!r:.80}")
    if not name.strip() or "\0" in name:
        raise DataError(f"path: expected the name of a file, got {name!r}")
    path = Path(name)
    if not path.exists():
        raise MissingFileError("no such file", path=name)
    return path


BAD_BYTE = re.compile("[\udc80-\udcff]")
"""A byte that is no UTF-8, as `Source.text` has it where bad records are skipped."""


def bad_byte(char: str) -> DataError:
    """Build the error about a character that `BAD_BYTE` matches."""
    return DataError(f"expected UTF-8, got byte 0x{ord(char) - 0xDC00:02x}")


def _utf8(raw: bytes, number: int = 1) -> str | DataError:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = number + raw.count(b"\n", 0, error.start)
        column = error.start - raw.rfind(b"\n", 0, error.start)
        message = f"expected UTF-8, got byte 0x{raw[error.start]:02x} at column {column}"
        return DataError(f"{message}; encoding='latin-1' or another name reads other encodings", line=line)


def decode_file(path: Path, encoding: str | None = None) -> str:
    """Return the whole text of a file exactly as it is: no newline is translated, nothing stripped."""
    with path.open("rb") as file, unpacked(file, encoding, str(path)) as plain:
        raw = plain.read()
    text = _utf8(raw)
    if isinstance(text, DataError):
        raise DataError(str(text.args[0]), path=str(path), line=text.line)
    return text


def _check_text(head: bytes, name: str) -> None:
    """Refuse what is no UTF-8 text at all, before line 1 is blamed for it."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in head and error.start < len(head) - 4:  # the head may end inside a character
            raise DataError("expected a text file, got a binary one", path=name) from None


def _by_returns(lines: Iterator[Any]) -> Iterator[Any]:
    """Yield lines; of an input whose lines end in a carriage return alone, which is one line, the parts."""
    first = next(lines, None)
    if first is None:
        return
    line_break, carriage_return = (b"\n", b"\r") if isinstance(first, bytes) else ("\n", "\r")
    if first.endswith(line_break) or first.count(carriage_return) < 2:
        yield first
    else:
        yield from first.rstrip(carriage_return).split(carriage_return)
    yield from lines


class Source:
    """One input, and what to do about the bad records in it.

    Args:
        target: a path, "-" for standard input, or an open stream.
        on_error: `raise` at the first bad record, or `skip` and count it.
        report: where problems are noted.
        encoding: of the bytes; UTF-8, or UTF-16 where they begin with its mark, when not given.
    """

    def __init__(
        self,
        target: Target,
        on_error: OnError = "raise",
        report: ReadReport | None = None,
        encoding: str | None = None,
    ) -> None:
        self.encoding = checked_encoding(encoding)
        self.on_error = on_error
        self.report = ReadReport() if report is None else report
        self._reported = report is not None
        self.path: Path | None = None
        self.stream: IO[Any] | None = None
        if isinstance(target, str) and target == "-":
            self.name, self.stream = "<stdin>", getattr(sys.stdin, "buffer", sys.stdin)
        elif isinstance(target, (str, PathLike)):
            self.path = find(target)
            self.name = str(self.path)
        elif hasattr(target, "readline"):
            self.name, self.stream = str(getattr(target, "name", "<stream>")), target
        else:
            raise WrongTypeError(f"path: expected a path or an open stream, got {type(target).__name__}")
        self._seen: list[Any] = []
        self._guesses: set[str] = set()
        self._kept: dict[int, str] | None = None if self.report.on_problem is None else {}
        self._bad_line = ""
        self._in_blocks = False
        self._ended = True

    @property
    def stem(self) -> str:
        """The name without folder and suffix, to build ids from; empty for a stream."""
        return self.path.stem if self.path is not None else ""

    def head(self, size: int = HEAD) -> str:
        """Return the beginning of the input as text; reading starts at the beginning all the same.

        Args:
            size: how many bytes at most; of a stream, whole lines until there are as many.
        """
        if self.path is not None and self.path.is_dir():
            return ""
        if self.path is not None and self.path.is_file():
            with self._open() as file:
                raw = file.read(size)
        else:
            raw = self._peek(size)
        _check_text(raw, self.name)
        text = str(raw, "utf-8", "ignore").removeprefix("\ufeff")
        return text.replace("\r", "\n") if "\n" not in text else text

    def raw(self) -> bytes:
        """Return all bytes of a binary input."""
        if self.path is not None and self.path.is_file():
            return self.path.read_bytes()
        assert self.stream is not None
        return b"".join(line if isinstance(line, bytes) else line.encode() for line in (*self._seen, *self.stream))

    def _open(self) -> IO[bytes]:
        assert self.path is not None
        if self.path.is_dir():
            raise DataError("expected a file, got a directory", path=self.name)
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise DataError(f"cannot be opened: {error.strerror}", path=self.name) from None
        return unpacked(file, self.encoding, self.name) if self.path.is_file() else file

    def _peek(self, wanted: int = HEAD) -> bytes:
        """Take lines from a stream that cannot go back, and keep them for the reader."""
        if self.stream is None:
            self.stream = self._open()
        size = sum(map(len, self._seen))
        while size < wanted:
            line = self._next_line(self.stream)
            if not line:
                break
            self._seen.append(line)
            size += len(line)
        return b"".join(line if isinstance(line, bytes) else line.encode("utf-8", "replace") for line in self._seen)

    def _next_line(self, stream: IO[Any]) -> Any:
        """Return the next line of a stream; one that seems to have no end, as of `/dev/zero`, is refused."""
        if not isinstance(stream, BufferedReader):
            return stream.readline()
        line = stream.readline(LONGEST + 1)
        if len(line) > LONGEST:
            if self.path is not None:  # opened here
                stream.close()
                self.stream = None
            raise DataError(f"expected lines, got one of more than {LONGEST >> 20} MiB", path=self.name)
        return line

    def _raw(self) -> Iterator[Any]:
        if self.stream is not None:
            yield from self._seen
            while line := self._next_line(self.stream):
                yield line
        else:
            with self._open() as file:
                if isinstance(file, BufferedReader):
                    _check_text(file.peek(HEAD), self.name)
                yield from file

    def lines(self) -> Iterator[tuple[int, str | DataError]]:
        """Yield numbered lines without their end; a line that is not UTF-8 comes as the error it is."""
        if self.path is not None and self.stream is None and not self.path.is_file():
            self._peek()  # a pipe can be read once only
        for number, raw in enumerate(_by_returns(self._raw()), 1):
            line = _utf8(raw, number) if isinstance(raw, bytes) else raw
            if isinstance(line, DataError):
                self._bad_line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if self._kept is not None:
                shown = raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw
                self._kept[number] = shown.rstrip("\r\n")
            if isinstance(line, str):
                self._ended = line.endswith(("\n", "\r"))
                line = line.rstrip("\r\n")
                if number == 1:
                    line = line.removeprefix("\ufeff")
            yield number, line

    def blocks(self) -> Iterator[tuple[int, Block | DataError]]:
        """Yield the runs of lines between blank ones, each with its first line number.

        A line of nothing but white space is blank.
        """
        self._in_blocks = True
        block: Block = []
        broken: DataError | None = None
        for number, line in self.lines():
            if isinstance(line, DataError):
                broken = broken or line
                block.append((number, ""))
            elif line and not line.isspace():
                block.append((number, line))
            elif block:
                yield block[0][0], broken or block
                block, broken = [], None
        if block:
            self.note_end(block[-1][0])
            yield block[0][0], broken or block

    def note_end(self, line: int) -> None:
        """Note, when all lines were read, that the last of them has no line break.

        Args:
            line: its number.
        """
        if not self._ended and self.path is not None:
            message = "the last line has no line break: if the file was cut off, its last record is not whole"
            self.note(Problem("guessed", message, line=line))

    def text(self) -> str:
        """Return the whole input as one string; with `skip`, bytes that are not UTF-8 are lone surrogates in it.

        Raises:
            DataError: when the file cannot be read or decoded.
        """
        lines = []
        for _, line in self.lines():
            if isinstance(line, DataError) and self.on_error == "raise":
                raise self.located(line)
            lines.append(self._bad_line if isinstance(line, DataError) else line)
        return "\n".join(lines)

    def each(
        self, records: Iterable[tuple[int | None, Record | DataError]], parse: Callable[[Record], Result | None]
    ) -> Iterator[Result]:
        """Yield what `parse` makes of each record (None is no record); bad ones raise, or are skipped and counted.

        Args:
            records: with their lines, 1-based, or None; an error in place of a record is a bad one.
            parse: makes a document of a record.
        """
        report = self.report
        for line, record in records:
            self._forget(line)
            try:
                if isinstance(record, DataError):
                    raise record
                result = parse(record)
            except DataError as error:
                located = self.located(error, line)
                if self.on_error == "raise":
                    raise located from None
                report.bad.append(report.documents + len(report.bad))
                text = self._record_text(line, whole=not isinstance(record, DataError))
                report.add(Problem("skipped", str(located.args[0]), located.path, located.line, text))
            else:
                if result is not None:
                    report.documents += 1
                    yield result

    def _forget(self, before: int | None) -> None:
        """Drop the lines of records that are done, where lines are kept."""
        kept = self._kept
        while kept and before is not None and (oldest := next(iter(kept))) < before:
            del kept[oldest]

    def _record_text(self, first: int | None, *, whole: bool) -> str | None:
        """Return the record that begins on a line as the file has it, where lines are kept.

        Args:
            whole: whether it is known to be JSON, which may go over several lines.
        """
        if self._kept is None or first not in self._kept:
            return None
        lines = self._kept.values()
        if self._in_blocks:
            return "\n".join(takewhile(str.strip, lines))
        text = ""
        for line in lines if whole else ():
            text += line + "\n"
            with suppress(ValueError):
                _, end = JSONDecoder().raw_decode(text.lstrip(" ["))
                return text.lstrip(" [")[:end]
        return self._kept[first]

    def located(self, error: DataError, line: int | None = None) -> DataError:
        """Return the error with the place where it happened.

        Args:
            error: without a place.
            line: 1-based; None where there is none.
        """
        return type(error)(str(error.args[0]), path=error.path or self.name, line=error.line or line)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        """Close what was opened here; without a report, log what there was to report."""
        if self.path is not None and self.stream is not None:
            self.stream.close()
        if not (self._reported or self.report.ok):
            logging.getLogger("genner.io").warning("%s: %s", self.name, self.report)

    def guessed(self, message: str) -> None:
        """Note once for the file what was taken where it leaves more than one reading.

        Args:
            message: what was taken, and which option takes the other reading.
        """
        if message not in self._guesses:
            self._guesses.add(message)
            self.note(Problem("guessed", message))

    def note(self, problem: Problem) -> None:
        """Put a problem that costs no record into the report."""
        self.report.add(Problem(problem.kind, problem.message, problem.path or self.name, problem.line))
