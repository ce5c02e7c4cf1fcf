"""`genner assess`: the whole path on a corpus, format by format, and a report of it."""

from __future__ import annotations

import typer

from genner.cli.experiment import run_config
from genner.cli.inputs import check_breakdowns, corpus, holds_both
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
    Training,
    label_set,
)
from genner.cli.reading import PLAIN, Reading, reads
from genner.cli.screen import IN_ONE_FILE, command_line, note, note_pairing, progress, show, write_json
from genner.cli.sides import answered
from genner.exceptions import DataError
from genner.formats import FORMATS, decode, get_codec
from genner.lexicon import Lexicon
from genner.metrics import Settings
from genner.report import write_report
from genner.study.assessment import FormatResult, Study, labels_in, labels_of, score
from genner.study.assessment import assess as study_of
from genner.study.samples import SAMPLES, SYSTEMS, load_answers, load_sample, sample_labels, spacy_predictions
from genner.types import LabelSet, Prediction

__all__ = ["assess"]

BASELINE = "lexicon"
"""The system that answers about documents of one's own where no outputs are given."""

MODEL = "SmolLM2-135M-Instruct"
"""Whose answers about the sample corpora ship."""


@reads
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
    reading: Reading,
    fail_on_issues: FailOnIssues = False,
    as_json: AsJson = False,
    by: By = None,
    dry_run: DryRun = False,
    output: OutputPath = None,
) -> None:
    """Prompt, answer, decode, score and explain, format by format; print a table and write a report.

    Without arguments it scores recorded answers of a small language model about two sample corpora, and spaCy and a
    lexicon next to them.  With --corpus and no --outputs the lexicon answers, which knows the entity strings of the
    training documents.
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
            or reading != PLAIN
            or by
        ):
            raise DataError("CONFIG names the corpora, formats, labels and models: leave these options out")
        run_config(config, output, dry_run=dry_run, as_json=as_json)
        return
    if dry_run:
        raise DataError("--dry-run needs CONFIG")
    formats = tuple(dict.fromkeys(format or ()))
    for name in formats:
        get_codec(name)
    chosen = label_set(labels)
    check_breakdowns(by, trained=corpus_file is None or training is not None)
    paired = IN_ONE_FILE
    if corpus_file is None and (training or outputs):
        raise DataError("--training and --outputs need --corpus, the gold documents")
    if corpus_file is None:
        asked = [(name, system) for name in SAMPLES for system in SYSTEMS]
        studies = [
            _sample(name, system, formats, grounding) for name, system in progress(asked, "assessing", len(asked))
        ]
    elif outputs is not None or holds_both(corpus_file):
        if len(formats) > 1:
            raise DataError(f"--outputs are in one format, got {len(formats)}: {', '.join(formats)}")
        study, paired = _own_outputs(corpus_file, training, outputs, formats, chosen, grounding, data_format, reading)
        studies = [study]
    else:
        studies = [
            _own_corpus(corpus_file, training, formats or FORMATS, chosen, nested, grounding, data_format, reading)
        ]
    page = "report.html" if output is None else output
    write_report(page, studies, by=by, command=command_line())
    if as_json:
        write_json([{"studies": [study.to_dict() for study in studies]}])
    else:
        show([study.to_table() for study in studies])
    note_pairing(paired)
    note(f"the report is in {page}")
    if fail_on_issues and any(
        result.issues.ok < result.issues.outputs for study in studies for result in study.results
    ):
        raise typer.Exit(1)


def _sample(name: str, system: str, chosen: tuple[str, ...], grounding: Grounding) -> Study:
    """Score the answers of a language model that ship; next to the fine-tuned one, systems of another kind."""
    gold, labels, learned = load_sample(name), sample_labels(name), load_sample(name, "train")
    answers = load_answers(name, system)
    absent = [format for format in chosen if format not in load_answers(name)]
    if absent:
        raise DataError(
            f"the recorded answers are in {', '.join(answers)}, not in {absent[0]}: "
            "name documents of yours with --corpus and --training"
        )
    results: list[FormatResult] = []
    for format in (one for one in chosen or answers if one in answers):
        read = [
            decode(output, document.text, format, labels=labels, nested=name == "nested", grounding=grounding)
            for output, document in zip(answers[format], gold, strict=True)
        ]
        results.append(score(format, gold, read, labels=labels, outputs=answers[format], grounding=grounding))
    if system == SYSTEMS[0]:
        lexicon = Lexicon.fit(learned, nested=name == "nested")
        found = [Prediction(lexicon.predict(document.text), text=document.text) for document in gold]
        for other, predictions in (("spaCy", spacy_predictions(name)), (BASELINE, found)):
            results.append(score(other, gold, predictions, labels=labels))
    return Study(f"sample, {name}", f"{MODEL}, {system}", gold, labels, tuple(results), learned)


def _own_corpus(
    path: str,
    train: str | None,
    formats: tuple[str, ...],
    labels: LabelSet | None,
    nested: bool | None,
    grounding: str,
    data_format: str | None,
    reading: Reading,
) -> Study:
    if train is None:
        raise DataError("--corpus needs --training, from which the lexicon learns, or --outputs of your own system")
    gold = list(corpus(path, data_format, reading))
    learned = list(corpus(train, data_format, reading))
    lexicon = Lexicon.fit(learned, nested=nested)
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
    reading: Reading,
) -> tuple[Study, str]:
    format = formats[0] if formats else None
    sides = answered(path, outputs, format, labels, grounding=grounding, data_format=data_format, reading=reading)
    result = score(
        format or "predictions",
        sides.gold,
        sides.predictions,
        labels=labels,
        outputs=sides.raw or None,
        settings=Settings(format=sides.format),
        grounding=sides.grounding,
    )
    learned = None if train is None else tuple(corpus(train, data_format, reading))
    study = Study(path, outputs or path, tuple(sides.gold), labels or labels_in(sides.gold), (result,), learned)
    return study, sides.paired
