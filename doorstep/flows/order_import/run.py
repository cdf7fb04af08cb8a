"""Imports a file of orders from end to end; the faces say where it is and show what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.channels import actions as channels
from doorstep.channels import listings
from doorstep.channels import queries as channel_queries
from doorstep.flows.order_import import batches, cells, grouping, reading, totals
from doorstep.flows.order_import.batches import Source
from doorstep.flows.order_import.classify import classify
from doorstep.flows.order_import.grouping import Layout, Survey
from doorstep.flows.order_import.report import Report, Say, list_unmatched
from doorstep.flows.order_import.totals import Totals
from doorstep.flows.order_import.values import NO_LOCATION, UNREADABLE, Profile, ReadGroup, RowClass
from doorstep.locations import actions as locations
from doorstep.locations import queries as places
from doorstep.locations.values import LocationDraft, LocationKind
from doorstep.orders import cancellations
from doorstep.returns import past

BATCH_ORDERS = 400
BATCH_ROWS = 8000
# Tables that were empty a moment ago are planned as if they still were, until their statistics are taken anew.
ANALYSE_AFTER = frozenset(4**n for n in range(12))
GROWING = """orders_order, orders_orderline, orders_fulfilmentorder, orders_fulfilmentorderline, orders_cancelledline,
             catalog_variant, customers_identity, stock_item, stock_level, base_arrival"""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be imported and how.  `report`: where refused rows are written down; None for nowhere."""

    path: Path
    profile: Profile
    report: Path | None
    historical: bool = False
    dry_run: bool = False
    source: str = ""
    location: str = ""


@dataclass(slots=True)
class Summary:
    """What became of a file.  `cancellations_unmatched`: None in a dry run, which does not look at what is here.

    `unmatched`: where those are listed, if there are any.  `unmapped`: SKUs that are no product here; their orders are held.
    """

    wish: Wish
    counted: Survey
    totals: Totals = field(default_factory=Totals)
    orders_new: int = 0
    orders_here_already: int = 0
    order_numbers_here_already: int = 0
    customers: set[str] = field(default_factory=set)
    unmapped: set[str] = field(default_factory=set)
    cancellations_unmatched: int | None = None
    unmatched: Path | None = None
    returns_new: int = 0
    seconds: float = 0.0

    @property
    def adds_up(self) -> bool:
        return self.totals.unaccounted == 0 and self.totals.value_error_minor == 0

    @property
    def is_nothing_taken(self) -> bool:
        """Whether the file has rows and all of them are refused."""
        return 0 < self.counted.rows == self.totals.classes[RowClass.REFUSED].rows

    def count(self, taken: batches.Taken) -> None:
        """Counts one order number in."""
        group = taken.group
        if RowClass.SALE in group.classes:
            if taken.was_here:
                self.orders_here_already += 1
            else:
                self.orders_new += 1
        self.order_numbers_here_already += taken.was_here
        self.unmapped.update(taken.unmapped)
        if group.draft is not None:
            identities = group.draft.buyer.identities
            self.customers.add(identities[0][1] if identities else group.draft.buyer.email or group.raw.order_id)

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON has it.  Units: minor units, units signed."""
        counted, classes = self.counted, self.totals.classes
        return {
            "file": self.wish.path.name,
            "profile": self.wish.profile.name,
            "historical": self.wish.historical,
            "dry_run": self.wish.dry_run,
            "rows": {"file": counted.rows, **{c.value: s.rows for c, s in classes.items()}},
            "unaccounted": self.totals.unaccounted,
            "units": {
                "file": {"in": counted.units_in, "out": counted.units_out},
                **{c.value: {"in": s.units_in, "out": s.units_out} for c, s in classes.items()},
            },
            "values_minor": {
                currency: {
                    "file": _plain(said),
                    **{c.value: _plain(s.minor.get(currency, 0)) for c, s in classes.items()},
                    "difference": _plain(said - self.totals.minor(currency)),
                }
                for currency, said in sorted(counted.minor.items())
            },
            "value_error_minor": _plain(self.totals.value_error_minor),
            "refusals": dict(sorted(self.totals.refusals.items())),
            "orders": self.orders_new + self.orders_here_already,
            "orders_new": self.orders_new,
            "orders_here_already": self.orders_here_already,
            "customers": len(self.customers),
            "unmapped": sorted(self.unmapped),
            "cancellations_unmatched": self.cancellations_unmatched,
            "returns_new": self.returns_new,
            "unmatched": str(self.unmatched or ""),
            "report": str(self.wish.report or ""),
            "seconds": round(self.seconds, 3),
        }


def _plain(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


def run(ctx: Ctx, wish: Wish, *, say: Say, progress: Progress) -> Summary:
    """Imports a file; running it again, even after it was killed, goes on where it stood and counts nothing twice.

    Refuses: files and profiles that cannot be read, before anything is written.  Emits: what taking orders in emits.
    """
    began = time.monotonic()
    name = wish.source or wish.profile.name
    with reading.rows(wish.path, wish.profile) as rows:
        at = grouping.layout(wish.profile, _header(rows, wish), source=name, ours=_ours(ctx, name))
        counted = grouping.survey(rows, at)
    source = None if wish.dry_run else _source(ctx, wish, at, counted, name)
    acting = ctx if source is None else ctx.as_actor(Actor("channel", source.connection_id, name))
    summary = Summary(wish, counted)
    with reading.rows(wish.path, wish.profile) as rows, Report(wish.report, at.header, say) as report:
        _header(rows, wish)
        done = 0
        for number, batch in enumerate(_batches(rows, at, counted, wish), start=1):
            for taken in _dry(ctx, batch, wish) if source is None else batches.take_in(acting, source, batch):
                summary.count(taken)
                summary.totals.count(taken.group, at, planned=source is None)
                report.add(taken.group)
            done += sum(len(group.classes) for group in batch)
            progress(done, counted.rows)
            if source is not None and number in ANALYSE_AFTER:
                db.execute(f"ANALYZE {GROWING}")
    if source is not None:
        cancellations.link_waiting(acting, connection_id=source.connection_id)
        unmatched = cancellations.unlinked_of(ctx, connection_id=source.connection_id)
        summary.cancellations_unmatched = len(unmatched)
        if wish.report and unmatched:
            summary.unmatched = list_unmatched(wish.report, unmatched)
        summary.returns_new = past.keep(acting, connection_id=source.connection_id)
    totals.prove(ctx, summary.totals, counted, connection_id=source.connection_id if source else None)
    summary.seconds = time.monotonic() - began
    return summary


def _header(rows: reading.Rows, wish: Wish) -> tuple[str, ...]:
    first = next(rows, None)
    if first is None:
        raise Refused(UNREADABLE, {"file": wish.path.name, "problem": gettext_noop("it is empty")})
    return first[1]


def _batches(rows: reading.Rows, at: Layout, counted: Survey, wish: Wish) -> Iterator[list[ReadGroup]]:
    batch: list[ReadGroup] = []
    size = 0
    for raw in grouping.groups(rows, at, counted):
        batch.append(classify(raw, at, historical=wish.historical))
        size += len(raw.numbers)
        if len(batch) >= BATCH_ORDERS or size >= BATCH_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _source(ctx: Ctx, wish: Wish, at: Layout, counted: Survey, name: str) -> Source:
    connection = channels.ensure_file_connection(ctx, name=name, currency=wish.profile.currency)
    location_id = _location(ctx, wish) if wish.historical else None
    return Source(connection.id, wish.path.name, at, counted, location_id)


def _ours(ctx: Ctx, name: str) -> dict[str, str]:
    """Our SKUs for what the connection of this name calls otherwise; none where it is not here yet."""
    known = next((row for row in channel_queries.list_connections(ctx) if row.name == name), None)
    return listings.skus_here(ctx, connection_id=known.id) if known else {}


def _location(ctx: Ctx, wish: Wish) -> int:
    """Where past sales are booked: the location asked for, else the first warehouse; a brand without any gets one."""
    known = places.list_active(ctx)
    if wish.location:
        for row in known:
            if row.code == wish.location:
                return row.id
        raise Refused(NO_LOCATION, {"code": wish.location})
    for row in sorted(known, key=lambda row: row.kind != LocationKind.WAREHOUSE):
        return row.id
    return locations.create(ctx, location=LocationDraft("MAIN", "Main warehouse", _home_of(wish.profile.currency)))


def _home_of(currency: str) -> str:
    """The country whose currency it is (the first two letters of its code); the United States where that says nothing."""
    return cells.country(currency[:2]) or "US"


def _dry(ctx: Ctx, batch: Sequence[ReadGroup], wish: Wish) -> list[batches.Taken]:
    """What a real run would make of a batch, as far as reading alone can tell."""
    named = {id(g): [line.sku for line in g.draft.lines] for g in batch if g.draft and not wish.historical}
    skus = sorted({sku for mine in named.values() for sku in mine})
    mapped = catalog.find_variants(ctx, skus=skus).keys() - catalog.find_drafts(ctx, skus=skus)
    return [
        batches.Taken(g, was_here=False, unmapped=tuple(sku for sku in named.get(id(g), ()) if sku not in mapped)) for g in batch
    ]
