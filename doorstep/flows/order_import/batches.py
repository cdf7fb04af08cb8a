"""Takes a batch of orders in: raw rows, products, orders, stock and cancellations in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from doorstep.base import arrivals
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money, split
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.channels import listings
from doorstep.channels.port import ListedItem
from doorstep.customers import actions as customers
from doorstep.flows import bundles, intake, languages, mapping
from doorstep.flows.order_import import cells, kept
from doorstep.flows.order_import import draft as drafting
from doorstep.flows.order_import.grouping import Layout, Survey
from doorstep.flows.order_import.kept import Parcel
from doorstep.flows.order_import.values import CAME_BEFORE, Line, ReadGroup, Reason, RowClass
from doorstep.orders import cancellations, opening
from doorstep.orders.cancellations import CancelledDraft
from doorstep.orders.opening import Part
from doorstep.orders.placing import Accepted, Answer, Duplicate, NotAccepted
from doorstep.stock import history
from doorstep.stock.history import PastReturn, PastSale

BEHIND_EVERY_ROW = 10_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file's orders belong.  `location_id`: where past sales left from; None in a live import.

    `variants`: those that earlier batches of this run found or made, all of them committed.
    """

    connection_id: int
    file: str
    at: Layout
    counted: Survey
    location_id: int | None
    variants: dict[str, int] = field(default_factory=dict)

    @property
    def historical(self) -> bool:
        return self.location_id is not None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one order number.  `was_here`: it was taken in by an earlier run.  `unmapped`: SKUs of an order that waits
    until somebody says which products they are."""

    group: ReadGroup
    was_here: bool
    unmapped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """One order number on its way in."""

    group: ReadGroup
    parcel: Parcel
    arrival_id: int = 0
    answer: Answer | None = None
    unmapped: tuple[str, ...] = ()

    @property
    def order_id(self) -> int | None:
        return self.answer.order_id if isinstance(self.answer, Accepted | Duplicate) else None


def take_in(ctx: Ctx, source: Source, groups: Sequence[ReadGroup]) -> list[Taken]:
    """Takes in what is not here yet; all or nothing, so that a run that was killed goes on behind its last batch.

    Shapes: one answer per group, in order.  Locks: arrivals, SKUs, identities, orders, stock, in this order.
    Emits: what accepting orders, new products and cancelled lines emit.
    """
    with transaction.atomic():
        taken, variants = _take_in(ctx, source, groups)
    source.variants.update(variants)
    return taken


def _take_in(ctx: Ctx, source: Source, groups: Sequence[ReadGroup]) -> tuple[list[Taken], Mapping[str, int]]:
    named = [g for g in groups if g.raw.order_id]
    parcels = kept.pack(ctx, named, source.at, connection_id=source.connection_id)
    taken: dict[int, Taken] = {id(g): Taken(g, was_here=False) for g in groups}
    variants: Mapping[str, int] = {}
    work = []
    for group, parcel in zip(named, parcels, strict=True):
        if parcel.mine is not None and parcel.mine.is_done:
            kept.restore(group, parcel.mine.detail)
            taken[id(group)] = Taken(group, was_here=True)
        else:
            work.append(_Work(group, parcel))
    if work:
        _keep(ctx, source, work)
        variants = _variants(ctx, source, work) if source.historical else {}
        people = _people(ctx, source, work)
        _accept(ctx, source, work, variants)
        _wait_for_mapping(ctx, source, [w for w in work if w.unmapped])
        taken |= {id(w.group): Taken(w.group, was_here=False, unmapped=w.unmapped) for w in work}
        _cancel(ctx, source, work, variants, people)
        arrivals.settle(
            ctx, [(w.arrival_id, kept.outcome_of(w.group), kept.detail_of(w.group, w.order_id)) for w in work]
        )
    return [taken[id(g)] for g in groups], variants


def _keep(ctx: Ctx, source: Source, work: Sequence[_Work]) -> None:
    answers = arrivals.keep(
        ctx,
        [kept.incoming(w.parcel, w.group.raw, connection_id=source.connection_id, file=source.file) for w in work],
    )
    for w, answer in zip(work, answers, strict=True):
        w.arrival_id = answer.id
        if w.parcel.other is not None and w.parcel.other.is_done:
            for i in range(len(w.group.classes)):
                w.group.refuse(i, Reason(CAME_BEFORE, {"order": w.group.raw.order_id}))
            w.group.draft = None


def _variants(ctx: Ctx, source: Source, work: Sequence[_Work]) -> Mapping[str, int]:
    """The products of sales and cancellations, made where they are missing."""
    lines: dict[str, Line] = {}
    for w in work:
        for line, found in zip(w.group.lines, w.group.classes, strict=True):
            if line is not None and line.sku not in source.variants and found in (RowClass.SALE, RowClass.CANCELLATION):
                lines.setdefault(line.sku, line)
    items = []
    for sku, line in lines.items():
        price, currency = source.counted.prices.get(sku, (Decimal(0), line.currency))
        minor = cells.minor(str(price), currency, ".", "")
        money = Money(line.price_minor, line.currency) if minor is None else Money(minor, currency)
        items.append(VariantItem(sku, source.counted.title_of(sku), money))
    made = catalog.ensure_variants(ctx, items=items) if items else {}
    return {**source.variants, **made}


def _people(ctx: Ctx, source: Source, work: Sequence[_Work]) -> dict[int, int]:
    """Customers by arrival, where a batch has cancellations: all its people at once, so that accepting finds them here."""
    if not any(RowClass.CANCELLATION in w.group.classes for w in work):
        return {}
    named = [(w, drafting.person(w.group, source.at)) for w in work]
    spoken = languages.by_country(ctx, countries={p.country for _, p in named if not p.language})
    named = [(w, p if p.language else replace(p, language=spoken[p.country])) for w, p in named]
    known = [(w, p) for w, p in named if p.identities or p.email]
    ids = customers.match(ctx, people=[p for _, p in known])
    return {w.arrival_id: customer_id for (w, _), customer_id in zip(known, ids, strict=True)}


def _accept(ctx: Ctx, source: Source, work: Sequence[_Work], variants: Mapping[str, int]) -> None:
    """Takes the sales in; an order that is refused puts its rows among the refused."""
    ready = [(w, w.group.draft) for w in work if w.group.draft is not None]
    drafts = [replace(d, connection_id=source.connection_id, arrival_id=w.arrival_id) for w, d in ready]
    if not source.historical:
        for (w, _), mapped in zip(ready, mapping.with_unmapped(ctx, drafts), strict=True):
            w.unmapped = mapped.unmapped
    answers = intake.accept(ctx, drafts, historical=source.historical)
    sold: dict[int, tuple[int, datetime]] = {}
    for (w, draft), answer in zip(ready, answers, strict=True):
        w.answer = answer
        if isinstance(answer, NotAccepted):
            for i in w.group.of(RowClass.SALE):
                w.group.refuse(i, Reason(answer.refusal, answer.facts))
        elif isinstance(answer, Accepted) and source.historical:
            for line in draft.lines:
                qty, at = sold.get(variants[line.sku], (0, draft.placed_at))
                sold[variants[line.sku]] = (qty + line.qty, max(at, draft.placed_at))
    if source.location_id is not None and sold:
        sold = _on_the_shelf(ctx, sold)
        reference = f"arrivals:{work[0].arrival_id}-{work[-1].arrival_id}"
        history.book_history(
            ctx, sales=[PastSale(v, source.location_id, qty, at, reference) for v, (qty, at) in sorted(sold.items())]
        )


def _wait_for_mapping(ctx: Ctx, source: Source, work: Sequence[_Work]) -> None:
    """Holds orders with lines that nobody has mapped, and puts what the channel calls these on its list to map."""
    mapping.hold_unmapped(ctx, orders_of={w.answer.order_id: w.unmapped for w in work if isinstance(w.answer, Accepted)})
    titles = {line.sku: line.title for w in work if w.group.draft for line in w.group.draft.lines if line.sku in w.unmapped}
    known = listings.known_items(ctx, connection_id=source.connection_id, items=sorted(titles)) if titles else set()
    items = [ListedItem(sku, sku, sku, "", title, None) for sku, title in sorted(titles.items()) if sku not in known]
    if items:
        listings.note(ctx, connection_id=source.connection_id, items=items)


def _on_the_shelf(ctx: Ctx, sold: Mapping[int, tuple[int, datetime]]) -> dict[int, tuple[int, datetime]]:
    """What was sold, bundles as what they are made of: units and the last sale, by variant."""
    inside = bundles.on_the_shelf(ctx, variant_ids=list(sold))
    found: dict[int, tuple[int, datetime]] = {}
    for variant, (qty, at) in sold.items():
        for id, each in [(c.variant_id, c.qty) for c in inside.get(variant, ())] or [(variant, 1)]:
            before, last = found.get(id, (0, at))
            found[id] = (before + qty * each, max(last, at))
    return found


def _opened(ctx: Ctx, drafts: Sequence[CancelledDraft]) -> list[CancelledDraft]:
    """Cancelled lines with those of bundles opened: the first component keeps the row's position, the others follow far
    behind every row of a file."""
    inside = bundles.on_the_shelf(ctx, variant_ids=[d.variant_id for d in drafts])
    found: list[CancelledDraft] = []
    for d in drafts:
        parts = inside.get(d.variant_id)
        if parts is None:
            found.append(d)
            continue
        weights = opening.weights_of([Part(c.variant_id, c.sku, c.title, c.qty, c.price) for c in parts])
        values = split(Money(d.value_minor, d.currency), weights)
        found += [
            replace(
                d, position=d.position + n * BEHIND_EVERY_ROW, variant_id=c.variant_id, qty=d.qty * c.qty,
                value_minor=value.minor,
            )
            for n, (c, value) in enumerate(zip(parts, values, strict=True))
        ]  # fmt: skip
    return found


def _cancel(
    ctx: Ctx, source: Source, work: Sequence[_Work], variants: Mapping[str, int], people: Mapping[int, int]
) -> None:
    """Keeps the cancelled lines and puts their units back, once each."""
    drafts = [
        CancelledDraft(
            source.connection_id, w.group.raw.order_id, i + 1, w.arrival_id, people.get(w.arrival_id),
            variants[line.sku], abs(line.qty), -line.value_minor, line.currency, w.group.at,
        )
        for w in work
        for i in w.group.of(RowClass.CANCELLATION)
        if (line := w.group.lines[i]) is not None and w.group.at is not None
    ]  # fmt: skip
    if not drafts or source.location_id is None:
        return
    new = cancellations.record(ctx, lines=_opened(ctx, drafts))
    history.take_back(
        ctx,
        returns=[PastReturn(c.variant_id, source.location_id, c.qty, c.at, f"cancelled_line:{c.id}") for c in new],
        reason="cancellation",
    )
