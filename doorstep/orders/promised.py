"""What the customers of orders that wait for stock were told, as the holds of these say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.orders import events
from doorstep.orders.values import HoldRow


@dataclass(frozen=True, slots=True)
class Promised:
    """A part of an order that waits.  `kind`: backorder, preorder or short; `slipped`: it will be later than promised."""

    order_id: int
    fulfilment_order_id: int
    kind: str
    promised_on: date | None
    expected_on: date | None
    slipped: bool

    @property
    def is_sold_so(self) -> bool:
        """Whether its customer knew, or had to know, that it is not here."""
        return self.kind in ("backorder", "preorder")


def of_hold(hold: HoldRow, *, order_id: int) -> Promised:
    """What a hold for stock says."""
    return _read(order_id, hold.fulfilment_order_id, hold.detail)


def promised_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, list[Promised]]:
    """The parts of orders that wait for stock.  Shapes: by order; orders that do not wait are left out."""
    found: dict[int, list[Promised]] = {}
    for line in db.dicts(
        """SELECT f.order_id, f.id, h.detail FROM orders_fulfilmentorder f
             JOIN orders_hold h ON h.organisation_id = f.organisation_id AND h.fulfilment_order_id = f.id
            WHERE f.organisation_id = %s AND f.order_id = ANY(%s) AND h.released_at IS NULL
              AND h.reason = 'inventory_out_of_stock' ORDER BY f.id""",
        [ctx.organisation_id, list(order_ids)],
    ):
        found.setdefault(line["order_id"], []).append(_read(line["order_id"], line["id"], line["detail"]))
    return found


def _read(order_id: int, fulfilment_order_id: int, detail: Mapping[str, Any]) -> Promised:
    return Promised(
        order_id, fulfilment_order_id, str(detail.get("waits") or "short"), _day(detail.get("promised_on")),
        _day(detail.get("expected_on")), bool(detail.get("slipped")),
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def note_slipped(ctx: Ctx, *, parts: Sequence[Promised]) -> None:
    """Notes that promises became false.  Emits: PromiseSlipped per part."""
    _record(ctx, events.PROMISE_SLIPPED, parts)


def note_promised(ctx: Ctx, *, parts: Sequence[Promised]) -> None:
    """Notes that a new day was promised.  Emits: OrderPromised per part."""
    _record(ctx, events.ORDER_PROMISED, parts)


def _record(ctx: Ctx, type: str, parts: Sequence[Promised]) -> None:
    outbox.record(
        ctx,
        [
            Happened(type, f"fulfilment_order:{p.fulfilment_order_id}", f"order:{p.order_id}",
                     {"promised_on": p.promised_on and p.promised_on.isoformat(),
                      "expected_on": p.expected_on and p.expected_on.isoformat()})
            for p in parts
        ],
    )  # fmt: skip
