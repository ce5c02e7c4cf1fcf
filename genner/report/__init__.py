"""Studies, error reports and corpora as one self-contained HTML page: data -> JSON -> template.

The figures are laid out by the template, so that they can be read and printed without a script;
the script in the page draws the documents that are looked at.  Every count is a link to the cases
it counts.  Nothing is fetched from anywhere, and all text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

from genner.exceptions import DataError, MissingExtraError
from genner.io import Sink
from genner.metrics import ErrorCase, ErrorReport, ErrorType
from genner.plugins import installed
from genner.report._breakdowns import By
from genner.report._headline import kind_explanation, kind_title
from genner.report._links import shown_text
from genner.report._sections import corpus_section, errors_section, study_section
from genner.show.html import date_of_page
from genner.show.plain import in_order
from genner.study.assessment import Study
from genner.types import ISSUE_KINDS, Document, Prediction
from genner.types.tally import HEADLINES

__all__ = ["corpus_to_html", "errors_to_html", "report_data", "to_html", "write_page", "write_report"]


def report_data(studies: Iterable[Study], *, by: Sequence[By] | None = None) -> dict[str, Any]:
    """Return everything the page shows as plain dicts, lists, strings and numbers; arguments are those of `to_html`.

    Args:
        studies: as in `to_html`.
        by: as in `to_html`.
    """
    listed = [*studies]
    reports = [result.errors for study in listed for result in study.results]
    return _data([study_section(study, number, by) for number, study in enumerate(listed)], reports)


def to_html(
    studies: Iterable[Study], *, title: str = "genner report", by: Sequence[By] | None = None, command: str = ""
) -> str:
    """Return the page of one study or several.

    Args:
        studies: each a corpus and what one or several systems made of it.
        title: of the page.
        by: what scores are broken down by: names of `genner.metrics.BREAKDOWNS`, `"meta:FIELD"`, or functions
            as `genner.evaluation.breakdown` takes them; the usual ones when None.
        command: what made the page, printed at its head with the date.

    Raises:
        MissingExtraError: when jinja2 is not installed.
        DataError: when there is no study, a breakdown needs training documents that the study has not, or a
            comparison is not strict or of systems that are not on the page.
        UnknownNameError: when there is no breakdown of that name.
    """
    data = report_data(studies, by=by)
    if not data["studies"]:
        raise DataError("expected at least one study, got none")
    return _page(data, title, command)


def errors_to_html(
    report: ErrorReport,
    *,
    title: str = "errors",
    by: Sequence[By] = (),
    training: Sequence[Document] | None = None,
    command: str = "",
    cases: Iterable[ErrorCase] | None = None,
    shown: Mapping[str, str] | None = None,
) -> str:
    """Return the page of an error report alone: it shows the documents with errors, which are all it keeps.

    Args:
        report: what `analyze_errors` returned.
        title: of the page.
        by: what errors are broken down by, as in `to_html`.
        training: the training documents, for breakdowns that need them.
        command: what made the page, printed at its head with the date.
        cases: of the report, as `report.select` returns them: only these are counted, and only their documents
            are shown; all when None.
        shown: what is chosen when the page opens: `show`, a kind of error, and `label`.

    Raises:
        MissingExtraError: when jinja2 is not installed.
        DataError: when a breakdown needs training documents.
        UnknownNameError: when there is no breakdown of that name.
    """
    section = errors_section(report, by, training, cases) | {"shown": dict(shown or {})}
    return _page(_data([section], [report]), title, command)


def corpus_to_html(documents: Sequence[Document | Prediction], *, title: str = "documents", command: str = "") -> str:
    """Return a page to browse documents, or predictions, with nothing to compare them with.

    Args:
        documents: what to show.
        title: of the page.
        command: what made the page, printed at its head with the date.

    Raises:
        MissingExtraError: when jinja2 is not installed.
        DataError: when there is no document, or the text of a prediction is not known.
    """
    if not documents:
        raise DataError("expected at least one document, got none")
    predicted = [one for one in documents if isinstance(one, Prediction)]
    shown = [one.to_document() if isinstance(one, Prediction) else one for one in documents]
    return _page(_data([corpus_section(title, shown, predicted or None)]), title, command)


def write_report(
    path: str | PathLike[str],
    studies: Iterable[Study],
    *,
    title: str = "genner report",
    by: Sequence[By] | None = None,
    command: str = "",
) -> None:
    """Write the page of one study or several, as `to_html` returns it, to a file, which appears whole or not at all.

    Args:
        path: of the file.
        studies: as in `to_html`.
        title: as in `to_html`.
        by: as in `to_html`.
        command: as in `to_html`.
    """
    write_page(path, to_html(studies, title=title, by=by, command=command))


def write_page(path: str | PathLike[str], page: str) -> None:
    """Write a page to a file, which appears whole or not at all.

    Args:
        path: of the file.
        page: the HTML.
    """
    with Sink(path) as sink:
        sink.write(page)


def _data(sections: list[dict[str, Any]], reports: Iterable[ErrorReport] = ()) -> dict[str, Any]:
    listed = frozenset().union(*HEADLINES.values())
    kinds = dict.fromkeys([*ErrorType, *(kind for report in reports for kind in report.kinds)])
    return {
        "version": installed("genner"),
        "errors": [
            {
                "kind": str(kind),
                "name": kind_title(kind),
                "explanation": kind_explanation(kind),
                "example": kind.example if isinstance(kind, ErrorType) else "",
            }
            for kind in kinds
        ],
        "headlines": {name: sorted(kinds) for name, kinds in HEADLINES.items()},
        "neutral": [kind for kind in ISSUE_KINDS if kind not in listed],
        "studies": sections,
    }


SCRIPTED = ("name", "labels", "systems", "buckets", "docs", "shown")
"""What the script needs of a study; the rest is laid out by the template."""


def _page(data: dict[str, Any], title: str, command: str) -> str:
    try:
        from jinja2 import Environment, PackageLoader
    except ModuleNotFoundError:
        raise MissingExtraError.of("the HTML report", "jinja2", "cli") from None
    environment = Environment(
        loader=PackageLoader("genner.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = _percent
    # short, and quick to read: a page of 5,000 documents is mostly this
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    scripted = {name: data[name] for name in ("errors", "headlines", "neutral")}
    scripted["studies"] = [{name: study[name] for name in SCRIPTED if name in study} for study in data["studies"]]
    page = environment.get_template("report.html").render(
        title=title, data=data, scripted=scripted, command=command, date=date_of_page()
    )
    return in_order(shown_text(page))  # in the data this is an escape of JSON, so that offsets stay


def _percent(ratio: float | None) -> str:
    return "–" if ratio is None else f"{100 * ratio:.2f}"
