"""The one finding of a page, in a sentence: what a reader would otherwise look for in its tables."""

from __future__ import annotations

from genner.evaluation import Comparison
from genner.metrics import ErrorReport, ErrorType
from genner.study.assessment import FormatResult, Study

__all__ = ["errors_headline", "kind_explanation", "kind_title", "study_headline"]

SURE = 0.05
"""A p-value below it is called a difference."""


def kind_title(kind: str) -> str:
    """Return the name of a kind of error for headings: the paper's, or the kind itself with spaces."""
    return kind.paper_name if isinstance(kind, ErrorType) else kind.replace("_", " ")


def kind_explanation(kind: str) -> str:
    """Return what a kind means, in one line; a kind of your own has none."""
    return kind.explanation if isinstance(kind, ErrorType) else ""


def study_headline(study: Study) -> str:
    """Return the finding of a study: which system is better, or what goes wrong most often."""
    if study.comparison is not None:
        return _compared(study.comparison)
    if not study.results:
        return ""
    ranked = sorted(study.results, key=lambda result: -(result.strict.micro.f1 or 0))
    best, worst = ranked[0], ranked[-1]
    if len(ranked) == 1:
        return f"Strict F1 is {_percent(best)}. {errors_headline(best.errors)}"
    if best.strict.micro.f1 == worst.strict.micro.f1:
        every = "Both" if len(ranked) == 2 else f"All {len(ranked)}"
        scores = f"{every} systems have a strict F1 of {_percent(best)}."
    else:
        highest = f"{best.format} has the highest strict F1 ({_percent(best)})"
        scores = f"{highest}, {worst.format} the lowest ({_percent(worst)})."
    return f"{scores} {errors_headline(best.errors, best.format)}"


def errors_headline(report: ErrorReport, system: str = "") -> str:
    """Return the most frequent kind of error, and its share; the system is named where there are several."""
    of = f" of {system}" if system else ""
    if not report.total:
        return f"There is no error{of}."
    kind = max(report.kinds, key=lambda one: report.counts[one])
    count = report.counts[kind]
    share = f"{count:,} of {report.total:,}, {100 * count / report.total:.0f} %"
    return f"The most frequent kind of error{of} is {kind_title(kind)} ({share}). {kind_explanation(kind)}"


def _compared(found: Comparison) -> str:
    difference = found.difference("f1")
    one, two = found.names
    if difference.a is None or difference.b is None:
        return f"{one} and {two} cannot be compared: one of them has no F1."
    (high, better), (low, other) = sorted([(difference.a, one), (difference.b, two)], key=lambda side: -side[0])
    scores = f"({100 * high:.2f} and {100 * low:.2f} strict F1)"
    if high == low:
        return f"{one} and {two} score the same {scores}."
    points = f"{100 * (high - low):.2f} points"
    if difference.p_value is None:
        return f"{better} is {points} above {other} {scores}; whether by chance is not known: {difference.reason}."
    chance = f"p = {difference.p_value:.3g}"
    if difference.p_value < SURE:
        return f"{better} is {points} above {other} {scores}, {chance}."
    return f"{better} is {points} above {other} {scores}, which may be chance: {chance}."


def _percent(result: FormatResult) -> str:
    f1 = result.strict.micro.f1
    return "undefined" if f1 is None else f"{100 * f1:.2f}"
