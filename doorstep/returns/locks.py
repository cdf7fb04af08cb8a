"""The one way in which returns are locked: the returns by id, then nothing else of theirs.

Whoever makes a return locks its order first, so that two requests cannot ask for the same unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.returns.refusals import WRONG_STATE
from doorstep.returns.values import Decision


@dataclass(frozen=True, slots=True)
class LockedReturn:
    id: int
    number: int
    order_id: int
    decision: str
    goods: str
    money: str
    parcel_id: int | None
    location_id: int | None
    keep_item: bool

    @property
    def name(self) -> str:
        """How people call it, such as R1001."""
        return f"R{self.number}"

    def not_now(self) -> Refused:
        """That what was asked is not possible in the state that it is in."""
        state = self.decision if self.decision != Decision.APPROVED else self.goods
        return Refused(WRONG_STATE, {"number": self.name, "state": state, "what": "return"})


def returns(ctx: Ctx, ids: Iterable[int]) -> dict[int, LockedReturn]:
    """Locks returns; ids of another organisation are not among them.  Locks: ascending by id."""
    rows = db.rows(
        LockedReturn,
        """SELECT id, number, order_id, decision, goods, money, parcel_id, location_id, keep_item FROM returns_return
            WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, sorted(set(ids))],
    )
    return {row.id: row for row in rows}


def one(ctx: Ctx, id: int) -> LockedReturn:
    """Locks one return.  Refuses: unknown ids."""
    found = returns(ctx, [id]).get(id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "return", "key": id})
    return found
