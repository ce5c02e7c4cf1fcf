"""From texts to entities in one call: prompts, a model, its answers, and what they mean.

predictions = genner.extract(texts, ["PER", "LOC"], "openai:qwen3", url="http://localhost:8000/v1")
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

from genner.confidence.probabilities import with_probabilities
from genner.confidence.scoring import AnyCalibration, Confidence, Scoring
from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.formats import Codec, Labels
from genner.models.answers import OVERLAP, Answered, AnswerLog, Demonstrations, answers_to
from genner.models.generator import Completion, Generator
from genner.models.opening import Model, ModelOptions, follow, only_valid, open_generator
from genner.models.recipe import Recipe
from genner.models.retrieval import Nearest
from genner.types import Document, Prediction
from genner.windows import split_text

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Extraction", "Progress", "aextract", "extract"]

Progress: TypeAlias = "bool | Callable[[int, int], None] | None"
"""Whether to draw a bar on standard error (None: on a terminal), or what to call with texts done and all."""

TEMPERATURE = 0.7
"""At which a model answers several times, as Wang et al. 2023 (Self-consistency) draw their answers."""

WINDOW = 2000
"""Characters in one question: about 500 tokens of English, which every model can read and copy."""


@dataclass(slots=True)
class Extraction:
    """What an extraction did: pass one as `report=` and read or print it afterwards.

    Args:
        texts: how many there were.
        empty: texts without a word, about which nothing was asked.
        windows: questions asked or found in `answers`.
        reused: of these, found in `answers`.
        failed: position of each text without a full answer, and why.
        truncated: answers that were cut off at `max_new_tokens`.
        copied: mentions that are in a worked example of the prompt and not in the text.
        prompt_tokens: read by the model, where the backend counts them.
        tokens: written by it.
        guided: what kept the answers valid: `"tokens"` for a guide, a kind of server constraint, or "" for nothing.
        unguided: questions without the constraint, because none can be written for their text.
        remarks: what else a reader of the predictions should know.
        seconds: it took.
    """

    texts: int = 0
    empty: int = 0
    windows: int = 0
    reused: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    truncated: int = 0
    copied: int = 0
    prompt_tokens: int = 0
    tokens: int = 0
    guided: str = ""
    unguided: int = 0
    remarks: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether every text has a whole answer."""
        return not self.failed and not self.truncated

    def __str__(self) -> str:
        parts = [f"{self.texts} texts, {self.windows} answers in {self.seconds:.1f} s"]
        if self.tokens:
            parts.append(f"{self.prompt_tokens:,} tokens read and {self.tokens:,} written")
        counts = {
            "found in the kept answers": self.reused,
            "texts without a word": self.empty,
            "cut off": self.truncated,
            "mentions copied from a worked example": self.copied,
            "asked without a constraint": self.unguided,
        }
        parts += [f"{count} {what}" for what, count in counts.items() if count]
        if self.failed:
            position, reason = self.failed[0]
            parts.append(f"{len(self.failed)} texts failed, the first is number {position + 1}: {reason}")
        return "; ".join([*parts, *self.remarks])


def extract(
    texts: str | Document | Iterable[str | Document],
    labels: Labels,
    model: Model,
    *,
    format: str | Codec = "xml",
    demonstrations: Sequence[Document] | Demonstrations = (),
    shots: int = 4,
    guided: bool | None = None,
    style: str = "genner",
    guidelines: str = "",
    nested: bool = True,
    system: bool = False,
    window: int | None = WINDOW,
    overlap: int = OVERLAP,
    confidence: Confidence = None,
    min_confidence: float | None = None,
    calibration: AnyCalibration = None,
    answers: str | PathLike[str] | None = None,
    progress: Progress = None,
    report: Extraction | None = None,
    **options: Unpack[ModelOptions],
) -> list[Prediction]:
    """Find the entities of each text with a language model.

    Args:
        texts: strings or documents, whose entities are not shown; one alone is a list of one.
        labels: a label set, names, names with definitions, or the name of a known set.
        model: `openai:NAME` for a server, with `url` for any compatible one; a folder or hub name for
            transformers; `vllm:NAME`; `KIND:NAME` of a plug-in; a `Generator`; or a function from chat
            messages to a string.  A model that genner trained is asked as it was trained.
        format: in which the model answers.
        demonstrations: annotated documents to show as worked examples; of more than `shots`, those
            nearest to each text; or a function that picks them.
        shots: how many are shown.
        guided: only allow valid answers; None does so where the backend can.
        style: wording of the prompt, `"genner"` or `"paper"`.
        guidelines: more instructions, in your own words.
        nested: whether entities may overlap.
        system: put the instruction into a system message.
        window: longer texts are asked about in parts of this many characters; None never splits.
        overlap: characters, at most, that a part shares with the one before.
        confidence: how each entity gets one, in the `details` of its prediction: a number of answers to each question,
            whose agreement it is (a model given by name then answers at a temperature of 0.7, unless another is
            given); or `"probability"`, that of the tokens of the only answer.
        min_confidence: entities below it are left out; without it, those that at most half of the answers name.
        calibration: what `genner calibrate` wrote; the confidence is calibrated, and its promise keeps entities.
        answers: a file that keeps the raw answers as they come; run again, nothing is asked about twice.
        progress: draw a bar on standard error (None: on a terminal), or call this with texts done and all.
        report: filled with counts of what was asked, what it cost and what failed.
        options: of the model, see `ModelOptions`: `url`, `api_key`, `batch_size`, `max_new_tokens`,
            `temperature`, `seed`, `retries`, `timeout`, `on_error`.

    Returns:
        one prediction for each text, in their order.  Under `on_error="skip"` that of a text whose
        question failed has no entities and one `no_answer` issue.

    Raises:
        DataError: when a text, the labels, a demonstration or an option is not what it should be.
        ServerError: when the server cannot be reached or goes on failing; what was answered is in `answers`.
        MissingExtraError: naming the pip line of what the model needs.
    """
    began = time.monotonic()
    report = Extraction() if report is None else report
    documents = _documents(texts)
    recipe = Recipe.make(format, labels, style=style, nested=nested, system=system, guidelines=guidelines).fitting(
        model
    )
    pick = _picker(demonstrations, shots)
    _check(recipe, documents, pick, demonstrations, report)
    if options.get("on_error", "raise") not in ("raise", "skip"):
        raise UnknownNameError.of("choice of on_error", options["on_error"], ("raise", "skip"))
    scoring = Scoring.make(confidence, min_confidence, calibration)
    generator = open_generator(model, **_sampling(model, scoring, options))
    _ask_for_probabilities(generator, scoring)
    if window is not None:
        split_text("", size=window, overlap=min(overlap, window // 2))  # refuses sizes that make no sense
    report.texts += len(documents)
    if any(document.text.strip() for document in documents):
        report.guided = _guide(generator, recipe, guided, report)
    documents = [document for document in documents for _ in range(scoring.answers)]
    head = {"recipe": recipe.to_dict(), "model": generator.name, "guided": report.guided} | (
        {"logprobs": True} if scoring.probabilities else {}
    )

    def score(prediction: Prediction, done: Completion) -> Prediction:
        if not prediction.entities:  # an empty answer has no tokens
            return prediction
        return with_probabilities(
            prediction, done.output, done.logprobs, format=recipe.codec, labels=recipe.asked_labels
        )

    found: dict[int, Prediction] = {}
    bar = _Bar(progress, len(documents))
    new = 0

    def watch(done: Completion) -> None:
        nonlocal new
        new += 1
        report.prompt_tokens += done.prompt_tokens
        report.tokens += done.tokens

    log = None if answers is None else AnswerLog(answers, head)
    try:
        for answered in answers_to(
            documents, recipe, generator, demonstrations=pick, size=window, overlap=overlap, log=log, watch=watch
        ):
            text = documents[answered.position].text
            prediction = answered.prediction(recipe, text, score if scoring.probabilities else None)
            found[answered.position] = prediction
            _count(report, answered, prediction, scoring.answers)
            bar.show(len(found))
    finally:
        bar.close()
        if log is not None:
            log.close()
        report.reused += report.windows - new if found else 0
        report.unguided += len(getattr(generator, "free", ()))
        report.failed.sort()
        report.seconds += time.monotonic() - began
    return [*scoring.merged([found[position] for position in range(len(documents))], nested=nested)]


async def aextract(
    texts: str | Document | Iterable[str | Document], labels: Labels, model: Model, **options: Any
) -> list[Prediction]:
    """Do what `extract` does, with the same arguments, without holding up the event loop.

    Args:
        texts: as in `extract`.
        labels: as in `extract`.
        model: as in `extract`.
        **options: the keywords of `extract`.
    """
    import asyncio

    return await asyncio.to_thread(extract, texts, labels, model, **options)


def _sampling(model: Model, scoring: Scoring, options: ModelOptions) -> dict[str, Any]:
    """Return the options of a model that answers several times: it has to answer differently."""
    chosen: dict[str, Any] = dict(options)
    by_name = isinstance(model, (str, PathLike))
    if scoring.answers > 1 and by_name and chosen.setdefault("temperature", TEMPERATURE) <= 0:
        raise DataError("confidence: several answers at a temperature of 0 are equal: leave temperature out")
    return chosen


def _ask_for_probabilities(generator: Generator, scoring: Scoring) -> None:
    if scoring.probabilities:
        if not hasattr(generator, "logprobs"):
            raise DataError(
                f"confidence: {generator.name!r} gives no probabilities of tokens; ask for a number of answers"
            )
        generator.logprobs = True


def _documents(texts: str | Document | Iterable[str | Document]) -> list[Document]:
    if isinstance(texts, (str, Document)):
        texts = [texts]
    if isinstance(texts, (bytes, dict)) or not isinstance(texts, Iterable):
        raise WrongTypeError(f"texts: expected strings, got {type(texts).__name__} {texts!r:.80}")
    made = []
    for position, text in enumerate(texts):
        if not isinstance(text, (str, Document)):
            raise WrongTypeError(f"texts[{position}]: expected a str, got {type(text).__name__} {text!r:.80}")
        made.append(text if isinstance(text, Document) else Document(text))
    return made


def _picker(demonstrations: Sequence[Document] | Demonstrations, shots: int) -> Demonstrations | None:
    if callable(demonstrations):
        return demonstrations
    shown = list(demonstrations)
    for position, document in enumerate(shown):
        if not isinstance(document, Document):
            kind = type(document).__name__
            raise WrongTypeError(f"demonstrations[{position}]: expected a Document, got {kind} {document!r:.80}")
    if shots < 0:
        raise DataError(f"shots: expected 0 or more, got {shots}")
    if not shown or not shots:
        return None
    return Nearest(shown, shots) if len(shown) > shots else lambda document: shown


def _check(
    recipe: Recipe,
    documents: Sequence[Document],
    pick: Demonstrations | None,
    demonstrations: Sequence[Document] | Demonstrations,
    report: Extraction,
) -> None:
    """Try the prompt on all demonstrations before a model is loaded, and note labels that none of them shows."""
    if pick is None or callable(demonstrations):
        recipe.messages("a word")
        return
    recipe.messages("a word", demonstrations)
    shown = Counter(entity.label for document in demonstrations for entity in document.entities)
    missing = [label for label in recipe.labels if label not in shown]
    if missing:
        report.remarks.append(f"no demonstration has the label {', '.join(missing)}")


def _guide(generator: Generator, recipe: Recipe, guided: bool | None, report: Extraction) -> str:
    """Make the backend allow valid answers only, and return what does so."""
    if guided is False:
        return ""
    if guided:
        return only_valid(generator, recipe)
    try:
        return follow(generator, recipe) or ""
    except DataError as error:  # a tokenizer or format that no guide can follow
        report.remarks.append(f"answers are not guided: {error}")
        return ""


def _count(report: Extraction, answered: Answered, prediction: Prediction, answers: int) -> None:
    report.windows += len(answered.windows)
    report.empty += not answered.windows and answered.position % answers == 0
    report.truncated += sum(not done.finished and not done.error for done in answered.completions)
    report.copied += sum(issue.kind == "from_prompt" for issue in prediction.issues)
    if answered.errors:
        report.failed.append((answered.position // answers, answered.errors[0]))


class _Bar:
    """A line on standard error that is drawn over, a few times a second."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._call = progress if callable(progress) else None
        self._draws = progress is True or (progress is None and sys.stderr.isatty())
        self._total, self._began = total, time.monotonic()
        self._drawn = 0.0

    def show(self, done: int) -> None:
        if self._call is not None:
            self._call(done, self._total)
        now = time.monotonic()
        if not self._draws or (now - self._drawn < 0.2 and done < self._total):
            return
        self._drawn = now
        full = 24 * done // max(1, self._total)
        rate = done / max(1e-9, now - self._began)
        sys.stderr.write(f"\r[{'#' * full}{' ' * (24 - full)}] {done}/{self._total} texts, {rate:.1f} a second ")
        sys.stderr.flush()

    def close(self) -> None:
        if self._draws and self._drawn:
            sys.stderr.write("\n")
            sys.stderr.flush()
