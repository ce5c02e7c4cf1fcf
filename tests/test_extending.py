"""The formats of `docs/extending.md`, each in one file: every public function takes them, and they obey the laws."""

from __future__ import annotations

import doctest
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings

import genner
from genner.constrained import get_guide
from genner.constrained.exports import gbnf, json_schema, lark
from genner.study.assessment import assess
from genner.study.samples import load_sample, sample_labels
from genner.testing import LABELS, check_laws, documents

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"
FILES = {"made_up_curly": "Curly", "made_up_tsv": "Tsv"}
"""Names for the files, with the class of the page that each holds."""

TEXT = "Ann left Rome"
DOCUMENT = genner.Document(TEXT, [(0, 3, "PER"), (9, 13, "LOC")])
TOWNS = ["PER", "LOC"]


def source_of(class_name: str) -> str:
    """Return the example of the page that defines a class, with the imports and constants above it."""
    above: list[str] = []
    for example in doctest.DocTestParser().get_examples(PAGE.read_text(encoding="utf-8")):
        if f"class {class_name}(" in example.source:
            return "".join([*above, example.source])
        if example.source.startswith(("import ", "from ", "ROW = ")):
            above.append(example.source)
    raise AssertionError(f"{PAGE.name} has no class {class_name}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on the path of imports with both formats, and with the metadata of the package that they make."""
    made = tmp_path_factory.mktemp("plug_ins")
    for module, class_name in FILES.items():
        (made / f"{module}.py").write_text(source_of(class_name), encoding="utf-8")
    # in a folder of its own, which only other processes look into: this one remembers the entry points it has found
    metadata = made / "metadata" / "made_up-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
    points = ["[genner.formats]", "curly = made_up_curly:Curly", "tsv = made_up_tsv:Tsv"]
    (metadata / "entry_points.txt").write_text("\n".join(points))
    sys.path.insert(0, str(made))
    yield made
    sys.path.remove(str(made))
    for module in FILES:
        sys.modules.pop(module, None)


@pytest.fixture(scope="module", params=FILES)
def codec(request: pytest.FixtureRequest, folder: Path) -> Any:
    """Each of the formats."""
    module = importlib.import_module(request.param)
    return getattr(module, FILES[request.param])()


@pytest.fixture
def curly(folder: Path) -> Any:
    """The format that copies the text."""
    return importlib.import_module("made_up_curly").Curly()


@pytest.fixture
def tsv(folder: Path) -> Any:
    """The format without a description."""
    return importlib.import_module("made_up_tsv").Tsv()


def test_encode_decode_and_convert_take_it(codec: Any) -> None:
    answer = genner.encode(DOCUMENT, codec, labels=TOWNS)

    assert genner.decode(answer, TEXT, codec, labels=TOWNS) == genner.Prediction(DOCUMENT.entities, text=TEXT)
    for name in genner.FORMATS:
        assert genner.convert(answer, codec, name, text=TEXT) == genner.encode(DOCUMENT, name)
        assert genner.convert(genner.encode(DOCUMENT, name), name, codec, text=TEXT) == answer


def test_get_codec_changes_its_options(codec: Any) -> None:
    assert genner.get_codec(codec) is codec
    assert genner.get_codec(codec, grounding="exact").grounding == "exact"
    with pytest.raises(genner.DecodeError):
        genner.decode("Sure!", TEXT, codec, strict=True)
    with pytest.raises(genner.UnknownNameError, match="grounding"):
        genner.decode("", TEXT, codec, groundings="exact")  # type: ignore[call-arg]


def test_a_broken_answer_is_repaired(codec: Any) -> None:
    answer = genner.encode(DOCUMENT, codec).replace("Rome", "rome")
    prediction = genner.decode(f"<think>Hm.</think>\n```\n{answer}\n```", TEXT, codec, labels=TOWNS)

    assert prediction.entities == DOCUMENT.entities
    assert "extra_text" in {issue.kind for issue in prediction.issues}


def test_an_answer_in_another_format_is_read(codec: Any) -> None:
    output = genner.encode(DOCUMENT, "occurrence-json")

    assert genner.decode(output, TEXT, codec, labels=TOWNS).entities == DOCUMENT.entities


def test_a_prompt_asks_for_it(codec: Any) -> None:
    asked = genner.prompt("Bob slept", codec, TOWNS, demonstrations=[DOCUMENT])

    assert asked.format == codec.name
    assert asked.demonstrations == ((TEXT, genner.encode(DOCUMENT, codec)),)
    illustrated = genner.prompt("Bob slept", codec, TOWNS)
    assert genner.encode(genner.Document("it rained for two days"), codec) in illustrated.instruction


def test_scores_and_studies_take_it(codec: Any) -> None:
    answer = genner.encode(DOCUMENT, codec)
    scored: Any = genner.evaluate_outputs([DOCUMENT], [answer], codec, labels=TOWNS)
    study = assess([DOCUMENT], lambda text: DOCUMENT.entities, labels=TOWNS, formats=[codec])

    assert scored.micro.f1 == 1
    assert study.results[0].strict.micro.f1 == 1


def test_a_described_format_streams_and_is_guided(curly: Any) -> None:
    answer = genner.encode(DOCUMENT, curly)
    stream = curly.stream(TEXT, labels=TOWNS)
    given_early = [entity for char in answer for entity in stream.feed(char)]
    guide = get_guide(curly, TEXT, TOWNS)

    assert tuple(given_early) == stream.finish().entities == DOCUMENT.entities
    assert guide.accepts(answer)
    assert not guide.accepts(genner.encode(DOCUMENT, "bracket"))
    assert "{{PER:" in gbnf(curly, TEXT, TOWNS)
    assert "{{PER:" in lark(curly, TEXT, TOWNS)


def test_a_missing_capability_is_one_clear_error(curly: Any, tsv: Any) -> None:
    with pytest.raises(genner.DataError, match="tsv has no guide: it needs a `guide` method, see CanGuide"):
        get_guide(tsv, TEXT, TOWNS)
    with pytest.raises(genner.DataError, match="tsv has no grammar: it needs a `grammar` method, see CanGrammar"):
        gbnf(tsv, TEXT, TOWNS)
    with pytest.raises(genner.DataError, match="tsv has no live reader: it needs a `live_reader` method"):
        tsv.stream(TEXT)
    with pytest.raises(genner.DataError, match="curly is not a JSON format, so it has no JSON Schema"):
        json_schema(curly, TEXT, TOWNS)


def test_entities_that_it_cannot_express_are_named(curly: Any, tsv: Any) -> None:
    crossing = genner.Document("a b c", [(0, 3, "X"), (2, 5, "Y")])
    with_tab = genner.Document("a\tb", [(0, 3, "X")])

    with pytest.raises(genner.EncodeError, match=r"curly cannot express Entity\(2, 5, 'Y'\): it crosses"):
        genner.encode(crossing, curly)
    with pytest.raises(genner.EncodeError, match=r"tsv cannot express Entity\(0, 3, 'X'\): a tab or a line break"):
        genner.encode(with_tab, tsv)
    assert genner.decode(genner.encode(crossing, tsv), crossing.text, tsv).entities == crossing.entities


@given(document=documents(max_pieces=8))
@settings(max_examples=150, deadline=None)
def test_hostile_documents_obey_the_laws(codec: Any, document: genner.Document) -> None:
    """White space at the rim of texts and mentions is left to the tests of the formats of the package."""
    surfaces = [document.text, *map(document.surface, document.entities)]
    assume(all(surface == surface.strip() for surface in surfaces))

    check_laws(codec, document)
    check_laws(codec, document, labels=LABELS)


def test_real_documents_obey_the_laws(codec: Any) -> None:
    labels = sample_labels("nested")
    written = [check_laws(codec, document, labels=labels) for document in load_sample("nested")[:20]]

    assert any(written)


def run(code: list[str], folder: Path) -> str:
    """Run Python where the formats are installed; return what it prints."""
    paths = os.pathsep.join([str(folder), str(folder / "metadata"), str(Path(genner.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, *code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_entry_point_makes_it_known_by_name(folder: Path) -> None:
    code = "import genner; print(*genner.formats()[-2:], genner.decode('{{PER:Ann}}', 'Ann', 'curly').entities)"

    assert run(["-c", code], folder) == "curly tsv (Entity(0, 3, 'PER'),)\n"


@pytest.mark.extra
def test_the_command_line_knows_its_name(folder: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    genner.write([DOCUMENT], gold)

    assert run(["-m", "genner", "encode", str(gold), "--format", "curly"], folder) == "{{PER:Ann}} left {{LOC:Rome}}\n"
