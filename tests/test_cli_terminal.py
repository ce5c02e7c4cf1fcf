"""The command as a process: terminals, closed pipes, full disks and signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from genner.cli import highlight, main
from genner.show.marks import Mark

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, signals and terminals of POSIX")

RECORD = {"text": "Ann left", "entities": [{"start": 0, "end": 3, "label": "PER"}]}
GENNER = [sys.executable, "-m", "genner"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a corpus of one document in it, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gold.jsonl").write_text(json.dumps(RECORD) + "\n")
    return tmp_path


@pytest.mark.parametrize(
    "command", ["encode gold.jsonl -f xml", "evaluate gold.jsonl gold.jsonl", "--help", "decode --help", "--version"]
)
def test_a_reader_that_went_away_is_code_141(here: Path, command: str) -> None:
    """As documented, and without a word, however little is written."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run([*GENNER, *command.split()], stdout=closed, stderr=subprocess.PIPE, text=True)

    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output", ["-", "/dev/full"])
def test_a_full_disk_is_named(here: Path, output: str) -> None:
    """The message has the path of what cannot be written, standard output too."""
    with open("/dev/full", "w") as full:
        command = [*GENNER, "encode", "gold.jsonl", "-f", "xml", "-o", output]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)

    place = "<stdout>" if output == "-" else output
    assert done.returncode == 2
    assert done.stderr == f"genner: error: {place}: cannot be written: No space left on device\n"


def test_a_closed_standard_output_is_no_traceback(here: Path) -> None:
    """A process that is started without standard output ends as if nobody read it."""
    done = subprocess.run(
        f"{sys.executable} -m genner encode gold.jsonl -f xml >&-", shell=True, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 129)])
def test_a_signal_leaves_no_draft(here: Path, name: str, code: int) -> None:
    """What was begun is removed, and the file that was to be replaced is as it was."""
    (here / "out").mkdir()
    (here / "out" / "answers.txt").write_text("old")
    command = [*GENNER, "encode", "-", "--from", "jsonl", "-f", "xml", "-o", "out/answers.txt"]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdin is not None
    running.stdin.write(json.dumps(RECORD).encode() + b"\n")
    running.stdin.flush()
    until = time.monotonic() + 60
    while len(list((here / "out").iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.02)

    running.send_signal(getattr(signal, name))
    _, error = running.communicate(timeout=60)

    assert (running.returncode, error) == (code, b"")
    assert [(path.name, path.read_text()) for path in (here / "out").iterdir()] == [("answers.txt", "old")]


def test_a_file_that_is_replaced_keeps_its_mode(here: Path) -> None:
    """Also its owner, where the process may set it; a new file has the mode that every new file has."""
    (here / "old.txt").write_text("old")
    (here / "old.txt").chmod(0o640)
    if os.geteuid() == 0:
        os.chown(here / "old.txt", 12345, 12345)
    (here / "plain").touch()

    for name in ("old.txt", "new.txt"):
        assert main(["encode", "gold.jsonl", "-f", "xml", "-o", name]) == 0
    assert (here / "old.txt").read_text() == "<PER>Ann</PER> left\n"
    assert (here / "old.txt").stat().st_mode & 0o777 == 0o640
    assert os.geteuid() != 0 or (here / "old.txt").stat().st_uid == 12345
    assert (here / "new.txt").stat().st_mode == (here / "plain").stat().st_mode


def test_a_progress_bar_goes_away_and_never_touches_standard_output(here: Path) -> None:
    """It is on standard error, where a terminal is, and its line is erased; standard output holds the data alone."""
    script = (
        "import sys; from genner.cli import main, screen; screen.PATIENCE = -1; "
        "sys.exit(main(['encode', 'gold.jsonl', '-f', 'xml']))"
    )
    terminal, inner = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=inner, env=environment)
    os.close(inner)
    shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)

    assert done.stdout == b"<PER>Ann</PER> left\n"
    assert "reading" in shown
    assert shown.endswith(("\x1b[2K", "\x1b[?25h\r\x1b[1A\x1b[2K"))  # the cursor is back, and the line is empty


def test_labels_have_colours_of_their_own() -> None:
    """While there are enough colours no two labels share one."""
    highlight._colour.cache_clear()
    highlight._taken.clear()
    marks = [Mark(place, place + 1, f"label {place}") for place in range(len(highlight.COLOURS))]

    shown = highlight.highlighted("x" * len(marks), marks)

    assert {str(span.style) for span in shown.spans} - {""} == set(highlight.COLOURS)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
@pytest.mark.parametrize("command", [["encode", "/dev/zero", "-f", "xml"], ["evaluate", "gold.jsonl", "/dev/zero"]])
def test_input_without_an_end_is_refused(
    here: Path, command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that never ends a line costs so much memory and no more."""
    monkeypatch.setattr("genner.io.source.LONGEST", 1 << 20)

    assert main(command) == 2
    assert capsys.readouterr().err == "genner: error: /dev/zero: expected lines, got one of more than 1 MiB\n"


def test_standard_input_without_an_end_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has to be read twice is kept, up to a limit."""
    monkeypatch.setattr("genner.cli.inputs.MOST", 100)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"{}" * 1000)))

    assert main(["evaluate", "-", "gold.jsonl"]) == 2
    assert "<stdin>: expected at most" in capsys.readouterr().err


def test_a_link_out_of_a_folder_of_brat_is_not_followed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever made a corpus may not choose which files of this machine are read; links inside it are fine."""
    (here / "secret.txt").write_text("secret")
    (here / "corpus").mkdir()
    (here / "corpus" / "a.txt").write_text("Ann")
    (here / "corpus" / "a.ann").write_text("T1\tPER 0 3\tAnn\n")
    (here / "corpus" / "b.txt").symlink_to(here / "corpus" / "a.txt")
    (here / "corpus" / "b.ann").symlink_to(here / "corpus" / "a.ann")
    assert main(["encode", "corpus", "-f", "xml"]) == 0
    assert capsys.readouterr().out == "<PER>Ann</PER>\n" * 2

    (here / "corpus" / "c.txt").symlink_to(here / "secret.txt")
    (here / "corpus" / "c.ann").write_text("")
    assert main(["encode", "corpus", "-f", "xml"]) == 2
    assert capsys.readouterr().err == (
        "genner: error: corpus/c.txt: expected a file of this folder, got a link that leads out of it\n"
    )
    assert main(["encode", "corpus", "-f", "xml", "--skip-bad"]) == 0
    assert "secret" not in capsys.readouterr().out


@pytest.mark.parametrize("target", ["brat", "docbin"])
def test_an_id_that_no_file_can_hold_is_one_line(here: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A lone surrogate is no internal error."""
    (here / "odd.jsonl").write_text(json.dumps(RECORD | {"id": "\ud800"}) + "\n")

    assert main(["convert", "odd.jsonl", "--to", target, "-o", "out"]) == 2
    assert capsys.readouterr().err.startswith("genner: error: ")


@pytest.mark.parametrize("command", [["assess"], ["train"]])
def test_a_config_without_an_end_is_one_line(
    here: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """YAML that is nested deeper than Python recurses is bad input."""
    (here / "deep.yaml").write_text("x: " + "[" * 3000)

    assert main([*command, "deep.yaml", "--dry-run"]) == 2
    assert "expected YAML" in capsys.readouterr().err


def test_a_command_leaves_signals_as_they_were(tmp_path: Path) -> None:
    """A process that ran a command within itself still ends when it is asked to."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    assert main(["formats"]) == 0
    assert main(["decode", str(tmp_path / "nothing")]) == 2

    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
