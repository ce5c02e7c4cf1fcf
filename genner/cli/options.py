"""Every argument and option of the commands, each declared once, and what their values mean.

The same word means the same thing in every command; a test reads this list and finds no option
declared elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from genner.check import FIXES
from genner.exceptions import DataError
from genner.formats import FORMATS, formats
from genner.io import DATA_FORMATS
from genner.io.json_text import load_json
from genner.io.source import decode_file
from genner.labelsets import LABEL_SETS, get_label_set
from genner.metrics import BREAKDOWNS, MATCHINGS, POLICIES, ErrorType
from genner.plugins import names
from genner.types import LabelSet


def _known(listed: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return what completes a name in a shell; other names are allowed, such as those of plug-ins."""
    return lambda incomplete: [name for name in map(str, listed()) if name.startswith(incomplete)]


def _option(*words: str, **settings: Any) -> Any:
    """Declare an option; without choices its value is a NAME unless `metavar` says otherwise."""
    known = settings.pop("names", None)
    if known is not None:
        settings |= {"autocompletion": _known(known), "metavar": settings.get("metavar", "NAME")}
    return typer.Option(*words, **settings)


# -- arguments -----------------------------------------------------------------------------------

Corpus = Annotated[str, typer.Argument(metavar="FILE", help="Corpus, in any data format; - is standard input.")]
Answers = Annotated[str, typer.Argument(metavar="FILE", help="Outputs, one a line, bare or JSON; - is standard input.")]
Texts = Annotated[
    str, typer.Argument(metavar="FILE", help="A corpus, or a .txt file of one text a line; - is standard input.")
]
Gold = Annotated[
    str, typer.Argument(metavar="GOLD", help="Corpus; or generated_predictions.jsonl, which holds both sides.")
]
Predicted = Annotated[
    str | None,
    typer.Argument(metavar="PREDICTED", help="Documents, predictions or raw outputs, matched by id or by order."),
]
FirstSystem = Annotated[str, typer.Argument(metavar="A", help="What the first system answered.")]
SecondSystem = Annotated[str, typer.Argument(metavar="B", help="What the second system answered.")]
Experiment = Annotated[
    str | None, typer.Argument(metavar="CONFIG", help="An experiment, as YAML or JSON: formats, corpora, models.")
]
TrainingConfig = Annotated[str | None, typer.Argument(metavar="CONFIG", help="Settings, as YAML or JSON.")]
Adapter = Annotated[str, typer.Argument(metavar="ADAPTER", help="Folder that genner train has written.")]
MergedModel = Annotated[str, typer.Argument(metavar="DIR", help="Where the merged model goes.")]

# -- formats, labels and files -------------------------------------------------------------------

_FORMAT = _option("--format", "-f", names=formats, help=f"Output format: {', '.join(FORMATS)}, or another.")
Format = Annotated[str, _FORMAT]
AnyFormat = Annotated[str | None, _FORMAT]
Formats = Annotated[list[str] | None, _option("--format", "-f", names=formats, help="Output format; repeatable.")]
TwoFormats = Annotated[
    list[str] | None, _option("--format", "-f", names=formats, help="Output format; twice where A and B differ.")
]
DataFormat = Annotated[
    str | None,
    _option(
        "--from", names=lambda: DATA_FORMATS, help="Data format, when it cannot be guessed; genner formats lists them."
    ),
]
FromAny = Annotated[
    str | None,
    _option("--from", names=lambda: [*formats(), *DATA_FORMATS], help="An output format or a data format."),
]
ToAny = Annotated[
    str,
    _option(
        "--to",
        names=lambda: [*formats(), *DATA_FORMATS, "alpaca", "trl", "openai"],
        help="An output format, a data format, or the data of a trainer: alpaca, trl, openai.",
    ),
]
Labels = Annotated[
    str | None,
    _option(
        "--labels", "-l", names=lambda: LABEL_SETS, metavar="SET",
        help=f"Label set: {', '.join(LABEL_SETS)}; or names with commas (PER,LOC); or a JSON file, "
        "which may hold titles and aliases.",
    ),
]  # fmt: skip
SourceFile = Annotated[
    str | None, _option("--source", metavar="FILE", help="Corpus with the source texts, matched by id or order.")
]
Text = Annotated[str | None, _option("--text", metavar="TEXT", help="This one text, instead of those of a file.")]
Training = Annotated[
    str | None,
    _option("--training", metavar="FILE", help="Training documents: to learn from, or to compare with."),
]
GoldFile = Annotated[
    str | None, _option("--corpus", metavar="FILE", help="Gold documents; without it, the two sample corpora.")
]
Outputs = Annotated[
    str | None, _option("--outputs", metavar="FILE", help="What your own system answered, matched by id or by order.")
]
OutputFile = Annotated[
    str, _option("--output", "-o", metavar="FILE", help="Where to write; it appears whole or not at all.")
]
OutputPath = Annotated[
    str | None, _option("--output", "-o", metavar="PATH", help="Where the result goes: a file, or a folder.")
]
Html = Annotated[str | None, _option("--html", metavar="FILE", help="Write a page to open in a browser.")]
AsJson = Annotated[bool, _option("--json", help="Write JSON, for machines, and leave nothing out.")]
ReaderOption = Annotated[
    list[str] | None,
    _option(
        "--option",
        metavar="NAME=VALUE",
        help="An option of the readers of corpora, such as encoding=latin-1 or token_column=1; repeatable.",
    ),
]
SkipBad = Annotated[bool, _option("--skip-bad", help="Leave out and count records that cannot be read.")]
Rejected = Annotated[
    str | None, _option("--rejected", metavar="FILE", help="As --skip-bad, and write these records to a file.")
]
Workers = Annotated[
    int | None, _option("--workers", min=1, metavar="N", help="Share the work among this many processes.")
]
FailOnIssues = Annotated[
    bool, _option("--fail-on-issues", help="Exit with 1 when there is an issue, an error or an empty score.")
]
Drop = Annotated[bool, _option("--drop", help="Leave out, and count, entities the format cannot express.")]
Snap = Annotated[
    Literal["split", "expand", "contract"] | None,
    _option("--snap", help="Where entities cut a token: split it, or move their edges out or in, and count them."),
]
Report = Annotated[bool, _option("--report", help="Print a tally of the issues on standard error.")]
Fix = Annotated[
    str | None, _option("--fix", metavar="NAMES", help=f"Write the corpus with fixes: {', '.join(FIXES)}, or all.")
]
ToData = Annotated[str, _option("--to", names=lambda: DATA_FORMATS, help="A data format.")]
Other = Annotated[
    list[str] | None,
    _option("--other", metavar="FILE", help="Another split, to find texts that both hold; repeatable."),
]
Against = Annotated[
    str | None,
    _option("--against", metavar="FILE", help="The same documents by a second annotator, to measure agreement."),
]
DryRun = Annotated[bool, _option("--dry-run", help="Show what would be done, and stop.")]
Fresh = Annotated[bool, _option("--fresh", help="Start over instead of resuming from a checkpoint.")]
Order = Annotated[Literal["text", "genia", "ace2005"], _option("--order", help="Order of entities in lists.")]
Grounding = Annotated[
    Literal["exact", "normalized", "fuzzy"],
    _option("--grounding", help="How far a mention may differ from the text."),
]

# -- scores and errors ---------------------------------------------------------------------------

Matching = Annotated[
    str,
    _option(
        "--matching",
        names=lambda: names(MATCHINGS, "genner.matchings"),
        help=f"What counts as right: {', '.join(MATCHINGS)}, or authors.",
    ),
]
Duplicates = Annotated[Literal["count", "ignore"], _option("--duplicates", help="How repeated entities count.")]
Unplaced = Annotated[
    Literal["count", "ignore"], _option("--unplaced", help="How mentions that are not in the text count.")
]
Macro = Annotated[Literal["seen", "gold", "labels"], _option("--macro", help="Labels that averages include.")]
PolicyName = Annotated[
    str,
    _option(
        "--policy",
        names=lambda: names(POLICIES, "genner.error_policies"),
        help=f"Which rules tell errors apart: {', '.join(POLICIES)}.",
    ),
]
By = Annotated[
    list[str] | None,
    _option(
        "--by",
        names=lambda: BREAKDOWNS,
        help=f"Break down by {', '.join(BREAKDOWNS)}, or meta:FIELD; repeatable.",
    ),
]
Intervals = Annotated[bool, _option("--intervals", help="Show the 95 % interval of each F1.")]
Tokens = Annotated[bool, _option("--tokens", help="Score the labels of tokens too.")]
Test = Annotated[
    Literal["randomization", "permutation", "bootstrap"],
    _option("--test", help="Test that gives the p-values."),
]
Resamples = Annotated[int, _option("--resamples", min=1, metavar="N", help="Draws of the test.")]
Names = Annotated[list[str] | None, _option("--name", metavar="NAME", help="What to call A and B; give it twice.")]

# -- which documents or cases to show --------------------------------------------------------------

LabelOf = Annotated[str | None, _option("--label", metavar="LABEL", help="Only what is about this label.")]
TextOf = Annotated[str | None, _option("--text", metavar="TEXT", help="Only documents that contain this text.")]
TypeOf = Annotated[
    list[str] | None,
    _option(
        "--type",
        names=lambda: ErrorType,
        metavar="KIND",
        help=f"Only this kind of error: {', '.join(ErrorType)}, touched.",
    ),
]
Only = Annotated[Literal["a", "b"] | None, _option("--only", help="Only where this system alone found something.")]
SortCases = Annotated[Literal["document", "type", "label", "text"], _option("--sort", help="Order of what is shown.")]
SortDifferences = Annotated[Literal["document", "size"], _option("--sort", help="Order of what is shown.")]
SortDocuments = Annotated[Literal["document", "length", "entities"], _option("--sort", help="Order of what is shown.")]
Limit = Annotated[int, _option("--limit", "-n", min=0, metavar="N", help="Show at most this many.")]
SampleOf = Annotated[int | None, _option("--sample", min=1, metavar="N", help="Show a random sample of this many.")]
Seed = Annotated[int, _option("--seed", metavar="N", help="Random seed: the same seed gives the same result.")]
ModelSeed = Annotated[
    int | None, _option("--seed", metavar="N", help="Random seed: the same seed gives the same result.")
]
Summary = Annotated[bool, _option("--summary", help="Only the tables, and no documents.")]

# -- prompts and models ----------------------------------------------------------------------------

ModelName = Annotated[
    str,
    _option(
        "--model",
        "-m",
        metavar="MODEL",
        help="A folder, a hub name, openai:NAME, vllm:NAME, lexicon:FILE, or KIND:NAME.",
    ),
]
BaseModel = Annotated[str | None, _option("--model", "-m", metavar="MODEL", help="Base model: a folder or a hub name.")]
_STYLE = _option("--style", names=lambda: ("genner", "paper"), help="Wording of the prompt: genner, or paper.")
Style = Annotated[str, _STYLE]
AnyStyle = Annotated[str | None, _STYLE]
Guidelines = Annotated[str, _option("--guidelines", metavar="TEXT", help="More instructions, in your own words.")]
Demonstrations = Annotated[
    str | None, _option("--demonstrations", metavar="FILE", help="Annotated documents that are shown as examples.")
]
Shots = Annotated[int, _option("--shots", metavar="N", help="How many of them are shown: the nearest to each text.")]
Nested = Annotated[bool, _option("--nested/--flat", help="Whether entities may overlap.")]
MaybeNested = Annotated[bool | None, _option("--nested/--flat", help="Whether entities may overlap.")]
Guided = Annotated[bool | None, _option("--guided/--free", help="Only allow valid answers (constrained decoding).")]
GuidePolicy = Annotated[
    Literal["copy_first", "strict"] | None,
    _option("--guide-policy", help="How --guided chooses on this machine; copy_first by default."),
]
DropForced = Annotated[bool, _option("--drop-forced", help="With --guided: leave out entities the model did not want.")]
Window = Annotated[
    int | None, _option("--window", metavar="N", help="Longer texts are asked about in parts of N characters.")
]
KeptAnswers = Annotated[
    str | None,
    _option(
        "--answers", metavar="FILE", help="Keep the raw answers in this file, and ask only about texts without one."
    ),
]
BatchSize = Annotated[int, _option("--batch-size", metavar="N", help="Requests sent at once.")]
MaxNewTokens = Annotated[int, _option("--max-new-tokens", metavar="N", help="Longest answer, in tokens.")]
Temperature = Annotated[
    float, _option("--temperature", metavar="T", help="Sampling temperature; 0 is greedy decoding.")
]
Url = Annotated[str | None, _option("--url", metavar="URL", help="Address of an OpenAI-compatible server.")]
ApiKeyEnv = Annotated[
    str | None,
    _option("--api-key-env", metavar="NAME", help="Environment variable with the key; else OPENAI_API_KEY."),
]
Timeout = Annotated[float | None, _option("--timeout", metavar="S", help="Seconds to wait for one answer of a server.")]
Retries = Annotated[
    int | None, _option("--retries", metavar="N", help="How often a failed request to a server is repeated.")
]
OnError = Annotated[
    Literal["raise", "skip"],
    _option("--on-error", help="What to do when a question fails for good; skipped ones are counted."),
]

# -- confidence ------------------------------------------------------------------------------------

AnswersEach = Annotated[
    str | None,
    _option("--confidence", metavar="N", help="Ask N times and give entities their agreement; or probability."),
]
MinConfidence = Annotated[
    float | None, _option("--min-confidence", metavar="P", help="Leave out entities of less confidence, from 0 to 1.")
]
CalibrationFile = Annotated[
    str | None,
    _option("--calibration", metavar="FILE", help="A file that genner calibrate wrote, with its scores and threshold."),
]
Review = Annotated[
    str | None,
    _option("--review", metavar="FILE", help="Write the texts that a person should check, as tasks of Label Studio."),
]
AnyTemperature = Annotated[
    float | None, _option("--temperature", metavar="T", help="Sampling temperature; 0, greedy decoding, is usual.")
]
ScoreNames = Annotated[
    list[str] | None,
    _option("--score", metavar="NAME", help="Score in the details of each entity, such as agreement; repeatable."),
]
CalibrationMethod = Annotated[
    Literal["beta", "isotonic"],
    _option("--method", help="How a score becomes a probability; isotonic takes one score."),
]
WishedPrecision = Annotated[
    float | None, _option("--precision", metavar="P", help="Choose the threshold that keeps this precision.")
]
WishedRecall = Annotated[
    float | None, _option("--recall", metavar="R", help="Choose the threshold that keeps this mean recall.")
]
PromiseTest = Annotated[
    Literal["betting", "binomial", "normal"] | None,
    _option("--promise-test", help="Test that gives the p-values; by default what keeps more."),
]
Delta = Annotated[float, _option("--delta", metavar="D", help="Probability with which the promise may be broken.")]
PlotFile = Annotated[str | None, _option("--plot", metavar="FILE", help="Draw both curves: .svg, .png or .pdf.")]
Version = Annotated[bool, _option("--version", help="Print the version.")]


def label_set(value: str | None) -> LabelSet | None:
    """Return the label set meant on the command line.

    Raises:
        GennerError: when there is none of that name, or the file holds none.
    """
    if value is None:
        return None
    if "," in value:
        return LabelSet(name.strip() for name in value.split(",") if name.strip())
    path = Path(value)
    if not path.is_file() and path.suffix != ".json":
        return get_label_set(value)
    loaded = load_json(decode_file(path))
    try:
        return LabelSet(loaded) if isinstance(loaded, list) and all(map(_is_name, loaded)) else _from_object(loaded)
    except DataError as error:
        raise DataError(f"expected label names or a label set: {error}", path=value) from None


def _is_name(value: object) -> bool:
    return isinstance(value, str)


def _from_object(loaded: object) -> LabelSet:
    if isinstance(loaded, dict) and "labels" not in loaded and all(map(_is_name, loaded.values())):
        made = get_label_set(loaded)  # names and definitions
        assert made is not None
        return made
    return LabelSet.from_json(json.dumps({"labels": loaded} if isinstance(loaded, list) else loaded))
