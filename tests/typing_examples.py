"""Typed uses of the public names; mypy reads this file, nothing runs it."""

from __future__ import annotations

from collections.abc import Iterator

import genner
from genner.confidence import Promise, Scored, fit_calibrator, merge_predictions, promise_precision
from genner.formats import Codec
from genner.metrics import ErrorReport, ErrorType, Evaluation
from genner.prompts import Prompt

document: genner.Document = genner.Document("PU.1 binds", [(0, 4, "protein")], id="s1")
entity: genner.Entity = document.entities[0]
start, end = entity.start, entity.end
surface: str = document.surface(entity)

labels: genner.LabelSet = genner.LabelSet(["DNA", genner.Label("protein", "a protein molecule")])
known: bool = "DNA" in labels
same: genner.LabelSet = genner.LabelSet("DNA,protein")
titled: genner.Label = genner.Label("protein", title="Protein", aliases=("peptide",))
ordered: list[genner.Entity] = sorted(document.entities)
from_dicts: genner.Document = genner.Document("PU.1", [{"start": 0, "end": 4, "label": "protein"}])

codec: Codec = genner.get_codec("bracket")
output: str = codec.encode(document, labels="genia")
prediction: genner.Prediction = codec.decode(output, document.text, labels=["DNA", "protein"])
again: genner.Prediction = genner.decode(output, document.text, format="xml", labels=labels)
kinds: list[str] = [issue.kind for issue in prediction.issues]
count, surfaces = len(prediction), [prediction.surface(one) for one in prediction]
confidence: object = prediction.details.get(prediction.entities[0])
restored: genner.Document = prediction.to_document(id="s1")

asked: Prompt = genner.prompt(document.text, "xml", "genia", style="paper", demonstrations=[document])
message: str = asked.text

corpus: Iterator[genner.Document] = genner.read("train.conll")
written: int = genner.write([document], "out.jsonl", "jsonl")

evaluation: Evaluation = genner.evaluate([document], [prediction], labels=labels)
f1: float | None = evaluation.micro.f1
missed: float = evaluation["protein"].fn
both: Evaluation = evaluation + evaluation
plain: Evaluation = genner.evaluate([{"text": "Ada", "entities": []}], [[(0, 3, "PER")]])
genner.evaluate([document], [prediction], matchng="strict")  # type: ignore[call-arg]
genner.evaluate([document], [prediction], duplicates=True)  # type: ignore[arg-type]
genner.evaluate_outputs([document], ["[]"], genner.get_codec("xml"), matching="partial", labels="PER,LOC")
genner.evaluate_outputs([document], ["[]"], "xml", labls="PER,LOC")  # type: ignore[call-arg]
report: ErrorReport = genner.analyze_errors([document], [restored], policy="paper")
wrong: int = report.counts[ErrorType.WRONG_TYPE]

merged: genner.Prediction = merge_predictions([prediction, again], "union", nested=False)
merge_predictions([prediction], "most")  # type: ignore[arg-type]
scored: Scored = Scored.of([document], [merged], "agreement")
promise: Promise = promise_precision(fit_calibrator(scored).applied(scored), 0.9, delta=0.05)
promise_precision(scored, 0.9, test="guess")  # type: ignore[arg-type]
threshold: float | None = promise.threshold
genner.extract(["Ann"], "PER", "openai:m", confidence="high")  # type: ignore[arg-type]

try:
    genner.get_codec("braket")
except genner.UnknownNameError as error:
    names: tuple[str, ...] = error.known
except genner.GennerError:
    raise
