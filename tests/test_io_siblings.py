"""Files next to good ones that are broken in the usual senses: read all the same, or refused, never less in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from genner import io
from genner.exceptions import GennerError
from genner.types import Document

NATIVE = Path(__file__).parent / "data" / "native"

DOCUMENTS = [
    Document("Zoé left Rome .", [(0, 3, "PER"), (9, 13, "LOC")], id="1"),
    Document("Bob met Ann in Paris .", [(0, 3, "PER"), (8, 11, "PER"), (15, 20, "LOC")], id="2"),
    Document("It rained in Oslo .", [(13, 17, "LOC")], id="3"),
]
WRITTEN = [name for name, module in io.DATA_FORMATS.items() if hasattr(module, "write") and name != "docbin"]
FILES = ["gum_conllu/gum.conllu", "gum_webanno/gum.tsv", "ncbi_pubtator/ncbi.txt", "turku/dev.head.tsv"]

READ_ONLY = {
    "x.sgm": '<DOC><DOCNO>1</DOCNO><TEXT><ENAMEX TYPE="PER">Zoé</ENAMEX> left .\n</TEXT></DOC>\n'
    '<DOC><DOCNO>2</DOCNO><TEXT>In <ENAMEX TYPE="LOC">Oslo</ENAMEX> .\n</TEXT></DOC>\n',
    "nlu.yml": 'version: "3.1"\nnlu:\n- intent: go\n  examples: |\n    - from [Zürich](LOC)\n    - to [Rome](LOC)\n',
    "x.xml": "<deIdi2b2>\n<TEXT><![CDATA[Zoé left\nRome .\n]]></TEXT>\n<TAGS>\n"
    '<NAME start="0" end="3" text="Zoé" TYPE="PATIENT"/>\n<NAME start="9" end="13" text="Rome" TYPE="CITY"/>\n'
    "</TAGS>\n</deIdi2b2>\n",
    "x.py": 'DATA = [\n("Zoé left", {"entities": [(0, 3, "PER")]}),\n("Rome", {"entities": [(0, 4, "LOC")]}),\n]\n',
    "x.csv": "Sentence #,Word,Tag\nSentence: 1,Zoé,B-PER\n,left,O\n,Rome,B-LOC\nSentence: 2,Oslo,B-LOC\n",
}
"""Files of formats that are read only."""

SAME: dict[str, Callable[[bytes], bytes]] = {
    "byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "returns and line feeds": lambda data: data.replace(b"\n", b"\r\n"),
    "mixed line ends": lambda data: data.replace(b"\n", b"\r\n", 3),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "ids that are numbers": lambda data: data.replace(b'"id": "1"', b'"id": 1').replace(b'"id": "2"', b'"id": 2'),
}
"""What is read as the good file is."""

BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "latin-1": lambda data: data[: len(data) // 2] + b"\xe9" + data[len(data) // 2 :],
    "cut off": lambda data: data[: len(data) * 4 // 5],
    "nothing": lambda data: b"",
    "returns alone": lambda data: data.replace(b"\n", b"\r"),
}
"""What cannot be read, or not as a whole."""


def files(format: str, folder: Path) -> Path:
    """Write the documents, or copy a file of a data format that is read only."""
    path = folder / ("folder" if format == "brat" else format if format in READ_ONLY else "x.dat")
    if format in READ_ONLY:
        path.write_text(READ_ONLY[format], encoding="utf-8", newline="")
    elif "/" in format:
        path = folder / Path(format).name
        path.write_bytes((NATIVE / format).read_bytes())
    else:
        io.write(DOCUMENTS, path, format, on_error="skip", report=io.WriteReport())
    return path


def change(path: Path, how: Callable[[bytes], bytes]) -> None:
    for file in path.iterdir() if path.is_dir() else [path]:
        file.write_bytes(how(file.read_bytes()))


def entities(path: Path, report: io.ReadReport, *, skip: bool = False) -> Counter[tuple[str, str]]:
    read = io.read(path, on_error="skip" if skip else "raise", report=report)
    return Counter((document.surface(entity), entity.label) for document in read for entity in document.entities)


@pytest.mark.parametrize("variant", SAME)
@pytest.mark.parametrize("format", [*WRITTEN, *FILES, *READ_ONLY])
def test_the_same_is_read(format: str, variant: str, tmp_path: Path) -> None:
    """Marks, line ends, encodings that say what they are, and numbers as ids change nothing."""
    path = files(format, tmp_path)
    good = entities(path, io.ReadReport())

    change(path, SAME[variant])

    assert entities(path, io.ReadReport()) == good != Counter()


@pytest.mark.parametrize("variant", BROKEN)
@pytest.mark.parametrize("format", [*WRITTEN, *FILES, *READ_ONLY])
def test_nothing_is_lost_in_silence(format: str, variant: str, tmp_path: Path) -> None:
    """Where less is read, an error names the file, and with `skip` the report counts what was left out or guessed."""
    path = files(format, tmp_path)
    good = entities(path, io.ReadReport())
    change(path, BROKEN[variant])
    for skip in (False, True):
        report, message = io.ReadReport(), ""
        try:
            found = entities(path, report, skip=skip)
        except GennerError as error:
            message, found = str(error), Counter()

        assert message == "" or str(tmp_path) in message
        assert found == good or message or not report.ok or variant == "nothing"
        assert skip or report.skipped == 0
