"""Texts in another file than their annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from genner import io
from genner.exceptions import DataError

ANNOTATIONS = "File,Line,Begin Offset,End Offset,Type\n{},0,0,3,PER\n"


def test_a_text_is_read_again_when_its_file_has_changed(tmp_path: Path) -> None:
    """A notebook reads one path twice, with a correction between."""
    corpus = tmp_path / "a.csv"
    corpus.write_text(ANNOTATIONS.format("docs.txt"), encoding="utf-8")
    found = []
    for text in ("Ann left", "Bob left Rome"):
        (tmp_path / "docs.txt").write_text(text, encoding="utf-8")
        found += [document.text for document in io.read(corpus)]

    assert found == ["Ann left", "Bob left Rome"]


@pytest.mark.parametrize("outside", ["../docs.txt", "{}/docs.txt"])
def test_annotations_name_no_file_outside_of_their_folder(tmp_path: Path, outside: str) -> None:
    """A corpus from elsewhere may name any file of this machine."""
    (tmp_path / "docs.txt").write_text("Ann left", encoding="utf-8")
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.csv").write_text(ANNOTATIONS.format(outside.format(tmp_path.as_posix())), encoding="utf-8")

    with pytest.raises(DataError, match="leads out of the folder"):
        list(io.read(folder / "a.csv"))
