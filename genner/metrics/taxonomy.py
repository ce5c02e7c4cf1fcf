"""The kinds of error a system makes (paper, Table 6 and Appendix C), and the rules that name them.

Every wrong prediction and every missed gold entity comes with `Facts`; a policy is one small function
from facts to a kind.  The eight kinds of the paper are mutually exclusive; `duplicate` is a ninth,
reported apart because the paper's own scorer cannot produce it.  A policy of your own may return any
other string as the kind.  Packages add policies by the entry point `genner.error_policies`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeAlias

from genner.exceptions import WrongTypeError
from genner.metrics.matching import Item
from genner.metrics.relations import Relation, closest, closest_relation
from genner.plugins import named
from genner.types import Entity

__all__ = ["POLICIES", "AnyPolicy", "ErrorType", "Facts", "Policy", "get_policy", "paper", "unclaimed"]


class ErrorType(str, Enum):
    """A kind of error; a string, so `report.counts["wrong_type"]` works.

    `paper_name` is what the paper calls it, `explanation` is one line, and `example` is that of its Table 6
    with the error in double brackets (that of `duplicate` is ours).
    """

    paper_name: str
    explanation: str
    example: str

    def __new__(cls, value: str, paper_name: str, explanation: str, example: str) -> ErrorType:
        self = str.__new__(cls, value)
        self._value_, self.paper_name, self.explanation, self.example = value, paper_name, explanation, example
        return self

    OOD_TYPE = (
        "ood_type",
        "OOD Types",
        "The predicted label is not in the label set.",
        "[Inter]ORG will be without suspended [French]MISC defender [[Joceyln Angloma]]PLAYER",
    )
    OOD_MENTION = (
        "ood_mention",
        "OOD Mentions",
        "The predicted mention does not appear in the text.",
        "[Inter]ORG will be without suspended [French]MISC defender [Joceyln Angloma]PER [[Milan]]ORG",
    )
    DUPLICATE = (
        "duplicate",
        "Duplicate",
        "A correct prediction is given once more.",
        "[[[Inter]ORG]]ORG will be without suspended [French]MISC defender [Joceyln Angloma]PER",
    )
    WRONG_TYPE = (
        "wrong_type",
        "Wrong Types",
        "The boundaries are right, the label is another one of the set.",
        "[[Inter]]LOC will be without suspended [French]MISC defender [Joceyln Angloma]PER",
    )
    CONTAIN_GOLD = (
        "contain_gold",
        "Contain Gold",
        "The prediction encloses a gold entity.",
        "[Inter]ORG will be without suspended [French]MISC [[defender Joceyln Angloma]]PER",
    )
    CONTAINED_BY_GOLD = (
        "contained_by_gold",
        "Contained by Gold",
        "The prediction lies inside a gold entity.",
        "[Inter]ORG will be without suspended [French]MISC defender Joceyln [[Angloma]]PER",
    )
    OVERLAP_WITH_GOLD = (
        "overlap_with_gold",
        "Overlap with Gold",
        "The prediction shares part of a gold entity and neither encloses the other.",
        "[Inter]ORG will be without suspended French [[defender Joceyln]]PER Angloma",
    )
    COMPLETELY_O = (
        "completely_o",
        "Completely-O",
        "The prediction touches no gold entity.",
        "[Inter]ORG will be without [[suspended]]MISC [French]MISC defender [Joceyln Angloma]PER",
    )
    OMITTED_MENTION = (
        "omitted_mention",
        "Omitted Mentions",
        "No prediction touches the gold entity.",
        "[Inter]ORG will be without suspended [[French]] defender [Joceyln Angloma]PER",
    )

    __str__ = str.__str__


class Facts(NamedTuple):
    """All that is known of one wrong prediction, or of one missed gold entity.

    What follows from the entities of the other side is found when it is read.

    Args:
        side: "predicted" or "gold".
        item: the wrong prediction, or the missed gold entity.
        known_label: the label is in the label set (always true when no set was given).
        placed: it has a place in the text.
        copy: it repeats a correct prediction.
        others: entities of the other side; of very many, enough for all that follows.
        wrong: those of the other side that are wrong predictions (for a missed gold entity).
        unmatched: those of the other side that have no equal on this one.
    """

    side: Literal["predicted", "gold"]
    item: Item
    known_label: bool = True
    placed: bool = True
    copy: bool = False
    others: Sequence[Entity] = ()
    wrong: Collection[Entity] = ()
    unmatched: Collection[Entity] = ()

    @property
    def relations(self) -> frozenset[Relation]:
        """Its relations to entities of the other side, correct ones included: "contains" means it contains one."""
        return self._relations_to(self.others)

    def _relations_to(self, others: Iterable[Entity]) -> frozenset[Relation]:
        return frozenset(filter(None, [closest_relation(self.item, [other]) for other in others]))

    @property
    def error_relations(self) -> frozenset[Relation]:
        """Its relations to wrong predictions alone (for a missed gold entity)."""
        return self._relations_to(other for other in self.others if other in self.wrong)

    @property
    def same_label(self) -> bool:
        """Whether an entity of the other side that shares a character with it has the same label."""
        return bool(self._relations_to(other for other in self.others if other[2] == self.item.label))

    @property
    def partner(self) -> Entity | None:
        """The closest of the other side that shares a character with it.

        That is by relation in the order of `Relation`, then same label, larger overlap, smaller distance of the
        boundaries, coordinates.
        """
        return closest(self.item, self.others) if isinstance(self.item, Entity) else None

    @property
    def partner_matched(self) -> bool:
        """Whether the partner itself was matched exactly by another entity."""
        return self.partner is not None and self.partner not in self.unmatched

    def to_dict(self) -> dict[str, Any]:
        """Return all facts by name: what follows from the entities of the other side, and not these."""
        return {name: getattr(self, name) for name in _FACTS}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(tuple(self.to_dict().values()))

    def __repr__(self) -> str:
        return f"Facts({', '.join(f'{name}={value!r}' for name, value in self.to_dict().items())})"

    @property
    def gold(self) -> Entity | None:
        """The gold entity: the missed one, or the partner."""
        return self.item if self.side == "gold" else self.partner  # type: ignore[return-value]

    @property
    def predicted(self) -> Item | None:
        """The prediction: the wrong one, or the partner."""
        return self.partner if self.side == "gold" else self.item


_FACTS = (*Facts._fields[:5], "relations", "error_relations", "same_label", "partner", "partner_matched")

Policy: TypeAlias = Callable[[Facts], "str | None"]
"""Names the kind of error; None, for a missed gold entity only, means it is not counted as a separate error."""

AnyPolicy: TypeAlias = "str | Policy"
"""The name of a policy, or the function."""


# reading a member from the class costs as much as a whole policy
(
    OOD_TYPE, OOD_MENTION, DUPLICATE, WRONG_TYPE, CONTAIN_GOLD, CONTAINED_BY_GOLD, OVERLAP_WITH_GOLD, COMPLETELY_O,
    OMITTED_MENTION,
) = ErrorType  # fmt: skip


def paper(facts: Facts) -> str | None:
    """Follow the paper; a missed gold entity is omitted when no prediction at all touches it."""
    if facts.side == "gold":
        return None if closest_relation(facts.item, facts.others) else OMITTED_MENTION
    if not facts.known_label:
        return OOD_TYPE
    if not facts.placed:
        return OOD_MENTION
    if facts.copy:
        return DUPLICATE
    return _BY_RELATION[closest_relation(facts.item, facts.others)]


_BY_RELATION: Mapping[Relation | None, ErrorType] = {
    "same_span": WRONG_TYPE,
    "contains": CONTAIN_GOLD,
    "contained": CONTAINED_BY_GOLD,
    "crosses": OVERLAP_WITH_GOLD,
    None: COMPLETELY_O,
}


def unclaimed(facts: Facts) -> str | None:
    """Follow the paper, but let only wrong predictions excuse a missed gold entity."""
    if facts.side == "gold":
        return None if facts.error_relations else OMITTED_MENTION
    return paper(facts)


POLICIES: Mapping[str, Policy] = {"paper": paper, "unclaimed": unclaimed}


def get_policy(policy: AnyPolicy) -> Policy:
    """Return the policy of that name, or the function itself.

    Raises:
        UnknownNameError: offering the closest known one.
    """
    found = policy if callable(policy) else named("policy", policy, POLICIES, "genner.error_policies")
    if not callable(found):
        raise WrongTypeError(f"policy {policy!r}: expected a function, got {type(found).__name__}")
    return found
