"""`dataset_info.json` of LLaMA-Factory: which files a data set has, and what the keys of their records are called."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from genner.exceptions import DataError, UnknownNameError
from genner.io.source import MissingFileError, Source

__all__ = ["USUAL", "Described", "described_files", "description_nearby", "listed_files"]

NAME = "dataset_info.json"
ALPACA = {"prompt": "instruction", "query": "input", "response": "output"}
"""What LLaMA-Factory calls a column, and the key it has where nothing else is named (its data/README.md)."""
TURNS = {"role_tag": "from", "content_tag": "value"}
ROLES = {"user_tag": "user", "assistant_tag": "assistant", "observation_tag": "tool", "system_tag": "system"}


class Described(NamedTuple):
    """The names that keys and roles have in a file.

    Args:
        keys: from the name in the file to the usual one.
        messages: the key of the turns; empty where records have none.
        turns: the keys of role and content in a turn.
        roles: from the role in the file to the usual one.
    """

    keys: Mapping[str, str] = {}
    messages: str = ""
    turns: tuple[str, str] = ("from", "value")
    roles: Mapping[str, str] = {}

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Described:
        """Read the entry of one data set."""
        columns, tags = (entry.get(key) or {} for key in ("columns", "tags"))
        if entry.get("formatting") == "sharegpt":
            turns = [tags.get(name, usual) for name, usual in TURNS.items()]
            roles = {tags[name]: usual for name, usual in ROLES.items() if name in tags}
            return cls({}, columns.get("messages", "conversations"), (turns[0], turns[1]), roles)
        return cls({columns[name]: usual for name, usual in ALPACA.items() if name in columns})

    def renamed(self, record: Any) -> Any:
        """Return a record with the usual names; what is no object stays as it is."""
        if not isinstance(record, Mapping):
            return record
        listed = record.get(self.messages) if self.messages else None
        if isinstance(listed, list):
            rest = {key: value for key, value in record.items() if key != self.messages}
            return {**rest, "messages": [self._turn(turn) for turn in listed]}
        return {self.keys.get(key, key): value for key, value in record.items()}

    def _turn(self, turn: Any) -> Any:
        if not isinstance(turn, Mapping):
            return turn
        role, content = (turn.get(key) for key in self.turns)
        return {"role": self.roles.get(role, role) if isinstance(role, str) else role, "content": content}


USUAL = Described()


def listed_files(value: Any) -> dict[str, Mapping[str, Any]]:
    """Return the data sets that a `dataset_info.json` lists with files, by name; empty for anything else."""
    if not isinstance(value, Mapping) or not value or not all(isinstance(one, Mapping) for one in value.values()):
        return {}
    return {name: one for name, one in value.items() if isinstance(one.get("file_name"), str)}


def described_files(source: Source, value: Any, dataset: str | None) -> Iterator[tuple[Path, Described]]:
    """Yield the files of data sets, each with the names of its keys; of a folder, the JSON files in it.

    Raises:
        DataError: when there is no such data set, or a file is missing.
    """
    listed = listed_files(value)
    if dataset is not None and dataset not in listed:
        raise UnknownNameError.of("data set", dataset, listed)
    if dataset is None and len(listed) > 1:
        source.guessed(f"the data sets {', '.join(listed)} are read one after the other: dataset=NAME reads one")
    folder = source.path.parent if source.path is not None else Path()
    for name in listed if dataset is None else [dataset]:
        path = folder / listed[name]["file_name"]
        if not path.exists():
            raise MissingFileError(f"the file of the data set {name!r} is missing: {path}", path=source.name)
        files = sorted(one for one in path.iterdir() if one.suffix in (".json", ".jsonl")) if path.is_dir() else [path]
        if not files:
            raise DataError(f"the folder of the data set {name!r} has no JSON file: {path}", path=source.name)
        for file in files:
            yield file, Described.of(listed[name])


def description_nearby(path: Path | None) -> Described:
    """Return what a `dataset_info.json` in the same folder says of a file; the usual names where there is none."""
    file = None if path is None else path.with_name(NAME)
    if path is None or file is None or not file.is_file():
        return USUAL
    try:
        value = json.loads(file.read_bytes())
    except ValueError:
        return USUAL
    entries = [one for one in listed_files(value).values() if one["file_name"] == path.name and "columns" in one]
    return Described.of(entries[0]) if entries else USUAL
