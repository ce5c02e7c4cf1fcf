"""Everything genner raises.

    GennerError
    ├── DataError (ValueError)            a value, file or record is not what it should be
    │   └── WrongTypeError (TypeError)    a value has the wrong type
    ├── EncodeError (ValueError)          a format cannot express what a document holds
    ├── DecodeError (ValueError)          raised only under `strict=True`; carries every issue
    ├── UnknownNameError (LookupError, ValueError)   no format, label set, metric ... of that name
    └── MissingExtraError (ImportError)   an optional package is not installed

One `except GennerError` catches them all; each is also the builtin a caller would expect.
Further facts are attributes, so that a program need not parse the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "DataError",
    "DecodeError",
    "EncodeError",
    "GennerError",
    "MissingExtraError",
    "UnknownNameError",
    "WrongTypeError",
]


class GennerError(Exception):
    """Base class of every error genner raises on purpose."""


class DataError(GennerError, ValueError):
    """A value, file or record is not what it should be.

    Args:
        message: what was expected and what was got.
        path: the file, when there is one.
        line: 1-based line in that file.
    """

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.line = line

    def __str__(self) -> str:
        message = super().__str__()
        if self.path is None:
            return message if self.line is None else f"line {self.line}: {message}"
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {message}"


class WrongTypeError(DataError, TypeError):
    """A value has the wrong type."""


class EncodeError(GennerError, ValueError):
    """A format cannot express what a document holds.

    Args:
        message: what cannot be expressed, and why.
        entities: the entities that cannot be expressed.
    """

    def __init__(self, message: str, *, entities: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.entities = tuple(entities)


class DecodeError(GennerError, ValueError):
    """A model output needed repair, and the caller asked for `strict=True`.

    Args:
        message: how many issues there are, and the first.
        prediction: what could be decoded all the same; `issues` are its issues.
    """

    def __init__(self, message: str, *, prediction: Any = None) -> None:
        super().__init__(message)
        self.prediction = prediction

    @property
    def issues(self) -> tuple[Any, ...]:
        """What is wrong with the output, in the order in which it was found."""
        return () if self.prediction is None else tuple(self.prediction.issues)


class UnknownNameError(GennerError, LookupError, ValueError):
    """No format, label set, metric or column of that name; known ones that hold it, or the closest, are offered.

    >>> raise UnknownNameError.of("format", "braket", ["bracket", "xml"])
    Traceback (most recent call last):
    ...
    genner.exceptions.UnknownNameError: unknown format 'braket'; did you mean 'bracket'? Known: bracket, xml

    """

    def __init__(self, message: str, *, name: str | None = None, known: Sequence[str] = ()) -> None:
        """Build the error; `of` words the message.

        Args:
            message: what is wrong.
            name: the unknown name.
            known: the names there are.
        """
        super().__init__(message)
        self.name = name
        self.known = tuple(known)

    @classmethod
    def of(
        cls,
        kind: str,
        name: object,
        known: Iterable[str],
        aliases: Mapping[str, str] | None = None,
        *,
        listing: str = "",
    ) -> UnknownNameError:
        """Build the error for `name`, which is none of the `known` names of this `kind`.

        Args:
            kind: what is looked for.
            name: the unknown name.
            known: the names there are.
            aliases: other words that people use, each with the known name that it means.
            listing: the command that lists the known names, where the message would be too long with them.
        """
        from difflib import get_close_matches  # an error may take its time, an import may not

        names = list(known)
        word = str(name).casefold()
        meant = {**(aliases or {}), **{known_name.casefold(): known_name for known_name in names}}
        near = [one for one in meant if len(word) > 2 and word in one] or get_close_matches(
            word, meant, n=3 if listing else 1
        )
        offered = [repr(one) for one in dict.fromkeys(meant[one] for one in near)][:3]
        hint = (
            f"; did you mean {', '.join(offered[:-1])}{' or ' * (len(offered) > 1)}{offered[-1]}?" if offered else "."
        )
        rest = f"`{listing}` lists all" if listing else f"Known: {', '.join(names) or 'none'}"
        message = f"unknown {kind} {name!r}{hint} {rest}"
        return cls(message, name=str(name), known=names)


class MissingExtraError(GennerError, ImportError):
    """An optional package is not installed; the message names the feature and the pip line."""

    @classmethod
    def of(cls, feature: str, package: str, extra: str) -> MissingExtraError:
        """Build the error for a `feature` that needs `package`, which `extra` installs."""
        return cls(f"{feature} needs {package}, which is not installed: pip install 'genner[{extra}]'")
