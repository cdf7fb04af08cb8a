"""Orders that nobody may send as they are: they are held whole, until a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason


class Doubt(StrEnum):
    """What a person has to look at; its name stands in the detail of the hold."""

    BEGUN_ELSEWHERE = "begun_elsewhere"
    CANCEL_WISHED = "cancel_wished"
    OTHER_COUNTRY = "other_country"
    MOVED_AFTER_LABEL = "moved_after_label"
    ADDRESS_ERASED = "address_erased"
    ADDRESS_WITHHELD = "address_withheld"
    UNDELIVERABLE = "undeliverable"

    @property
    def reason(self) -> HoldReason:
        """Why it is held, in the vocabulary of holds."""
        return HoldReason.OTHER if self in (Doubt.BEGUN_ELSEWHERE, Doubt.CANCEL_WISHED) else HoldReason.INCORRECT_ADDRESS


def hold(ctx: Ctx, *, why: Mapping[int, Doubt]) -> None:
    """Holds every part of these orders, in the name of the house.  Shapes: the doubt by order id.

    Locks, Emits: as `orders.hold`.
    """
    parts = queries.fulfilment_orders_of(ctx, order_ids=sorted(why)) if why else []
    if parts:
        wishes = [HoldWish(part.id, why[part.order_id].reason, "", {why[part.order_id].value: True}) for part in parts]
        orders.hold(ctx.as_actor(SYSTEM), wishes=wishes)
