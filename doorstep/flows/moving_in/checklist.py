"""What a brand has set up already, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.customers import queries as customers
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.shipping import queries as shipping
from doorstep.stock import queries as stock

STEPS = ("locations", "bins", "products", "stock", "customers", "carrier", "order")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up.  `count` is how many of it there are; customers and bins may stay empty."""

    name: str
    count: int
    is_optional: bool = False

    @property
    def is_done(self) -> bool:
        return self.count > 0


def steps(ctx: Ctx) -> list[Step]:
    """Every step, in the order in which they build on each other."""
    places = locations.list_active(ctx)
    by_status = catalog.count_by_status(ctx)
    counts = {
        "locations": len(places),
        "bins": sum(at.bins for at in places),
        "products": sum(n for status, n in by_status.items() if status != "archived"),
        "stock": sum(1 for row in stock.list_pool(ctx, limit=1000) if row.on_hand > 0),
        "customers": customers.count(ctx),
        "carrier": len(shipping.list_carriers(ctx)),
        "order": len(orders.list_ids(ctx, where=OrderFilter(), limit=1)),
    }
    return [Step(name, counts[name], name in ("bins", "customers")) for name in STEPS]


def is_moved_in(ctx: Ctx) -> bool:
    """Whether nothing that is needed is missing."""
    return all(step.is_done or step.is_optional for step in steps(ctx))
