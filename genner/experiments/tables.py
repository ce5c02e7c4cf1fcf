"""The paper's tables with your figures above the paper's, and below each what made them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, stdev
from typing import Any

from genner.experiments.capability import TABLE_8, Answered
from genner.experiments.config import Model
from genner.experiments.paper import paper_results
from genner.experiments.record import machine
from genner.experiments.running import Group, Results
from genner.metrics import ErrorType, Target
from genner.metrics.comparison import differences
from genner.show.tables import Column, Table
from genner.training.lora import DEFAULTS

__all__ = ["figure_2", "provenance", "table_3", "table_5", "table_8", "tables"]

HERE = "here"


def tables(results: Results) -> list[Table]:
    """Return every table there is something to put into.

    Args:
        results: of an experiment.
    """
    made = [table_3(results), table_5(results), figure_2(results), table_8(results)]
    return [table for table in made if table is not None]


def table_3(results: Results) -> Table | None:
    """Lay out scores by format: a block for each format, your models first, then the paper's.

    Args:
        results: of an experiment.
    """
    groups = [group for group in results.groups() if group.symbols is None]
    if not groups:
        return None
    corpora = list(dict.fromkeys(group.corpus for group in groups))
    papers = {corpus: results.experiment.corpora[corpus].paper for corpus in corpora}
    seeded = any(len(group.results) > 1 for group in groups)
    columns = [Column("format"), Column("model"), Column("source")]
    for corpus in corpora:
        columns += [Column(f"{corpus} {metric}", "percent", best="max") for metric in ("P", "R", "F1")]
        columns += [Column(f"{corpus} F1 95 %", "interval")]
        columns += [Column(f"{corpus} sd", "percent")] if seeded else []
    several = len(corpora) > 1
    columns += [Column("mean F1", "percent", best="max")] if several else []
    rows: list[tuple[Any, ...]] = []
    rules: list[int] = []
    plain: list[int] = []
    for format in dict.fromkeys(group.format for group in groups):
        rules += [len(rows)] if rows else []
        own = [group for group in groups if group.format == format]
        for name in dict.fromkeys(group.name for group in own):
            of = {group.corpus: group for group in own if group.name == name}
            values = [_scores(of.get(corpus), seeded) for corpus in corpora]
            rows.append((format or "-", name, HERE, *_row(values, several)))
        for printed in _printed("table_3", format, papers.values()):
            plain.append(len(rows))
            values = [_paper_scores(printed, paper, seeded) for paper in papers.values()]
            rows.append((format or "-", printed["model"], "Table 3", *_row(values, several)))
    notes = [*provenance(results, corpora), *_paper_notes(results, corpora)]
    return Table(columns, rows, title="Table 3: scores by format", notes=notes, rules=rules, plain=plain)


def _scores(group: Group | None, seeded: bool) -> list[Any]:
    """Return precision, recall, F1, its interval and its deviation over the seeds."""
    if group is None:
        return [None] * (4 + seeded)
    evaluation = group.evaluation
    micro, f1 = evaluation.micro, group.f1
    found = [micro.precision, micro.recall, micro.f1, tuple(evaluation.interval("f1"))]
    return [*found, *([stdev(f1) if len(f1) > 1 else None] if seeded else [])]


def _paper_scores(printed: dict[str, Any], corpus: str | None, seeded: bool) -> list[Any]:
    scores = printed["scores"].get(corpus)
    if scores is None:
        return [None] * (4 + seeded)
    return [*(scores[metric] / 100 for metric in ("precision", "recall", "f1")), *([None] * (1 + seeded))]


def _row(groups: Sequence[Sequence[Any]], several: bool) -> list[Any]:
    f1 = [one[2] for one in groups]
    whole = [mean(f1) if None not in f1 else None] if several else []
    return [value for one in groups for value in one] + whole


def _printed(table: str, format: str | None, corpora: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of the paper that have a figure for one of the corpora."""
    for row in paper_results()[table]:
        if row.get("format") == format and any(corpus in row["scores"] for corpus in corpora):
            yield row


def table_5(results: Results) -> Table | None:
    """Lay out what becomes of the score when labels are symbols, and the difference to the names.

    Args:
        results: of an experiment.
    """
    groups = results.groups()
    if not any(group.symbols for group in groups):
        return None
    kinds = [kind for kind in ("explained", "only") if any(group.symbols == kind for group in groups)]
    columns = [Column("corpus"), Column("model"), Column("format"), Column("source")]
    columns += [Column(f"names {metric}", "percent") for metric in ("P", "R", "F1")]
    columns.append(Column("names F1 95 %", "interval"))
    for kind in kinds:
        columns += [Column(f"{_SHORT[kind]} {metric}", "percent") for metric in ("P", "R", "F1")]
        columns += [Column(f"{_SHORT[kind]} - names", "signed"), Column(f"{_SHORT[kind]} - names 95 %", "interval")]
    rows: list[tuple[Any, ...]] = []
    keys = dict.fromkeys((group.corpus, group.name, group.format) for group in groups if group.symbols)
    corpora = list(dict.fromkeys(corpus for corpus, _, _ in keys))
    for key in keys:
        of = {group.symbols: group for group in groups if (group.corpus, group.name, group.format) == key}
        named = of.get(None)
        values = _scores(named, False)
        for kind in kinds:
            values += _with_difference(of.get(kind), named)
        rows.append((*key, HERE, *values))
    own = len(rows)
    if "conll2003" in {results.experiment.corpora[corpus].paper for corpus in corpora}:
        for printed in paper_results()["table_5"]:
            values = _paper_scores(printed, "conll2003", False)
            for kind in kinds:
                symbols = _paper_scores(printed, f"conll2003-{_SHORT[kind].lower()}", False)[:3]
                values += [*symbols, symbols[2] - values[2], None]
            rows.append(("conll2003", printed["model"], "xml", "Table 5", *values))
    notes = ["SE: symbols with explanations, SO: symbols only; predictions are turned back into names and scored so"]
    unseen = [
        name for name, spec in results.experiment.models.items() if not spec.shows("explained") and "explained" in kinds
    ]
    notes += [f"{name}: its prompt is the bare text, which can show no explanations" for name in unseen]
    notes += [*provenance(results, corpora), *_paper_notes(results, corpora)]
    title = "Table 5: labels replaced by symbols"
    return Table(
        columns, rows, title=title, notes=notes, rules=[own] if own < len(rows) else [], plain=range(own, len(rows))
    )


_SHORT = {"explained": "SE", "only": "SO"}


def _with_difference(group: Group | None, named: Group | None) -> list[Any]:
    """Return precision, recall, F1, the difference to the names, and its interval from the same draws of documents."""
    if group is None:
        return [None] * 5
    if named is None or len(named.results) != len(group.results):
        return [*_scores(group, False)[:3], None, None]
    (apart,) = differences(group.evaluation, named.evaluation, [Target()], test="bootstrap", resamples=1000)
    return [*_scores(group, False)[:3], apart.value, tuple(apart.interval)]


def figure_2(results: Results) -> Table | None:
    """Lay out the shares of the kinds of error.

    Args:
        results: of an experiment.
    """
    groups = [group for group in results.groups() if group.symbols is None]
    if not groups:
        return None
    columns = [Column("corpus"), Column("model"), Column("format"), Column("source"), Column("errors", "count")]
    columns += [Column(kind.value, "percent") for kind in ErrorType]
    rows: list[tuple[Any, ...]] = []
    corpora = list(dict.fromkeys(group.corpus for group in groups))
    for group in groups:
        errors = group.errors
        shares = [errors.shares[kind] if errors.total else None for kind in ErrorType]
        rows.append((group.corpus, group.name, group.format or "-", HERE, errors.total, *shares))
    own = len(rows)
    notes = [*provenance(results, corpora), *_paper_notes(results, corpora)]
    if "conll2003" in {results.experiment.corpora[corpus].paper for corpus in corpora}:
        stated = paper_results()["figure_2"]
        for name, shares in stated["systems"].items():
            format = "bracket" if name.startswith("LLaMA") else "-"
            stated_shares = [shares[kind.value] / 100 if kind.value in shares else None for kind in ErrorType]
            rows.append(("conll2003", name, format, "Figure 2", None, *stated_shares))
        notes.append(f"Figure 2: {stated['note']}")
    rules = [own] if own < len(rows) else []
    return Table(columns, rows, title="Figure 2: shares of the kinds of error", notes=notes, rules=rules)


def table_8(results: Results) -> Table | None:
    """Lay out what base and fine-tuned models score in other tasks.

    Args:
        results: of an experiment.
    """
    if not results.answered:
        return None
    tasks = list(dict.fromkeys(answer.task for answer in results.answered))
    columns = [Column("model"), Column("tuned for"), Column("source")]
    for task in tasks:
        name = _title(task)
        columns += [Column(name, "percent"), Column(f"{name} 95 %", "interval")]
    columns.append(Column("average", "percent"))
    rows: list[tuple[Any, ...]] = []
    asked: dict[tuple[str, str, str], dict[str, Answered]] = {}
    for answer in results.answered:
        candidate = answer.candidate
        asked.setdefault((candidate.name, candidate.tuned, candidate.path), {})[answer.task] = answer
    for (name, tuned, _), found in asked.items():
        values: list[Any] = []
        for task in tasks:
            values += [found[task].value, found[task].interval] if task in found else [None, None]
        whole = mean(one.value for one in found.values()) if len(found) == len(tasks) else None
        rows.append((name, tuned or "-", HERE, *values, whole))
    own = len(rows)
    for printed in paper_results()["table_8"]:
        scores = [printed["scores"].get(_title(task)) for task in tasks]
        if None in scores:
            continue
        whole = mean(scores) / 100
        values = [value for score in scores for value in (score / 100, None)]
        rows.append((printed["model"], "conll2003, xml" if printed["ner_tuned"] else "-", "Table 8", *values, whole))
    metrics = dict.fromkeys(
        f"{answer.task}: {answer.metric}, {answer.questions} questions" for answer in results.answered
    )
    notes = [*metrics, *_models(results), _machine(results), f"Table 8: {paper_results()['source']}"]
    return Table(
        columns, rows, title="Table 8: general capability", notes=notes, rules=[own] if own < len(rows) else []
    )


def _title(task: str) -> str:
    """Return what the paper calls a task."""
    return TABLE_8[task][0] if task in TABLE_8 else task


# -- what made the figures -------------------------------------------------------------------------


def provenance(results: Results, corpora: Sequence[str]) -> list[str]:
    """Say which models and data the figures come from, and what computed them.

    Args:
        results: of an experiment.
        corpora: names of those in the table.
    """
    notes = [*_models(results)]
    for name in corpora:
        data = results.data[name]
        parts = [
            f"{getattr(data.settings, part) or f'sample {data.settings.sample}, {part}'}, {len(documents)} documents, "
            f"{sum(len(document.entities) for document in documents)} entities"
            for part, documents in (("train", data.train), ("test", data.test))
            if documents
        ]
        notes.append(f"{name}: {'; '.join(parts)}; labels {', '.join(data.labels)}")
    seeds = sorted({result.run.seed for result in results.done if result.run.seed is not None})
    if len(seeds) > 1:
        notes.append(f"seeds {', '.join(map(str, seeds))}: counts added over them; sd is that of F1 over the seeds")
    signatures = dict.fromkeys(result.evaluation.signature.rpartition("|labels:")[0] for result in results.done)
    return [*notes, _machine(results), *signatures]


def _models(results: Results) -> Iterator[str]:
    for name, spec in results.experiment.models.items():
        records = [result.record for result in results.done if result.run.model == name]
        dropped = sum(record.get("dropped", 0) for record in records)
        yield f"{name}: {_described(spec)}{f'; {dropped} entities no format could say' if dropped else ''}"


def _described(spec: Model) -> str:
    if spec.kind == "lexicon":
        return "remembers the entity strings of the training documents"
    if spec.base is not None:
        lora, given = spec.training.lora, {**DEFAULTS, **spec.training.transformers}
        return (
            f"{spec.base} with LoRA weights of rank {lora.rank} and alpha {lora.alpha}, "
            f"{given['num_train_epochs']:g} epochs, learning rate {given['learning_rate']:g}"
        )
    if spec.model is not None:
        shown = f"{spec.shots} nearest demonstrations by {spec.by}" if spec.shots else "no demonstrations"
        where = f" at {spec.url}" if spec.url else ""
        again = "; verified: asked about each entity again" if spec.verify else ""
        return f"{spec.path}{where} as it is, asked with {shown}{again}"
    return f"read from {spec.path}"


def _machine(results: Results) -> str:
    made = [result.record["machine"] for result in results.done] or [machine()]
    places = dict.fromkeys(
        f"{one['cpu']}, {one['cores']} cores, {one['device']}; "
        + ", ".join(f"{name} {number}" for name, number in one["versions"].items())
        for one in made
    )
    return f"made on {' and on '.join(places)}"


def _paper_notes(results: Results, corpora: Sequence[str]) -> Iterator[str]:
    """Say where the paper's rows come from, and where the test set cannot be the same."""
    named = {corpus: paper for corpus in corpora if (paper := results.experiment.corpora[corpus].paper) is not None}
    for corpus, paper in named.items():
        size, ours = paper_results()["table_2"][paper]["test"], len(results.data[corpus].test)
        if size != ours:
            yield (
                f"{corpus} is not the paper's test set: {ours:,} documents, the paper's {paper} has {size:,}, "
                "so the figures are not comparable"
            )
    if named:
        yield f"the paper's rows: {paper_results()['source']}"
