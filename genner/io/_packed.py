"""Bytes as UTF-8, whatever packed or encoded them."""

from __future__ import annotations

import codecs
from gzip import BadGzipFile, GzipFile
from io import BufferedReader, RawIOBase
from typing import IO, Any
from zlib import error as ZlibError

from genner.exceptions import DataError, MissingExtraError, UnknownNameError

__all__ = ["checked_encoding", "unpacked"]

GZIP, ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def checked_encoding(name: str | None) -> str | None:
    """Return the name of an encoding that Python knows; None stays None.

    Raises:
        UnknownNameError: for any other.
    """
    if name is None:
        return None
    try:
        return codecs.lookup(name).name
    except (LookupError, TypeError):
        raise UnknownNameError.of("encoding", name, ["utf-8", "utf-16", "latin-1", "cp1252", "gb18030"]) from None


def unpacked(file: IO[bytes], encoding: str | None, name: str) -> IO[bytes]:
    """Return a stream of UTF-8 over an open file; closing it closes the file."""
    start = file.peek(4)[:4] if isinstance(file, BufferedReader) else b""
    stream: Any = file
    if start.startswith(GZIP):
        stream = BufferedReader(_Gzip(file, name))
    elif start.startswith(ZSTANDARD):
        try:
            import zstandard
        except ImportError:
            raise MissingExtraError.of("reading zstandard files", "zstandard", "zstd") from None
        stream = BufferedReader(zstandard.ZstdDecompressor().stream_reader(file))
    if stream is not file:
        start = stream.peek(4)[:4]
    if encoding is None and start.startswith(UTF16):
        encoding = "utf-16"
    if encoding not in (None, "utf-8"):
        assert encoding is not None
        stream = BufferedReader(_Recoded(stream, encoding, name))
    return stream  # type: ignore[no-any-return]


class _Gzip(RawIOBase):
    """Unpacks, and says in one line what is wrong with a packed file."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._inner, self._name = file, GzipFile(fileobj=file), name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._inner.read(len(buffer))
        except (BadGzipFile, EOFError, ZlibError) as error:
            raise DataError(f"expected a whole gzip file: {error}", path=self._name) from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Recoded(RawIOBase):
    """Turns bytes of one encoding into UTF-8, piece by piece."""

    def __init__(self, stream: IO[bytes], encoding: str, name: str) -> None:
        self._stream, self._name, self._encoding = stream, name, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            raw = self._stream.read(1 << 16)
            try:
                self._left = self._decoder.decode(raw, final=not raw).encode("utf-8", "surrogatepass")
            except UnicodeError as error:
                raise DataError(f"expected {self._encoding}: {error}", path=self._name) from None
            if not raw:
                break
        data, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
