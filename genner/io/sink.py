"""Where records go: a file or a directory that appears whole or not at all, or standard output."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from os import PathLike, fspath
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import IO, Any, TypeVar

from genner.exceptions import DataError, EncodeError, WrongTypeError
from genner.io.reports import Problem, WriteReport
from genner.io.source import MissingFileError, OnError, Target
from genner.types import Document, Entity

__all__ = ["Sink"]

Made = TypeVar("Made")


class Sink:
    """One output; leaving the `with` block without an error puts it in place.

    Args:
        target: a path, "-" for standard output, or an open text stream.
        directory: whether the format writes many files into a directory.
        on_error: `raise` when the format cannot say something, or `skip` and count it.
        report: where problems are noted.
    """

    def __init__(
        self, target: Target, *, directory: bool = False, on_error: OnError = "raise", report: WriteReport | None = None
    ) -> None:
        self.on_error = on_error
        self.report = WriteReport() if report is None else report
        self.directory = directory
        self._stream: IO[Any] | None = None
        self._path: Path | None = None
        self._draft: Path | None = None
        self._begun = False
        if isinstance(target, str) and target == "-":
            self._stream = sys.stdout
        elif isinstance(target, (str, PathLike)):
            self._path = self._place(target)
        elif hasattr(target, "write"):
            self._stream = target
        else:
            raise WrongTypeError(f"path: expected a path or an open stream, got {type(target).__name__}")
        if directory and self._path is None:
            raise DataError("this format writes a directory of files: expected a path, got a stream")

    def _place(self, target: str | PathLike[str]) -> Path:
        name = fspath(target)
        if not name.strip() or "\0" in name:
            raise DataError(f"path: expected the name of a file, got {name!r}")
        path = Path(os.path.realpath(name))  # a link stays a link: what it points at is replaced
        if not path.parent.is_dir():
            raise MissingFileError("no such directory", path=str(path.parent))
        if self.directory and path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise DataError("expected a new or empty directory", path=name)
        if not self.directory and path.is_dir():
            raise DataError("expected a file, got a directory", path=name)
        return path

    def __enter__(self) -> Sink:
        path = self._path
        if path is None:
            return self
        try:
            if path.exists() and not (path.is_file() or path.is_dir()):  # a device or a pipe: nothing to replace
                self._stream = path.open("w", encoding="utf-8", newline="\n")
                return self
            self._draft = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
            if self.directory:
                self._draft.mkdir()
            else:
                self._stream = self._draft.open("x", encoding="utf-8", newline="\n")
        except OSError as error:
            raise DataError(f"cannot be written: {error.strerror}", path=str(path)) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is None:
            return
        try:
            if self._stream is not None:
                self._stream.close()
            if self._draft is not None and kind is None:
                _keep_owner(self._path, self._draft)
                if self.directory and self._path.exists():
                    self._path.rmdir()
                os.replace(self._draft, self._path)
        except OSError as problem:
            if kind is None:
                raise self._refused(problem) from None
        finally:
            if self._draft is not None and self._draft.exists():
                shutil.rmtree(self._draft) if self.directory else self._draft.unlink()

    def _refused(self, error: OSError) -> OSError | DataError:
        """Name the place that cannot be written, where the error does not; a reader that went away is no error."""
        if isinstance(error, BrokenPipeError) or (self._path is None and self._stream is not sys.stdout):
            return error
        return DataError(f"cannot be written: {error.strerror}", path=str(self._path or "<stdout>"))

    def write(self, text: str) -> None:
        """Append to the file.

        Args:
            text: to append.

        Raises:
            DataError: when the text cannot be encoded, or the file not be written.
        """
        assert self._stream is not None
        if not self._begun and text:
            self._begun = True
            if text.startswith("\ufeff"):  # readers take the first one for a byte-order mark
                text = "\ufeff" + text
        try:
            self._stream.write(text)
        except UnicodeEncodeError as error:
            lone = text[error.start]
            raise DataError(f"expected text that UTF-8 can hold, got the lone surrogate {lone!r}") from None
        except OSError as error:
            raise self._refused(error) from None

    def write_bytes(self, data: bytes) -> None:
        """Append to a file that holds no text.

        Args:
            data: to append.

        Raises:
            DataError: when the file cannot be written.
        """
        assert self._stream is not None
        stream = getattr(self._stream, "buffer", self._stream)
        try:
            stream.write(data)
        except OSError as error:
            raise self._refused(error) from None

    def file(self, name: str, text: str) -> None:
        """Add a file to the directory.

        Args:
            name: of the file.
            text: what it holds.

        Raises:
            DataError: when the name is no file name or is given twice, or the file cannot be written.
        """
        assert self._draft is not None
        path = self._draft / name
        if not name.isascii() and name != name.encode("utf-8", "replace").decode("utf-8"):
            raise DataError(f"expected an id that a file can be named after, got {name!r:.80}")
        if path.exists():
            raise DataError(f"expected one document per id, got {name!r} twice")
        try:
            path.write_bytes(text.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise DataError(f"{name}: expected text that UTF-8 can hold, got {text[error.start]!r}") from None
        except OSError as error:
            raise DataError(
                f"cannot be written: {error.strerror}", path=str(self._path and self._path / name)
            ) from None

    def note(self, problem: Problem) -> None:
        """Put a problem into the report."""
        self.report.add(problem)

    def leave_out(self, document: Document, lost: Sequence[tuple[Entity, str]], what: str) -> None:
        """Drop and count entities that the format cannot say.

        Args:
            document: which has them.
            lost: each with the reason.
            what: the part of the format that cannot say them, in the plural.

        Raises:
            EncodeError: where nothing may be left out.
        """
        if lost and self.on_error == "raise":
            entity, reason = lost[0]
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            message = f"{what} cannot say an entity where {reason}: {entity!r}{more}"
            raise EncodeError(message, entities=[entity for entity, _ in lost])
        for entity, reason in lost:
            self.note(Problem("dropped", f"{entity!r}: {reason}", path=document.id))

    def each(self, documents: Iterable[Document], build: Callable[[Document], Made]) -> Iterator[tuple[Document, Made]]:
        """Yield every document with what `build` makes of it; one that cannot be written raises, or is skipped.

        Args:
            documents: to write.
            build: makes of a document what is written; an error of it names the document.
        """
        for document in documents:
            try:
                made = build(document)
            except EncodeError as error:
                if self.on_error == "raise":
                    raise
                self.note(Problem("skipped", str(error), path=document.id))
            else:
                yield document, made


def _keep_owner(old: Path, new: Path) -> None:
    """Give a file the mode and the owner of the one it replaces; the owner only where that is allowed."""
    try:
        known = old.stat()
    except OSError:
        return  # there is none
    os.chmod(new, stat.S_IMODE(known.st_mode))
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(new, known.st_uid, known.st_gid)
