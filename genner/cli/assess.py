"""`genner assess`: the whole path on a corpus, format by format, and a report of it."""

from __future__ import annotations

import typer

from genner.cli.experiment import run_config
from genner.cli.inputs import answered, check_breakdowns, corpus, holds_both
from genner.cli.options import (
    AsJson,
    By,
    DataFormat,
    DryRun,
    Experiment,
    FailOnIssues,
    Formats,
    GoldFile,
    Grounding,
    Labels,
    MaybeNested,
    OutputPath,
    Outputs,
    SkipBad,
    Training,
    label_set,
)
from genner.cli.screen import note, progress, show, write_json
from genner.exceptions import DataError
from genner.formats import FORMATS, get_codec
from genner.lexicon import Lexicon
from genner.report import write_report
from genner.study.assessment import Study, labels_in, labels_of, nests, score
from genner.study.assessment import assess as study_of
from genner.study.samples import SAMPLES, load_sample, sample_labels
from genner.types import LabelSet

__all__ = ["assess"]

BASELINE = "lexicon"
"""The system that answers where no outputs are given."""


def assess(
    config: Experiment = None,
    *,
    corpus_file: GoldFile = None,
    training: Training = None,
    outputs: Outputs = None,
    format: Formats = None,
    labels: Labels = None,
    nested: MaybeNested = None,
    grounding: Grounding = "fuzzy",
    data_format: DataFormat = None,
    skip_bad: SkipBad = False,
    fail_on_issues: FailOnIssues = False,
    as_json: AsJson = False,
    by: By = None,
    dry_run: DryRun = False,
    output: OutputPath = None,
) -> None:
    """Prompt, answer, decode, score and explain, format by format; print a table and write a report.

    Without --outputs a lexicon baseline answers, which knows the entity strings of the training documents.
    With CONFIG it runs every format, corpus, model and seed of an experiment, each once.
    """
    if config is not None:
        if (
            corpus_file
            or training
            or outputs
            or format
            or labels
            or data_format
            or nested is not None
            or skip_bad
            or by
        ):
            raise DataError("with CONFIG, corpora, formats, labels and models are what it says: leave the options out")
        run_config(config, output, dry_run=dry_run, as_json=as_json)
        return
    if dry_run:
        raise DataError("--dry-run needs CONFIG")
    formats = tuple(dict.fromkeys(format or ()))
    for name in formats:
        get_codec(name)
    chosen = label_set(labels)
    check_breakdowns(by, trained=corpus_file is None or training is not None)
    if corpus_file is None and (training or outputs):
        raise DataError("--training and --outputs need --corpus, the gold documents")
    if corpus_file is None:
        studies = [
            _sample(name, formats or FORMATS, grounding) for name in progress(SAMPLES, "assessing", len(SAMPLES))
        ]
    elif outputs is not None or holds_both(corpus_file):
        if len(formats) > 1:
            raise DataError(f"--outputs are in one format, got {len(formats)}: {', '.join(formats)}")
        studies = [_own_outputs(corpus_file, training, outputs, formats, chosen, grounding, data_format, skip_bad)]
    else:
        studies = [
            _own_corpus(corpus_file, training, formats or FORMATS, chosen, nested, grounding, data_format, skip_bad)
        ]
    page = "report.html" if output is None else output
    write_report(page, studies, by=by)
    if as_json:
        write_json([{"studies": [study.to_dict() for study in studies]}])
    else:
        show([study.to_table() for study in studies])
    note(f"the report is in {page}")
    if fail_on_issues and any(
        result.issues.ok < result.issues.outputs for study in studies for result in study.results
    ):
        raise typer.Exit(1)


def _sample(name: str, formats: tuple[str, ...], grounding: str) -> Study:
    learned = load_sample(name, "train")
    lexicon = Lexicon.fit(learned, nested=name == "nested")
    return study_of(
        load_sample(name),
        lexicon.predict,
        labels=sample_labels(name),
        formats=formats,
        name=f"sample, {name}",
        system_name=BASELINE,
        grounding=grounding,
        training=learned,
    )


def _own_corpus(
    path: str,
    train: str | None,
    formats: tuple[str, ...],
    labels: LabelSet | None,
    nested: bool | None,
    grounding: str,
    data_format: str | None,
    skip_bad: bool,
) -> Study:
    if train is None:
        raise DataError("--corpus needs --training, from which the lexicon learns, or --outputs of your own system")
    gold = list(corpus(path, data_format, skip_bad=skip_bad))
    learned = list(corpus(train, data_format, skip_bad=skip_bad))
    lexicon = Lexicon.fit(learned, nested=nests(learned) if nested is None else nested)
    chosen = labels or labels_of([*gold, *learned])
    return study_of(
        gold,
        lexicon.predict,
        labels=chosen,
        formats=formats,
        name=path,
        system_name=BASELINE,
        grounding=grounding,
        training=learned,
    )


def _own_outputs(
    path: str,
    train: str | None,
    outputs: str | None,
    formats: tuple[str, ...],
    labels: LabelSet | None,
    grounding: str,
    data_format: str | None,
    skip_bad: bool,
) -> Study:
    format = formats[0] if formats else None
    sides = answered(path, outputs, format, labels, grounding=grounding, data_format=data_format, skip_bad=skip_bad)
    result = score(format or "predictions", sides.gold, sides.predictions, labels=labels, grounding=sides.grounding)
    learned = None if train is None else tuple(corpus(train, data_format, skip_bad=skip_bad))
    return Study(path, outputs or path, tuple(sides.gold), labels or labels_in(sides.gold), (result,), learned)
