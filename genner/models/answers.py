"""Answers to a corpus: long texts in windows, every answer kept on disk as it comes, put in order at the end."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from genner.exceptions import DataError
from genner.io import Sink
from genner.io.json_text import json_line
from genner.models.generator import Completion, Generator, Request
from genner.models.recipe import Recipe
from genner.prompts import from_prompt
from genner.types import Document, Issue, Prediction
from genner.windows import Window, merge_windows, split_text

__all__ = ["AnswerLog", "Answered", "Demonstrations", "Remembering", "Score", "answer_all", "answers_to"]

Demonstrations = Callable[[Document], Sequence[Document]]
"""Picks the worked examples for a document."""

Score = Callable[[Prediction, Completion], Prediction]
"""Adds scores to the prediction of one answer."""

OVERLAP = 200
"""Most characters that a window shares with the one before it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered about one document.

    Args:
        position: of the document.
        windows: the parts that were asked about; none for a text without a word.
        completions: one for each window.
        shown: the texts of the worked examples in the prompts.
    """

    position: int
    windows: tuple[Window, ...]
    completions: tuple[Completion, ...]
    shown: tuple[str, ...] = ()

    @property
    def errors(self) -> list[str]:
        """Why there is no answer, for each window without one."""
        return [done.error for done in self.completions if done.error]

    def prediction(self, recipe: Recipe, text: str, score: Score | None = None) -> Prediction:
        """Read the answers and put them together over the whole text.

        Args:
            score: adds what it knows about the entities of each answer before they are put together.
        """
        read = [
            _read(recipe, window, done, self.shown) for window, done in zip(self.windows, self.completions, strict=True)
        ]
        if score is not None:
            read = [score(one, done) for one, done in zip(read, self.completions, strict=True)]
        if not read:
            return Prediction((), text=text)
        return read[0] if len(read) == 1 else merge_windows(text, self.windows, read, nested=recipe.nested)

    def record(self, recipe: Recipe, text: str) -> dict[str, Any]:
        """Return what a file of answers holds of it: the raw answer, or the prediction where it had several parts."""
        counts = {
            "finished": all(done.finished for done in self.completions),
            "prompt_tokens": sum(done.prompt_tokens for done in self.completions),
            "tokens": sum(done.tokens for done in self.completions),
        }
        if len(self.windows) == 1 and recipe.symbols is None:
            return {"output": self.completions[0].output, **counts}
        outputs = [done.output for done in self.completions]
        return self.prediction(recipe, text).to_dict() | {"outputs": outputs, **counts}


def _read(recipe: Recipe, window: Window, done: Completion, shown: Sequence[str]) -> Prediction:
    if done.error:
        return Prediction((), (), [Issue("no_answer", done.error)], window.text)
    return from_prompt(recipe.read(done.output, window.text), shown)


class AnswerLog:
    """A file to which every answer is appended as it comes, so that nothing is asked about twice.

    The file appears with the first answer.  Its first line names the model and the recipe, and each
    line after it holds an answer under the hash of its question.

    Args:
        path: the file; what an earlier run left there is read.
        head: what has to be equal for answers to be used again.

    Raises:
        DataError: when the file holds answers under another head, or is something else.
    """

    def __init__(self, path: str | os.PathLike[str], head: dict[str, Any]) -> None:
        self.path, self.head = Path(path), head
        self._stream: TextIO | None = None
        self.done: dict[str, Completion] = {}
        if not self.path.parent.is_dir():
            raise DataError("no such directory", path=str(self.path.parent))
        if self.path.exists():
            self._resume()

    def __enter__(self) -> AnswerLog:
        return self

    def close(self) -> None:
        """End writing; what was written stays."""
        if self._stream is not None:
            self._stream.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, key: str, done: Completion) -> None:
        """Write one answer."""
        self.done[key] = done
        if self._stream is None:
            new = not self.path.exists() or not self.path.stat().st_size
            self._stream = self.path.open("a", encoding="utf-8")
            if new:
                self._stream.write(json.dumps(self.head) + "\n")
        record = {"key": key, "output": done.output, "finished": done.finished}
        record |= {"prompt_tokens": done.prompt_tokens, "tokens": done.tokens}
        if done.logprobs:
            record["logprobs"] = done.logprobs
        self._stream.write(json.dumps(record) + "\n")  # in ASCII: an answer may hold lone surrogates
        self._stream.flush()

    def _resume(self) -> None:
        """Read what an earlier run has written; a last line that was cut off is taken away."""
        whole, _, cut = self.path.read_bytes().rpartition(b"\n")
        if cut:
            with self.path.open("rb+") as stream:
                stream.truncate(len(whole) + 1 if whole else 0)
        try:
            head, *lines = [json.loads(line) for line in whole.split(b"\n") if line] or [self.head]
            for line in lines:
                rest = (line["output"], line["finished"], line["prompt_tokens"], line["tokens"])
                logprobs = tuple((token, value) for token, value in line.get("logprobs", ()))
                self.done[line["key"]] = Completion(0, *rest, logprobs=logprobs)
            differing = [name for name in self.head if head.get(name) != self.head[name]]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DataError("expected answers that genner has kept, got something else", path=str(self.path)) from None
        if differing:
            message = f"this file holds answers of another run, with another {', '.join(differing)}"
            raise DataError(message, path=str(self.path))


class Remembering:
    """Passes requests on to another generator, once each, and keeps the answers.

    Args:
        generator: that answers.
        log: the file that keeps them; what it holds already is not asked about.
        watch: called with every new completion.
    """

    def __init__(
        self, generator: Generator, log: AnswerLog | None, watch: Callable[[Completion], None] | None = None
    ) -> None:
        self.generator, self.log, self.watch, self.name = generator, log, watch, generator.name
        self._asked: Counter[str] = Counter()

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield one completion for each request, those that are kept first."""
        new: list[Request] = []
        names: dict[int, str] = {}
        for request in requests:
            name, before = self._named(request)
            if self.log is not None and name in self.log.done:
                yield replace(self.log.done[name], key=request.key)
            else:
                new.append(replace(request, sample=before))
                names[request.key] = name
        for done in self.generator.generate(new) if new else ():
            if self.watch is not None:
                self.watch(done)
            if self.log is not None and not done.error:
                self.log.add(names[done.key], done)
            yield done

    def _named(self, request: Request) -> tuple[str, int]:
        """Name a question by its words and by how many equal ones came before, for sampled answers differ."""
        name = sha256(json.dumps(list(request.messages)).encode()).hexdigest()[:24]
        before = self._asked[name]
        self._asked[name] += 1
        return (f"{name}-{before + 1}" if before else name), before


def answers_to(
    documents: Sequence[Document],
    recipe: Recipe,
    generator: Generator,
    *,
    demonstrations: Demonstrations | None = None,
    size: int | None = None,
    overlap: int = OVERLAP,
    log: AnswerLog | None = None,
    at_once: int = 256,
    watch: Callable[[Completion], None] | None = None,
) -> Iterator[Answered]:
    """Ask about every document, and yield each as soon as all its windows are answered.

    Args:
        demonstrations: picks worked examples for a document.
        size: longer texts are asked about in windows of this many characters.
        overlap: characters, at most, that a window shares with the one before.
        log: keeps the answers; what it holds already is not asked about.
        at_once: documents handed to the generator at once.
        watch: called with every new completion.
    """
    if hasattr(generator, "expect"):
        generator.expect(recipe)
    remembering = Remembering(generator, log, watch)
    for first in range(0, len(documents), at_once):
        parts = [
            _Part(at, documents[at], recipe, demonstrations, size, overlap)
            for at in range(first, min(first + at_once, len(documents)))
        ]
        yield from (part.answered() for part in parts if not part.questions)
        owners = [(part, number) for part in parts for number in range(len(part.questions))]
        asked = [replace(part.questions[number], key=key) for key, (part, number) in enumerate(owners)]
        for done in remembering.generate(asked):
            part, number = owners[done.key]
            if part.take(number, done):
                yield part.answered()


class _Part:
    """One document in progress: its windows, the questions about them, and the answers so far."""

    def __init__(
        self,
        position: int,
        document: Document,
        recipe: Recipe,
        demonstrations: Demonstrations | None,
        size: int | None,
        overlap: int,
    ) -> None:
        text = document.text
        self.position = position
        self.windows: tuple[Window, ...] = ()
        self.questions: list[Request] = []
        self.shown: tuple[str, ...] = ()
        self._completions: dict[int, Completion] = {}
        if not text.strip():
            return  # there is nothing to ask
        bare = Document(text, id=document.id)
        examples = () if demonstrations is None else tuple(demonstrations(bare))
        if size is None or len(text) <= size:
            self.windows = (Window(text, 0),)
        else:
            self.windows = split_text(text, size=size, overlap=min(overlap, size // 2))
        asked = [recipe.prompt(window.text, examples) for window in self.windows]
        self.shown = asked[0].shown
        self.questions = [
            Request(0, recipe.turns(made), window.text) for made, window in zip(asked, self.windows, strict=True)
        ]

    def take(self, number: int, done: Completion) -> bool:
        """Keep the answer to a question, and tell whether all are there."""
        self._completions[number] = done
        return len(self._completions) == len(self.questions)

    def answered(self) -> Answered:
        ordered = tuple(self._completions[number] for number in range(len(self.questions)))
        return Answered(self.position, self.windows, ordered, self.shown)


def answer_all(
    documents: Sequence[Document],
    recipe: Recipe,
    generator: Generator,
    path: str | os.PathLike[str],
    *,
    demonstrations: Demonstrations | None = None,
    chunk: int | None = None,
    window: int = 256,
    watch: Callable[[Completion], None] | None = None,
) -> int:
    """Ask about every document that has no answer in `path` yet, and return how many questions were asked.

    While it runs the answers are appended to `path` + `.part`; a killed run goes on from there.  At
    the end `path` appears with one line for each document, in their order: `id` and `output`, or,
    for a document that was asked about in windows, the prediction put together.

    Args:
        recipe: how they are asked about.
        demonstrations: picks worked examples for a document.
        chunk: texts longer than this many characters are asked about in windows.
        window: documents handed to the generator at once.
        watch: called with every new completion.

    Raises:
        DataError: when two documents have one id, or the file holds answers of another run.
    """
    _check_ids(documents)
    part = Path(f"{os.fspath(path)}.part")
    if Path(path).exists() and not part.exists():
        raise DataError("this file is there already: remove it, or choose another", path=os.fspath(path))
    asked = 0

    def see(done: Completion) -> None:
        nonlocal asked
        asked += 1
        if watch is not None:
            watch(done)

    head = {"recipe": recipe.to_dict(), "model": generator.name, "chunk": chunk}
    records: dict[int, dict[str, Any]] = {}
    with AnswerLog(part, head) as log:
        options: dict[str, Any] = {"demonstrations": demonstrations, "size": chunk, "at_once": window}
        for answered in answers_to(documents, recipe, generator, log=log, watch=see, **options):
            records[answered.position] = answered.record(recipe, documents[answered.position].text)
    with Sink(path) as sink:
        for position, document in enumerate(documents):
            named = {} if document.id is None else {"id": document.id}
            sink.write(json_line(named | records[position]) + "\n")
    part.unlink(missing_ok=True)
    return asked


def _check_ids(documents: Sequence[Document]) -> None:
    """Refuse two documents of one id, unless some have none."""
    counts = Counter(document.id for document in documents)
    twice = next((id for id, count in counts.items() if count > 1), None)
    if None not in counts and twice is not None:
        raise DataError(f"expected a different id for each document, got {twice!r} twice")
