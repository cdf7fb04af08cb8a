"""What partner warehouses were asked about the parts of an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.fulfilment.warehouses import queries
from doorstep.fulfilment.warehouses.values import RequestRow
from doorstep.web.parts import states


@dataclass(frozen=True, slots=True)
class Asked:
    """The newest request about a part, as pages show it."""

    row: RequestRow
    look: states.Look


def asked_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> dict[int, Asked]:
    """By fulfilment order; our own floor's are left out."""
    rows = queries.requests_of(ctx, fulfilment_order_ids=fulfilment_order_ids)
    return {row.fulfilment_order_id: Asked(row, states.look_of("warehouse_request", row.state)) for row in rows}
