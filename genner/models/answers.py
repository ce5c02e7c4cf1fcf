"""Answers to a corpus in a file that survives a kill: appended line by line, resumed, put in order at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from genner.exceptions import DataError
from genner.io._sink import Sink
from genner.models.chunks import Chunk, join, split
from genner.models.generator import Completion, Generator, Request
from genner.models.recipe import Recipe
from genner.types import Document, Prediction

__all__ = ["answer_all"]


def answer_all(
    documents: Sequence[Document],
    recipe: Recipe,
    generator: Generator,
    path: str | os.PathLike[str],
    *,
    demonstrations: Callable[[Document], Sequence[Document]] | None = None,
    chunk: int | None = None,
    window: int = 256,
    watch: Callable[[Completion], None] | None = None,
) -> int:
    """Ask about every document that has no answer in `path` yet, and return how many were asked about.

    While it runs the answers are appended to `path` + `.part`, a line each; a killed run goes on
    from there.  At the end `path` appears with one line for each document, in their order: `id`
    and `output`, or, for a document that was asked about in pieces, the prediction put together.

    Args:
        demonstrations: worked examples for a document.
        chunk: split documents longer than this many characters, at white space.
        window: documents handed to the generator at once.
        watch: called with every completion.

    Raises:
        DataError: when two documents have one id, or the file holds answers of another run.
    """
    keys = _keys(documents)
    part = Path(f"{os.fspath(path)}.part")
    if not part.parent.is_dir():
        raise DataError("no such directory", path=str(part.parent))
    if Path(path).exists() and not part.exists():
        raise DataError("this file is there already: remove it, or choose another", path=os.fspath(path))
    head = {"recipe": recipe.to_dict(), "model": generator.name, "chunk": chunk}
    done = _resume(part, head)
    waiting = [at for at, key in enumerate(keys) if key not in done]
    with part.open("a", encoding="utf-8") as stream:
        if not stream.tell():
            _append(stream, head)
        for start in range(0, len(waiting), window):
            asked = [(keys[at], documents[at]) for at in waiting[start : start + window]]
            for record in _window(asked, recipe, generator, demonstrations, chunk, watch):
                _append(stream, record)
                done[record["key"]] = record
    with Sink(path) as sink:
        for key, document in zip(keys, documents, strict=True):
            record = {name: value for name, value in done[key].items() if name != "key"}
            sink.write(
                json.dumps(({} if document.id is None else {"id": document.id}) | record, ensure_ascii=False) + "\n"
            )
    part.unlink()
    return len(waiting)


def _keys(documents: Sequence[Document]) -> list[str]:
    """Name every document: by its id, or, where some have none, by its number."""
    ids = [document.id for document in documents]
    if None in ids:
        return [f"{number}" for number in range(1, len(ids) + 1)]
    twice = next((id for at, id in enumerate(ids) if id in set(ids[:at])), None) if len(set(ids)) < len(ids) else None
    if twice is not None:
        raise DataError(f"expected a different id for each document, got {twice!r} twice")
    return [id for id in ids if id is not None]


def _append(stream: Any, record: dict[str, Any]) -> None:
    stream.write(json.dumps(record) + "\n")
    stream.flush()


def _resume(part: Path, head: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Read what an earlier run has answered; a last line that was cut off is taken away."""
    if not part.exists():
        return {}
    whole, _, cut = part.read_bytes().rpartition(b"\n")
    if cut:
        with part.open("rb+") as stream:
            stream.truncate(len(whole) + 1 if whole else 0)
    lines = [json.loads(line) for line in whole.split(b"\n") if line]
    if lines and lines[0] != head:
        differing = ", ".join(name for name in head if lines[0].get(name) != head[name])
        raise DataError(f"this file holds answers of another run, with another {differing}", path=str(part))
    return {record["key"]: record for record in lines[1:]}


def _window(
    asked: Sequence[tuple[str, Document]],
    recipe: Recipe,
    generator: Generator,
    demonstrations: Callable[[Document], Sequence[Document]] | None,
    chunk: int | None,
    watch: Callable[[Completion], None] | None,
) -> Iterator[dict[str, Any]]:
    """Yield a record for each document as soon as all its pieces are answered."""
    requests: list[Request] = []
    owners: list[tuple[int, int]] = []
    pieces: list[list[Chunk]] = []
    for position, (_, document) in enumerate(asked):
        shown = () if demonstrations is None else demonstrations(document)
        bare = Document(document.text, id=document.id)
        found = [Chunk(bare, 0)] if chunk is None else list(split(bare, lambda piece: len(piece.text) <= chunk))
        pieces.append(found)
        for number, piece in enumerate(found):
            requests.append(Request(len(requests), recipe.messages(piece.document.text, shown), piece.document.text))
            owners.append((position, number))
    answers: list[dict[int, Completion]] = [{} for _ in asked]
    for completion in generator.generate(requests):
        if watch is not None:
            watch(completion)
        position, number = owners[completion.key]
        answers[position][number] = completion
        if len(answers[position]) == len(pieces[position]):
            key, document = asked[position]
            ordered = [answers[position][at] for at in range(len(pieces[position]))]
            yield {"key": key} | _record(document, recipe, pieces[position], ordered)


def _record(
    document: Document, recipe: Recipe, pieces: Sequence[Chunk], completions: Sequence[Completion]
) -> dict[str, Any]:
    counts = {
        "finished": all(completion.finished for completion in completions),
        "prompt_tokens": sum(completion.prompt_tokens for completion in completions),
        "tokens": sum(completion.tokens for completion in completions),
    }
    if len(pieces) == 1 and recipe.symbols is None:
        return {"output": completions[0].output, **counts}
    read: list[tuple[int, Prediction]] = [
        (piece.offset, recipe.read(completion.output, piece.document.text))
        for piece, completion in zip(pieces, completions, strict=True)
    ]
    outputs = [completion.output for completion in completions]
    return join(document.text, read).to_dict() | {"outputs": outputs, **counts}
