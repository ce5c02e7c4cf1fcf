"""A generator that remembers: what was answered before a kill is not asked again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

from genner.models.generator import Completion, Generator, Request

__all__ = ["Remembering"]


class Remembering:
    """Passes requests on to another generator, once each, and keeps the answers in a file, a line each.

    Args:
        generator: that answers.
        path: of the file; it is read first, when it is there.
    """

    def __init__(self, generator: Generator, path: Path) -> None:
        self.generator, self.path, self.name = generator, path, generator.name
        self._known: dict[str, Completion] = {}
        if path.exists():
            whole, _, cut = path.read_bytes().rpartition(b"\n")
            if cut:  # a line that was not written to its end
                path.write_bytes(whole + b"\n" if whole else b"")
            for line in whole.split(b"\n") if whole else ():
                record = json.loads(line)
                name = record.pop("asked")
                self._known[name] = Completion(**record)

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield one completion for each request."""
        names = [self._key(request) for request in requests]
        for request, name in zip(requests, names, strict=True):
            if name in self._known:
                yield replace(self._known[name], key=request.key)
        new = [(request, name) for request, name in zip(requests, names, strict=True) if name not in self._known]
        asked = {request.key: name for request, name in new}
        with self.path.open("a", encoding="utf-8") as stream:
            for done in self.generator.generate([request for request, _ in new]):
                stream.write(json.dumps({"asked": asked[done.key]} | asdict(done)) + "\n")
                stream.flush()
                self._known[asked[done.key]] = done
                yield done

    def _key(self, request: Request) -> str:
        """Name a question by what is asked of whom."""
        return sha256(json.dumps([self.name, list(request.messages)]).encode()).hexdigest()
