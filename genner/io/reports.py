"""What happened while reading or writing: counts that are exact, and the first problems in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

__all__ = ["Problem", "ProblemKind", "ReadReport", "WriteReport"]

ProblemKind: TypeAlias = Literal["skipped", "repaired", "set_aside", "guessed", "moved", "dropped", "left_out"]
"""`skipped`: a record was left out. `repaired`: it was read otherwise than it is written.
`set_aside`: a part has no place in a `Document` and is kept in its `meta`.
`guessed`: the file leaves more than one reading; the message says which was taken, and what gives the other.
`moved`: an entity was written with edges of tokens, because `snap` asks for it.
`dropped`: an entity was not written because the format cannot say it.
`left_out`: the format has no place for what else is known of an entity, or for a span with a gap."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be, and where.

    Args:
        kind: what was done about it.
        message: what is wrong.
        path: the file, when there is one.
        line: 1-based line in that file.
        text: the record as the file has it, where it was left out and is asked for.
    """

    kind: ProblemKind
    message: str
    path: str | None = None
    line: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.path, self.line) if part is not None)
        return f"{where}: {self.kind.replace('_', ' ')}: {self.message}" if where else f"{self.kind}: {self.message}"


class _Report:
    """Counts every problem and keeps the first `limit` of them; `bad` has the positions of records left out."""

    done: ClassVar[str]
    kinds: ClassVar[tuple[ProblemKind, ...]]

    def __init__(self, limit: int = 100, on_problem: Callable[[Problem], None] | None = None) -> None:
        self.limit = limit
        self.on_problem = on_problem
        self.documents = 0
        self.problems: list[Problem] = []
        self.bad: list[int] = []
        self._counts: Counter[str] = Counter()

    def add(self, problem: Problem) -> None:
        """Count a problem, and keep it while there is room."""
        self._counts[problem.kind] += 1
        if self.on_problem is not None:
            self.on_problem(problem)
        if len(self.problems) < self.limit:
            self.problems.append(problem)

    def count(self, kind: ProblemKind) -> int:
        """Return how many problems of this kind there were, kept or not."""
        return self._counts[kind]

    @property
    def ok(self) -> bool:
        """Whether there was no problem at all."""
        return not self._counts

    def __str__(self) -> str:
        parts = [f"{self.documents:,} {self.done}"]
        parts += [f"{self.count(kind):,} {kind.replace('_', ' ')}" for kind in self.kinds if self.count(kind)]
        first = f"; first: {self.problems[0]}" if self.problems else ""
        return ", ".join(parts) + first

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"


class ReadReport(_Report):
    """What `read` met; hand one in and look at it afterwards.

    Args:
        limit: how many problems to keep in `problems`; the counts are exact all the same.
        on_problem: called with every problem; what was skipped then comes with the text of the record.
    """

    done = "read"
    kinds = ("skipped", "repaired", "set_aside", "guessed")

    @property
    def read(self) -> int:
        """Records returned."""
        return self.documents

    @property
    def skipped(self) -> int:
        """Bad records left out, under `on_error="skip"`."""
        return self.count("skipped")

    @property
    def repaired(self) -> int:
        """Places read otherwise than written, such as an invalid tag transition."""
        return self.count("repaired")

    @property
    def set_aside(self) -> int:
        """Annotations a `Document` has no place for, such as a span with a gap; `meta` keeps them."""
        return self.count("set_aside")


class WriteReport(_Report):
    """What `write` could not say in the format it wrote.

    Args:
        limit: how many problems to keep in `problems`; the counts are exact all the same.
        on_problem: called with every problem.
    """

    done = "written"
    kinds = ("moved", "dropped", "skipped", "left_out")

    @property
    def written(self) -> int:
        """Documents written."""
        return self.documents

    @property
    def moved(self) -> int:
        """Entities whose edges were moved to edges of tokens."""
        return self.count("moved")

    @property
    def dropped(self) -> int:
        """Entities left out, under `on_error="skip"`."""
        return self.count("dropped")

    @property
    def skipped(self) -> int:
        """Documents left out, under `on_error="skip"`."""
        return self.count("skipped")
