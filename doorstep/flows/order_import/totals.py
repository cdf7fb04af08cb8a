"""Proves an import: what the database holds now, order number by order number, against what the file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.flows.order_import.batches import BEHIND_EVERY_ROW
from doorstep.flows.order_import.grouping import Layout, OrderSum, Survey, worth_of
from doorstep.flows.order_import.values import ClassSum, ReadGroup, RowClass

CHUNK = 5000


@dataclass(slots=True)
class Totals:
    """Rows, units and money per class.  Units: `value_error_minor` sums the differences of every order number."""

    classes: dict[RowClass, ClassSum] = field(default_factory=lambda: {c: ClassSum() for c in RowClass})
    refusals: dict[str, int] = field(default_factory=dict)
    other: dict[str, OrderSum] = field(default_factory=dict)
    unaccounted: int = 0
    value_error_minor: Decimal = Decimal(0)

    def count(self, group: ReadGroup, at: Layout, *, planned: bool) -> None:
        """Counts the rows of a group that stay out of the order book; all of them where nothing is written anyway."""
        mine = self.other.setdefault(group.raw.order_id, OrderSum())
        for i, found in enumerate(group.classes):
            reason = group.reasons[i]
            if found is RowClass.REFUSED and reason is not None:
                self.refusals[reason.refusal.code] = self.refusals.get(reason.refusal.code, 0) + 1
            if found in (RowClass.SALE, RowClass.CANCELLATION) and not planned:
                continue
            worth = worth_of(group.raw.cells[i], at)
            mine.rows += 1
            if worth is None:
                self.classes[found].rows += 1
                continue
            mine.minor += worth.minor
            self.classes[found].add(rows=1, units=worth.units, currency=worth.currency, minor=worth.minor)

    def minor(self, currency: str) -> Decimal:
        """The value of all classes together."""
        return sum((c.minor.get(currency, Decimal(0)) for c in self.classes.values()), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Kept:
    external_id: str
    currency: str
    rows: int
    units: int
    minor: int


# A row of a file that sold a bundle is one row, however many lines it was opened into.
_SALES = """
SELECT o.external_id, o.currency, (count(*) FILTER (WHERE l.bundle_id IS NULL) + count(DISTINCT l.bundle_id))::int AS rows,
       (COALESCE(sum(l.qty) FILTER (WHERE l.bundle_id IS NULL), 0) + COALESCE((
        SELECT sum(b.qty) FROM orders_orderbundle b WHERE b.organisation_id = o.organisation_id AND b.order_id = o.id), 0)
       )::int AS units, sum(l.total_minor)::bigint AS minor
  FROM orders_order o JOIN orders_orderline l ON l.organisation_id = o.organisation_id AND l.order_id = o.id
 WHERE o.organisation_id = %s AND o.connection_id = %s AND o.external_id = ANY(%s)
 GROUP BY o.organisation_id, o.id, o.external_id, o.currency"""
_CANCELLATIONS = f"""
SELECT external_id, currency, count(DISTINCT position %% {BEHIND_EVERY_ROW})::int AS rows, -sum(qty)::int AS units,
       -sum(value_minor)::bigint AS minor
  FROM orders_cancelledline
 WHERE organisation_id = %s AND connection_id = %s AND external_id = ANY(%s) GROUP BY 1, 2"""


def prove(ctx: Ctx, totals: Totals, counted: Survey, *, connection_id: int | None) -> None:
    """Adds what the database holds of the file's order numbers, then compares each with the file's own sums.

    `connection_id`: None in a dry run, whose totals hold all rows already.
    """
    ids = list(counted.orders)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        here: dict[str, OrderSum] = {e: OrderSum() for e in part}
        if connection_id is not None:
            _read(ctx, totals, here, connection_id)
        _compare(totals, counted.orders, here, part)


def _read(ctx: Ctx, totals: Totals, here: Mapping[str, OrderSum], connection_id: int) -> None:
    for found, sql in ((RowClass.SALE, _SALES), (RowClass.CANCELLATION, _CANCELLATIONS)):
        for k in db.rows(_Kept, sql, [ctx.organisation_id, connection_id, list(here)]):
            here[k.external_id].rows += k.rows
            here[k.external_id].minor += k.minor
            totals.classes[found].add(rows=k.rows, units=k.units, currency=k.currency, minor=k.minor)


def _compare(totals: Totals, said: Mapping[str, OrderSum], here: Mapping[str, OrderSum], ids: Sequence[str]) -> None:
    for e in ids:
        other = totals.other.get(e, OrderSum())
        totals.unaccounted += abs(said[e].rows - here[e].rows - other.rows)
        totals.value_error_minor += abs(said[e].minor - here[e].minor - other.minor)
