"""What may be promised, and for which day: from what is available, what is due and what was promised before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.catalog import components
from doorstep.stock import bundles, queries, queue, rules
from doorstep.stock.inbound.values import IncomingRow
from doorstep.stock.values import (
    AtpDay,
    Backlog,
    BackorderKind,
    BackorderRow,
    PoolRow,
    Selling,
    SellingRow,
    Short,
    Wait,
)

Promise = tuple[str, date | None]
MOST_COMPARED = 20_000  # of one queue


def today(ctx: Ctx) -> date:
    """The day that it is where the brand is."""
    return ctx.now.astimezone(ZoneInfo(accounts.organisation(ctx).timezone)).date()


class _Book:
    """What is known of variants that are short, kept up to date while one group after the other is promised something."""

    def __init__(self, ctx: Ctx, variant_ids: Sequence[int]) -> None:
        self.rules = selling_of(ctx, variant_ids=variant_ids)
        known = sorted(self.rules)
        self.today = today(ctx) if known else date.min
        self.pool: Mapping[int, PoolRow] = queries.pool_of(ctx, variant_ids=known) if known else {}
        self.incoming: dict[int, list[IncomingRow]] = defaultdict(list)
        self.backlog: dict[int, list[Backlog]] = defaultdict(list)
        for due in queries.incoming_of(ctx, variant_ids=known) if known else []:
            self.incoming[due.variant_id].append(due)
        for waits in backlog_of(ctx, variant_ids=known) if known else []:
            self.backlog[waits.variant_id].append(waits)

    def promise(self, short: Short) -> Promise:
        rule = self.rules.get(short.variant_id)
        backlog = self.backlog[short.variant_id]
        sold = sum(row.qty for row in backlog if row.kind != BackorderKind.SHORT)
        if rule is None or not rules.may_wait(rule.kind, waiting=sold, qty=short.wanted, max_units=rule.max_units):
            kind, day = BackorderKind.SHORT.value, None
        else:
            kind, day = rule.kind, self._day(rule, short)
        if rule is not None:
            backlog.append(Backlog(short.variant_id, kind, day, short.wanted))
        return kind, day

    def _day(self, rule: SellingRow, short: Short) -> date | None:
        if rule.kind == Selling.PREORDER and rule.available_on is not None and rule.available_on > self.today:
            return rule.available_on
        v = short.variant_id
        pool = self.pool[v]
        # Units that lie where they may not serve this order are not available to it.
        here = pool.available if pool.to_serve else min(pool.available, short.available)
        days = rules.atp(self.today, available=here, incoming=self.incoming[v], backlog=self.backlog[v])
        return rules.first_day(days, short.wanted)


def promise(ctx: Ctx, waits: Sequence[Wait], *, may_be_sold: bool) -> list[dict[int, Promise]]:
    """As what each group's short variants are sold, and for which day.  Shapes: by variant, one per wait, in order."""
    variants = sorted({short.variant_id for one in waits for short in one.shorts})
    book = _Book(ctx, variants if may_be_sold else [])
    return [{short.variant_id: book.promise(short) for short in one.shorts} for one in waits]


def expect(ctx: Ctx, variant_ids: Sequence[int]) -> list[BackorderRow]:
    """What is promised and expected of who waits, where that is not what was kept."""
    pool = queries.pool_of(ctx, variant_ids=variant_ids)
    variant_ids = [v for v in variant_ids if pool[v].waiting]
    if not variant_ids:
        return []
    day = today(ctx)
    incoming = queries.incoming_of(ctx, variant_ids=variant_ids)
    sold = selling_of(ctx, variant_ids=variant_ids)
    changed: list[BackorderRow] = []
    for v in variant_ids:
        rows = queue.of_variant(ctx, v, limit=MOST_COMPARED)
        due = [row for row in incoming if row.variant_id == v]
        days = rules.expect(day, available=pool[v].available, incoming=due, queue=rows)
        rule = sold.get(v)
        opens = rule.available_on if rule is not None and rule.kind == Selling.PREORDER else None
        now = [rules.compared(row, days[row.group_id], today=day, opens=opens) for row in rows]
        changed += [is_now for was, is_now in zip(rows, now, strict=True) if is_now != was]
    return changed


def atp_of(ctx: Ctx, *, variant_id: int) -> list[AtpDay]:
    """What may be promised of a variant: today, and from each day on which units are due or were promised.

    Of a bundle: what its components allow together; what is due or was promised is told of them.
    """
    parts = components.components_of(ctx, variant_ids=[variant_id]).get(variant_id)
    if parts:
        return rules.atp_of_bundle(
            [(part.qty, _atp_of(ctx, part.variant_id) if part.on_sale else [AtpDay(today(ctx), 0, 0, 0)]) for part in parts]
        )
    return _atp_of(ctx, variant_id)


def _atp_of(ctx: Ctx, variant_id: int) -> list[AtpDay]:
    [pool] = queries.pool_of(ctx, variant_ids=[variant_id]).values()
    incoming = queries.incoming_of(ctx, variant_ids=[variant_id])
    backlog = backlog_of(ctx, variant_ids=[variant_id])
    return rules.atp(today(ctx), available=pool.available, incoming=incoming, backlog=backlog)


def backlog_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[Backlog]:
    """Units that wait per variant, what they were sold as and what was promised."""
    return db.rows(
        Backlog,
        """SELECT variant_id, kind, promised_on, sum(qty)::int AS qty FROM stock_backorder
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND state = 'open'
            GROUP BY 1, 2, 3 ORDER BY variant_id, promised_on NULLS FIRST, kind""",
        [ctx.organisation_id, list(variant_ids)],
    )


def selling_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, SellingRow]:
    """How variants are sold beyond what is available; one that is not is left out."""
    found = db.rows(
        SellingRow,
        """SELECT variant_id, kind, available_on, max_units FROM stock_sellingrule
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND kind <> 'none'""",
        [ctx.organisation_id, list(variant_ids)],
    )
    return {row.variant_id: row for row in found}


def set_selling(ctx: Ctx, *, rule: SellingRow) -> None:
    """Says whether a variant is sold beyond what is available.  Refuses: a pre-order without its day, bundles."""
    clean = rules.check_selling(rule)
    if components.components_of(ctx, variant_ids=[clean.variant_id]):
        raise bundles.is_a_bundle(ctx, clean.variant_id)
    db.execute(
        """INSERT INTO stock_sellingrule (organisation_id, variant_id, kind, available_on, max_units) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, variant_id)
           DO UPDATE SET kind = EXCLUDED.kind, available_on = EXCLUDED.available_on, max_units = EXCLUDED.max_units""",
        [ctx.organisation_id, clean.variant_id, clean.kind, clean.available_on, clean.max_units],
    )
