"""A generator that remembers: what was answered before a kill is not asked again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genner.models.answers import AnswerLog, question_key
from genner.models.generator import Completion, Generator, Request

__all__ = ["Remembering"]


class Remembering:
    """Passes requests on to another generator, once each, and keeps the answers.

    Args:
        generator: that answers.
        log: the file that keeps them; what it holds already is not asked.
    """

    def __init__(self, generator: Generator, log: AnswerLog) -> None:
        self.generator, self.log, self.name = generator, log, generator.name
        self._asked: Counter[str] = Counter()

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield one completion for each request."""
        keys = {request.key: question_key(request, self._asked) for request in requests}
        new = [request for request in requests if keys[request.key] not in self.log.done]
        for request in requests:
            if keys[request.key] in self.log.done:
                yield replace(self.log.done[keys[request.key]], key=request.key)
        for done in self.generator.generate(new):
            self.log.add(keys[done.key], done)
            yield done
