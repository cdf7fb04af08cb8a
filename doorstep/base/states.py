"""States are tables: which moves a machine allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from doorstep.base.refusals import ILLEGAL_MOVE, Refused

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """A named transition table; a state without an entry is final."""

    what: str
    moves: Mapping[S, frozenset[S]]

    def can(self, was: S, to: S) -> bool:
        """Whether the table allows this move."""
        return to in self.moves.get(was, frozenset())

    def require(self, was: S, to: S) -> None:
        """Refuses a move that the table does not allow."""
        if not self.can(was, to):
            raise Refused(ILLEGAL_MOVE, {"what": self.what, "was": str(was), "to": str(to)})

    def sources(self, to: S) -> list[str]:
        """The states from which `to` can be reached: the WHERE of a compare-and-set."""
        return [str(was) for was, targets in self.moves.items() if to in targets]

    def is_final(self, state: S) -> bool:
        """Whether nothing leads out of this state."""
        return not self.moves.get(state)
