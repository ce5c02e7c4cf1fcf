"""What a format may offer besides encoding and decoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from genner.exceptions import DataError
from genner.types import Entity, LabelSet

if TYPE_CHECKING:
    from genner.formats.codec import Codec
    from genner.formats.wording import Wording

__all__ = ["CanGrammar", "CanGuide", "CanStream", "HasWording", "LiveReader", "require"]


class LiveReader(Protocol):
    """Takes an answer in pieces and gives entities as they become final."""

    def feed(self, chunk: str) -> Iterator[Entity]: ...


@runtime_checkable
class CanStream(Protocol):
    """A format whose answers can be read while they are being written."""

    def live_reader(self, text: str, labels: LabelSet | None) -> LiveReader:
        """Return a reader for an answer about `text` that arrives in pieces; `labels` may be None."""


@runtime_checkable
class CanGuide(Protocol):
    """A format that can restrict a model to valid answers, token by token; see `genner.constrained`."""

    def guide(self, text: str, labels: LabelSet, **options: Any) -> Any:
        """Return the automaton of valid answers about `text`; `labels` and `options` are those of `get_guide`."""


@runtime_checkable
class CanGrammar(Protocol):
    """A format that can write its answers as a grammar for other engines; see `genner.constrained`."""

    def grammar(self, text: str, labels: LabelSet, **options: Any) -> Any:
        """Return the grammar of valid answers about `text`; `labels` and `options` are those of `grammar_of`."""


@runtime_checkable
class HasWording(Protocol):
    """A format that knows how to ask for itself in a prompt."""

    @property
    def wording(self) -> Wording:
        """How the format is explained in a prompt."""


def require(codec: Codec, capability: type[Any], method: str) -> None:
    """Check that a format offers a capability.

    Args:
        codec: the format.
        capability: a protocol such as `CanGuide`.
        method: the method of that protocol.

    Raises:
        DataError: naming the method that is missing.
    """
    if not isinstance(codec, capability):
        what = method.replace("_", " ")
        raise DataError(f"{codec.name} has no {what}: it needs a `{method}` method, see {capability.__name__}")
