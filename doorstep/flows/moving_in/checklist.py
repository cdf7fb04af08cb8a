"""What a brand has set up already, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.channels import queries as channels
from doorstep.channels.values import TILL
from doorstep.customers import queries as customers
from doorstep.fulfilment import queries as floor
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.shipping import queries as shipping
from doorstep.stock import queries as stock

STEPS = ("locations", "bins", "products", "stock", "customers", "carrier", "printer", "source", "order")
OPTIONAL = ("bins", "customers", "printer")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up.  `count` is how many of it there are; what is optional may stay empty."""

    name: str
    count: int
    is_optional: bool = False

    @property
    def is_done(self) -> bool:
        return self.count > 0


def steps(ctx: Ctx) -> list[Step]:
    """Every step, in the order in which they build on each other."""
    places = locations.list_active(ctx)
    bins = locations.count_bins(ctx)
    by_status = catalog.count_by_status(ctx)
    counts = {
        "locations": len(places),
        "bins": sum(bins.get(at.id, 0) for at in places),
        "products": sum(n for status, n in by_status.items() if status != "archived"),
        "stock": stock.count_stocked(ctx),
        "customers": customers.count(ctx),
        "carrier": sum(row.active for row in shipping.list_carriers(ctx)),
        "printer": sum(row.active for row in floor.list_printers(ctx)),
        "source": _sources(ctx),
        "order": len(orders.list_ids(ctx, where=OrderFilter(), limit=1)),
    }
    return [Step(name, counts[name], name in OPTIONAL) for name in STEPS]


def _sources(ctx: Ctx) -> int:
    """Where orders may come from: shops that are connected and in use, and keys of programs that may write orders."""
    keys = sum(row.revoked_at is None and "orders:write" in row.scopes for row in accounts.list_keys(ctx))
    return keys + sum(row.active and row.provider not in ("file", TILL) for row in channels.list_connections(ctx))
