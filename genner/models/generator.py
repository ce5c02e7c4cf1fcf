"""From prompts to outputs: the one protocol that everything that answers follows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from genner.models.recipe import Message, Recipe
from genner.types import Document

__all__ = ["Completion", "Generator", "Request", "Throughput", "requests_for"]


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    Args:
        key: what tells this request from the others; the completion carries it.
        messages: the question, as chat messages.
        text: the text whose entities are asked for, for backends that guide the model by it; None for
            a question of another kind, which no guide fits.
        sample: how many equal questions came before, so that a seed gives each another answer.
    """

    key: int
    messages: Sequence[Message]
    text: str | None
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote.

    Args:
        key: of the request.
        output: the text, without prompt and end token.
        finished: whether the model ended by itself, and was not cut off at the limit.
        prompt_tokens: read, where the backend says.
        tokens: written, where the backend says.
        error: why there is no answer, from a backend that goes on after errors; "" where there is one.
        logprobs: text and natural logarithm of the probability of each token, where they were asked for: of the
            model alone, at temperature 1 and without a guide.  Tokens that spell one character together are one.
    """

    key: int
    output: str
    finished: bool = True
    prompt_tokens: int = 0
    tokens: int = 0
    error: str = ""
    logprobs: tuple[tuple[str, float], ...] = ()


@runtime_checkable
class Generator(Protocol):
    """Answers requests, in any order, each as soon as it is there.

    One that can keep its answers valid has a method `follow(recipe)` as well, which returns what does so,
    or None; one that is faster when it knows what answers look like has a method `expect(recipe)`; one that
    can go on after an error has an attribute `on_error`, `"raise"` or `"skip"`; one that can give the
    probabilities of its tokens has an attribute `logprobs`, False until it is set.
    """

    @property
    def name(self) -> str:
        """What model this is, for the record."""

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield one completion for each request.

        Args:
            requests: what is asked.
        """


def requests_for(documents: Iterable[Document], recipe: Recipe) -> list[Request]:
    """Ask about each document; the key is its position.

    Args:
        documents: what is asked about.
        recipe: how.
    """
    return [
        Request(position, recipe.messages(document.text), document.text) for position, document in enumerate(documents)
    ]


class Throughput:
    """Counts what passes by, to say how fast it goes.

    Args:
        tell: called with a line from time to time.
        every: seconds between the lines.
    """

    def __init__(self, tell: Callable[[str], None] | None = None, *, every: float = 10.0) -> None:
        self.began = self.reported = time.monotonic()
        self.answers = self.tokens = 0
        self.tell, self.every = tell, every

    def see(self, completion: Completion) -> None:
        """Count one more answer.

        Args:
            completion: the answer.
        """
        self.answers += 1
        self.tokens += completion.tokens
        if self.tell is not None and time.monotonic() - self.reported >= self.every:
            self.tell(str(self))
            self.reported = time.monotonic()

    def __str__(self) -> str:
        seconds = max(1e-9, time.monotonic() - self.began)
        tokens = f" and {self.tokens / seconds:.0f} tokens" if self.tokens else ""  # not every backend counts them
        return f"{self.answers} answers in {seconds:.1f} s: {self.answers / seconds:.1f} answers{tokens} a second"
