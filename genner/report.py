"""Studies as one self-contained HTML page: data -> JSON -> template.

`report_data` says everything the page shows, as plain JSON; the template lays the figures out so
that they can be read and printed without a script, and the script in the page draws the documents
that are looked at.  Nothing is fetched from anywhere, and all text is escaped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from os import PathLike
from typing import Any

from genner.assessment import FormatResult, Study
from genner.exceptions import DataError, MissingExtraError
from genner.io._sink import Sink
from genner.metrics import ErrorCase, ErrorType, Score
from genner.types import Document, Entity, Mention

__all__ = ["report_data", "to_html", "write_report"]


def report_data(studies: Iterable[Study]) -> dict[str, Any]:
    """Return everything the page shows as plain dicts, lists, strings and numbers."""
    return {
        "version": version("genner"),
        "errors": [
            {"kind": kind.value, "name": kind.paper_name, "explanation": kind.explanation, "example": kind.example}
            for kind in ErrorType
        ],
        "studies": [_study(study) for study in studies],
    }


def _study(study: Study) -> dict[str, Any]:
    names = list(dict.fromkeys((*study.labels, *(name for result in study.results for name in result.strict.labels))))
    return {
        "name": study.name,
        "system": study.system,
        "documents": len(study.gold),
        "entities": study.entities,
        "labels": [{"name": name, "definition": _definition(study, name)} for name in names],
        "signature": study.results[0].strict.signature if study.results else "",
        "results": [_result(result) for result in study.results],
        "docs": _documents(study),
    }


def _definition(study: Study, name: str) -> str:
    return study.labels[name].definition if name in study.labels else ""


def _result(result: FormatResult) -> dict[str, Any]:
    tally = result.issues
    return {
        "format": result.format,
        "strict": _score(result.strict.micro),
        "text": _score(result.text.micro),
        "labels": {name: _score(score) for name, score in result.strict.scores.items()},
        "errors": {kind.value: count for kind, count in result.errors.counts.items()},
        "touched": result.errors.touched,
        "issues": {"outputs": tally.outputs, "clean": tally.clean, "shares": tally.shares, "kinds": dict(tally.kinds)},
        "ambiguous": result.ambiguous,
        "dropped": len(result.dropped),
        "notes": list(result.strict.notes),
        "example": None
        if result.example is None
        else {"prompt": result.example.prompt.text, "answer": result.example.answer},
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        name: getattr(score, name) for name in ("precision", "recall", "f1", "tp", "fp", "fn", "support", "predicted")
    }


def _documents(study: Study) -> list[dict[str, Any]]:
    """Describe each document with what each format made of it; equal views are kept once."""
    errors = [_by_position(result) for result in study.results]
    rows = []
    for position, document in enumerate(study.gold):
        views: list[dict[str, Any]] = []
        places = []
        for result, cases in zip(study.results, errors, strict=True):
            view = _view(document, result, position, cases[position])
            if view not in views:
                views.append(view)
            places.append(views.index(view))
        rows.append(
            {"id": document.id, "text": document.text, "gold": list(document.entities), "views": views, "of": places}
        )
    return rows


def _by_position(result: FormatResult) -> defaultdict[int, list[ErrorCase]]:
    cases: defaultdict[int, list[ErrorCase]] = defaultdict(list)
    for case in (*result.errors.cases, *result.errors.touched_cases):
        cases[case.position].append(case)
    return cases


def _view(document: Document, result: FormatResult, position: int, cases: Sequence[ErrorCase]) -> dict[str, Any]:
    """Say of every gold entity, prediction and unplaced mention what is wrong with it, if anything."""
    missed: defaultdict[Entity, list[str]] = defaultdict(list)
    wrong: defaultdict[Entity | Mention, list[str]] = defaultdict(list)
    for case in cases:
        kind = "touched" if case.type is None else case.type.value
        if case.facts.side == "gold" and case.gold is not None:
            missed[case.gold].append(kind)
        elif case.predicted is not None:
            wrong[case.predicted].append(kind)
    prediction = result.predictions[position]
    return {
        "gold": [_pop(missed, entity) for entity in document.entities],
        "predicted": [[*entity, _pop(wrong, entity)] for entity in prediction.entities],
        "unplaced": [[mention.text, mention.label, _pop(wrong, mention)] for mention in prediction.unplaced],
        "issues": [[issue.kind, issue.detail] for issue in prediction.issues],
    }


def _pop(kinds: defaultdict[Any, list[str]], key: Any) -> str:
    return kinds[key].pop() if kinds.get(key) else ""


def to_html(studies: Iterable[Study], *, title: str = "genner report") -> str:
    """Return the page.

    Raises:
        MissingExtraError: when jinja2 is not installed.
        DataError: when there is no study.
    """
    try:
        from jinja2 import Environment, PackageLoader
    except ModuleNotFoundError:
        raise MissingExtraError.of("the HTML report", "jinja2", "cli") from None
    data = report_data(studies)
    if not data["studies"]:
        raise DataError("expected at least one study, got none")
    environment = Environment(
        loader=PackageLoader("genner"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = _percent
    page = environment.get_template("report.html").render(title=title, data=data)
    return page.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate has no place in a page


def _percent(ratio: float | None) -> str:
    return "–" if ratio is None else f"{100 * ratio:.2f}"


def write_report(path: str | PathLike[str], studies: Iterable[Study], *, title: str = "genner report") -> None:
    """Write the page to a file, which appears whole or not at all."""
    page = to_html(studies, title=title)
    with Sink(path) as sink:
        sink.write(page)
