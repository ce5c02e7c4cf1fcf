"""Decode and score on several processes or machines, with the results of a single one.

The batch functions take columns and return columns, as `map_batches` of Ray Data, data frames of pandas and
Spark's `mapInPandas` have them:

    rows = ray.data.read_json("answers.jsonl")          # or read_parquet
    how = {"format": "xml", "labels": "PER,LOC"}
    decoded = rows.map_batches(decode_batch, fn_kwargs=how)
    parts = decoded.map_batches(score_batch, fn_kwargs=how)
    evaluation = merged(part["evaluation"] for part in parts.iter_rows())

`evaluate_files` does the same for JSON Lines on this machine.  Counts are added, never ratios: an evaluation
that was merged from parts equals that of all documents at once, whatever the parts and their order.
"""

from __future__ import annotations

import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from io import StringIO
from itertools import islice, zip_longest
from multiprocessing import get_context
from typing import Any, Protocol, TypeAlias, TypeVar

from typing_extensions import Unpack

from genner.evaluation import OutputMatching, evaluate
from genner.exceptions import DataError, GennerError
from genner.formats import Codec, CodecOptions, Format, get_codec
from genner.io import Problem, ReadReport, Source, guess_format
from genner.io.json_text import json_line, load_json
from genner.io.own import own_document
from genner.io.predictions import record_of
from genner.io.records import document_of
from genner.labelsets import get_label_set
from genner.metrics import IssueTally
from genner.metrics.counts import Row
from genner.metrics.matching import MATCHINGS, Matching
from genner.metrics.results import Evaluation
from genner.metrics.scoring import check
from genner.metrics.settings import Labels, Scoring, Settings, resolved
from genner.study.outputs import RAW_KEYS, gold_of, is_bare, output_of, output_of_line
from genner.types import Document, LabelSet, Prediction
from genner.types.plain import read_at, read_document

__all__ = [
    "CHUNK",
    "Batch",
    "Columns",
    "NotByLine",
    "chunks",
    "decode_batch",
    "evaluate_files",
    "mapped",
    "merged",
    "score_batch",
]

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 500
"""Records that a process takes at once: enough to make the cost of sending them small."""


class NotByLine(DataError):
    """These files cannot be scored line by line, as their documents are not in genner's shape or in one order."""


class Columns(Protocol):
    """Columns by name: a dict of lists or arrays, or a data frame."""

    def __iter__(self) -> Iterator[Any]: ...

    def __getitem__(self, name: Any, /) -> Any: ...


Batch: TypeAlias = "dict[str, Any]"
"""Columns by name, all of one length."""


# -- columns in, columns out ---------------------------------------------------------------------


def decode_batch(
    batch: Columns, *, format: Format, labels: Labels = None, codec_options: CodecOptions | None = None
) -> Batch:
    """Return the columns and one more, `decoded`: what each output holds, a `Prediction` as JSON.

    Args:
        batch: a row is read as a record of a file of outputs is, by the names of its keys: `output`,
            `predict`, `response`, ...; `text`, or the text inside `prompt`.
        format: of the outputs.
        labels: the label set asked for.
        codec_options: options of the format, such as `grounding`.

    Raises:
        DataError: naming the row that has no output.
    """
    codec, known, source = get_codec(format, **(codec_options or {})), get_label_set(labels), Source(StringIO())

    def decoded(record: dict[str, Any]) -> str:
        answer = output_of(record, source)
        if isinstance(answer.answer, Document):  # gold, which is no prediction of itself
            raise DataError(f"expected an answer under one of {', '.join(RAW_KEYS)}, got {', '.join(record)}")
        return answer.decode(codec, labels=known).to_json()

    made = [read_at(number, record, "row", decoded) for number, record in enumerate(_records(batch))]
    return {**{str(name): batch[name] for name in batch}, "decoded": made}


def score_batch(
    batch: Columns,
    *,
    format: Format | None = None,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Batch:
    """Return one row with one column, `evaluation`: the counts of all rows of the batch, as JSON.

    Args:
        batch: the columns of `decode_batch`, with the gold entities of each `text` (objects of `start`, `end`
            and `label`, or JSON of such a list), or with the right answer under `label`.
        format: of the outputs; recorded in the signature, and read where gold is an answer.
        settings: how to compare, where no keyword says otherwise.
        options: as in `genner.evaluate`.

    Raises:
        DataError: naming the row that cannot be scored.
    """
    ours, matching = _scoring(options, settings)
    codec, known = None if format is None else get_codec(format), get_label_set(options.get("labels"))
    if codec is not None:
        grounding = ours.grounding if "grounding" in options else str(getattr(codec, "grounding", "n/a"))
        ours = replace(ours, format=codec.name, grounding=grounding)

    def sides(record: dict[str, Any]) -> tuple[Document, Prediction]:
        if not isinstance(record.get("decoded"), str):
            raise DataError("expected the column 'decoded', which decode_batch adds")
        return _gold_of(record, codec, known), Prediction.from_json(record["decoded"])

    pairs = [read_at(number, record, "row", sides) for number, record in enumerate(_records(batch))]
    part = evaluate([gold for gold, _ in pairs], [found for _, found in pairs], settings=ours, matching=matching)
    return {"evaluation": [json_line(part.to_dict() | {"order": None})]}


def merged(parts: Iterable[Evaluation | str]) -> Evaluation:
    """Return the evaluation of all documents from those of parts of them, in any order.

    Args:
        parts: as `score_batch` or `Evaluation.to_json` wrote them, or evaluations themselves.

    Raises:
        DataError: when there is no part, or two were scored by other settings.
    """
    rows: Counter[Row] = Counter()
    tally, settings = IssueTally(), None
    for part in parts:
        one = part if isinstance(part, Evaluation) else Evaluation.from_json(part)
        settings = settings or one.settings
        if one.settings != settings:
            raise DataError(f"expected parts scored alike, got {settings} and {one.settings}")
        rows.update(one.rows)
        tally += one.tally
    if settings is None:
        raise DataError("expected evaluations to merge, got none")
    return Evaluation(settings, rows, tally)


def _scoring(options: Scoring, settings: Settings | None) -> tuple[Settings, Matching]:
    ours, matching = resolved(options, settings)
    if isinstance(matching, OutputMatching):
        raise DataError(f"matching={matching.name!r} counts raw outputs, not entities: use evaluate_outputs()")
    return ours, matching


def _records(batch: Columns) -> Iterator[dict[str, Any]]:
    """Yield the rows; a value that is missing is left out."""
    names = [*batch]
    for values in zip(*(batch[name] for name in names), strict=True):
        yield {
            str(name): made for name, value in zip(names, values, strict=True) if (made := _plain(value)) is not None
        }


def _plain(value: Any) -> Any:
    """Return a value of a column as JSON has it: numpy, pandas and Spark have types of their own."""
    if hasattr(value, "asDict"):  # a row of Spark
        value = value.asDict()
    elif hasattr(value, "tolist"):  # an array or a number of numpy
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): made for name, inner in value.items() if (made := _plain(inner)) is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return None if value != value else value  # pandas writes NaN where there is nothing


def _gold_of(record: dict[str, Any], codec: Codec | None, labels: LabelSet | None) -> Document:
    """Return the gold document of a row: entities over a text, or a right answer that the codec reads."""
    if isinstance(record.get("label"), str) and "prompt" in record:
        return _gold_answer({"predict": "", **record}, codec, labels)
    listed = record.get("entities")
    made = record if not isinstance(listed, str) else {**record, "entities": load_json(listed)}
    own = own_document({key: made[key] for key in ("id", "text", "entities") if key in made})
    return read_document(made) if own is None else own


# -- files on this machine -----------------------------------------------------------------------


def evaluate_files(
    gold: str,
    predicted: str | None = None,
    format: Format | None = None,
    *,
    workers: int = 1,
    codec_options: CodecOptions | None = None,
    skip_bad: bool = False,
    report: ReadReport | None = None,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Evaluation:
    """Score files of any size line by line, in the memory of a few hundred documents.

    Args:
        gold: JSON Lines of documents as `genner.write` writes them; or a `generated_predictions.jsonl`, which
            holds both sides.
        predicted: JSON Lines of outputs, predictions or documents, a line for each of gold, in the same order.
        format: of raw outputs.
        workers: how many processes read, decode and score; 1 is this one.
        codec_options: options of the format, such as `grounding`.
        skip_bad: leave out lines that cannot be read, on both sides, and count them.
        report: filled with what was left out.
        settings: how to compare, where no keyword says otherwise.
        options: as in `genner.evaluate`.

    Raises:
        DataError: with file and line, when a line cannot be read or the sides are not about the same documents.
    """
    _check_kind(gold, "predictions" if predicted is None else "jsonl")
    ours, matching = _scoring(options, settings)
    registered = MATCHINGS.get(matching.name) is matching  # a process finds it by its name
    bare = predicted is not None and any(
        is_bare(Source(predicted), _text(line)) for _, line in islice(_filled(predicted), 1)
    )
    scorer = _Scorer(
        gold,
        predicted,
        bare,
        format,
        codec_options or {},
        get_label_set(options.get("labels")),
        ours,
        matching.name if registered else matching,
        skip_bad,
    )
    seen = ReadReport() if report is None else report

    def evaluations() -> Iterator[Evaluation]:
        for evaluation, problems in mapped(scorer, chunks(_lines(gold, predicted)), workers):
            seen.documents += evaluation.documents
            for problem in problems:
                seen.add(problem)
            yield evaluation

    return merged(evaluations())


def _check_kind(path: str, wanted: str) -> None:
    kind = guess_format(path)
    if kind != wanted:
        raise NotByLine(
            f"expected JSON Lines of documents and a second file with the outputs, or a file with 'prompt', "
            f"'predict' and 'label', got {kind}: genner convert --to jsonl writes the former",
            path=path,
        )


_Line: TypeAlias = "tuple[int, str | DataError]"
_End: _Line = (0, "")


def _filled(path: str) -> Iterator[_Line]:
    return ((number, line) for number, line in Source(path).lines() if isinstance(line, DataError) or line.strip())


def _lines(gold: str, predicted: str | None) -> Iterator[tuple[_Line, _Line]]:
    """Yield the lines of both files that belong together; those of a file that holds both sides twice."""
    if predicted is None:
        yield from ((line, line) for line in _filled(gold))
        return
    for one, other in zip_longest(_filled(gold), _filled(predicted), fillvalue=_End):
        if _End in (one, other):
            shorter, longer, line = (gold, predicted, other[0]) if one == _End else (predicted, gold, one[0])
            raise NotByLine(f"expected a line for each of {longer}: line {line} there has none", path=shorter)
        yield one, other


@dataclass(frozen=True, slots=True)
class _Scorer:
    """Decodes and scores lines; what it needs goes to every process."""

    gold: str
    predicted: str | None
    bare: bool
    format: Format | None
    codec_options: CodecOptions
    labels: LabelSet | None
    settings: Settings
    matching: str | Matching
    skip_bad: bool

    def __call__(self, lines: list[tuple[_Line, _Line]]) -> tuple[Evaluation, list[Problem]]:
        codec = None if self.format is None else get_codec(self.format, **self.codec_options)
        gold, predicted = Source(self.gold), Source(self.predicted or self.gold)
        documents, predictions, problems = [], [], []
        for one, other in lines:
            try:
                document = _located(gold, one[0], self._document, one[1], codec)
                prediction = _located(predicted, other[0], self._prediction, other, predicted, document, codec)
            except DataError as error:
                if not self.skip_bad or isinstance(error, NotByLine):
                    raise
                text = other[1] if error.path == predicted.name else one[1]
                problems.append(
                    Problem(
                        "skipped", str(error.args[0]), error.path, error.line, text if isinstance(text, str) else None
                    )
                )
            else:
                documents.append(document)
                predictions.append(prediction)
        part = evaluate(documents, predictions, settings=self.settings, matching=self.matching)
        return Evaluation(part.settings, dict(part.rows), part.tally), problems

    def _document(self, line: str | DataError, codec: Codec | None) -> Document:
        value = load_json(_text(line))
        if self.predicted is None:
            return _gold_answer(value, codec, self.labels)
        document = own_document(value)
        if document is None:
            document_of(value, Source(self.gold))  # raises where the record is bad in any shape
            raise NotByLine("expected a document as genner.write writes it: genner convert --to jsonl does")
        return document

    def _prediction(self, line: _Line, source: Source, document: Document, codec: Codec | None) -> Prediction:
        answer = output_of_line(_text(line[1]), source, line[0], bare=self.bare)
        if None is not answer.id != document.id is not None:
            raise NotByLine(f"expected the answer for {document.id!r}, got the one for {answer.id!r}")
        prediction = answer.decode(codec, document.text, labels=self.labels)
        check(document, prediction, 0)
        return prediction


def _located(source: Source, line: int, make: Callable[..., Result], *arguments: Any) -> Result:
    try:
        return make(*arguments)
    except DataError as error:
        raise source.located(error, line) from None


def _text(line: str | DataError) -> str:
    if isinstance(line, DataError):
        raise line
    return line


def _gold_answer(value: Any, codec: Codec | None, labels: LabelSet | None) -> Document:
    if codec is None:
        raise DataError("the right answer is in an output format: name it (--format) to decode it")
    return gold_of(record_of(value), codec, labels).to_document()


# -- processes -----------------------------------------------------------------------------------


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Yield the items in lists of `size`; the last may be shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def mapped(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order, from several processes; few items are read ahead.

    Args:
        function: and what it returns: what pickle can send to a process.
        items: what it is applied to.
        workers: how many processes; 1 is this one.

    Raises:
        GennerError: when a process was ended from outside; else whatever the function raises.
    """
    if type(workers) is not int or workers < 1:
        raise DataError(f"workers: expected a number of processes, got {workers!r}")
    if workers == 1:
        yield from map(function, items)
        return
    # a new interpreter for each: threads of this one, such as those of numpy, do not survive a fork
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=signal.signal, initargs=_IGNORED)
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise GennerError(
            "a process ended before its work was done; perhaps memory is short: try fewer workers"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


_IGNORED = (signal.SIGINT, signal.SIG_IGN)
"""Ctrl-C ends the process that waits; those that work for it end with it, without a trace each."""
