"""Money that shops said they gave back: each refund once, kept until its order is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.channels.port import RefundTold
from doorstep.channels.queries import NOTICE
from doorstep.channels.values import NoticeRow

_HEARD = """SELECT id, connection_id, external_id, told_id, amount_minor, currency, lines, reason, key, arrival_id, heard_at,
                   noted_at, refund_id, taken, goods_open FROM channels_refundheard"""


@dataclass(frozen=True, slots=True)
class HeardRow:
    """A refund that a shop told of.  Columns as in `models.RefundHeard`."""

    id: int
    connection_id: int
    external_id: str
    told_id: str
    amount_minor: int
    currency: str
    lines: list[list[str | int]]
    reason: str
    key: str | None
    arrival_id: int
    heard_at: datetime
    noted_at: datetime | None
    refund_id: int | None
    taken: dict[str, int]
    goods_open: bool

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@transaction.atomic
def keep(ctx: Ctx, *, connection_id: int, told: Sequence[tuple[int, RefundTold]]) -> None:
    """Keeps refunds of which nobody has heard; of what is less than nothing, nothing.  Shapes: (arrival id, refund) each."""
    lines = [
        (
            fact.external_id, fact.refund_id, max(fact.amount.minor, 0), fact.amount.currency, db.as_json(_lines(fact)),
            fact.reason[:200], fact.key, arrival_id,
        )
        for arrival_id, fact in {fact.refund_id: (arrival_id, fact) for arrival_id, fact in reversed(told)}.values()
    ]  # fmt: skip
    db.execute(
        """INSERT INTO channels_refundheard (organisation_id, connection_id, external_id, told_id, amount_minor, currency, lines,
                                             reason, key, arrival_id, heard_at, taken, goods_open)
           SELECT %s, %s, u.e, u.r, u.m, u.c, u.l::jsonb, u.w, u.k, u.a, %s, '{}'::jsonb, FALSE
             FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
                  u(e, r, m, c, l, w, k, a) ORDER BY u.r
           ON CONFLICT (organisation_id, connection_id, told_id) DO NOTHING""",
        [ctx.organisation_id, connection_id, ctx.now, *db.columns(sorted(lines, key=lambda line: line[1]), 8)],
    )


def find_waiting(ctx: Ctx, *, connection_id: int, external_ids: Sequence[str]) -> set[str]:
    """Those of these orders of whose refunds a shop told, and which nobody has noted."""
    found = db.column(
        """SELECT DISTINCT external_id FROM channels_refundheard
            WHERE organisation_id = %s AND connection_id = %s AND external_id = ANY(%s) AND noted_at IS NULL""",
        [ctx.organisation_id, connection_id, list(external_ids)],
    )
    return set(found)


def _lines(fact: RefundTold) -> list[list[str | int]]:
    """Lines as they are kept: what was given back for their goods is the fourth, where that is said."""
    goods: Sequence[tuple[int, ...]] = [(one,) for one in fact.goods_minor] or [()] * len(fact.lines)
    return [[*line, *more] for line, more in zip(fact.lines, goods, strict=True) if line[2] > 0]


def lock_open(ctx: Ctx, *, connection_id: int, external_ids: Sequence[str], arrival_ids: Sequence[int]) -> list[HeardRow]:
    """What was heard of these orders and is not noted yet, and what these arrivals told of whose goods are open; oldest first.

    Locks: these, ascending.
    """
    return db.rows(
        HeardRow,
        _HEARD + """ WHERE organisation_id = %s AND connection_id = %s AND external_id = ANY(%s)
                       AND (noted_at IS NULL OR (goods_open AND arrival_id = ANY(%s))) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, connection_id, list(external_ids), list(arrival_ids)],
    )


@transaction.atomic
def settle(ctx: Ctx, *, id: int, refund_id: int | None, taken: Mapping[str, int], goods_open: bool) -> None:
    """Notes what became of a refund that was heard.  Shapes: `taken` is units by SKU, in addition to what was taken before."""
    db.execute(
        """UPDATE channels_refundheard h SET noted_at = COALESCE(noted_at, %s), refund_id = COALESCE(refund_id, %s),
                  goods_open = %s, taken = h.taken || %s::jsonb WHERE organisation_id = %s AND id = %s""",
        [ctx.now, refund_id, goods_open, db.as_json(dict(taken)), ctx.organisation_id, id],
    )


def list_of_order(ctx: Ctx, *, connection_id: int, external_id: str) -> list[HeardRow]:
    """What a shop told of the refunds of one order, oldest first."""
    return db.rows(
        HeardRow,
        _HEARD + " WHERE organisation_id = %s AND connection_id = %s AND external_id = ANY(%s) ORDER BY id",
        [ctx.organisation_id, connection_id, [external_id]],
    )


def taken_off(ctx: Ctx, *, connection_id: int, external_id: str) -> Counter[str]:
    """Units that were taken off an order for its shop's refunds, by our SKU: the shop still tells of it as it was sold."""
    taken = Counter[str]()
    for row in list_of_order(ctx, connection_id=connection_id, external_id=external_id):
        taken.update(row.taken)
    return taken


def heard_refunds(ctx: Ctx, *, refund_ids: Sequence[int]) -> set[int]:
    """Those of these refunds that a shop told of itself."""
    found = db.column(
        "SELECT refund_id FROM channels_refundheard WHERE organisation_id = %s AND refund_id = ANY(%s)",
        [ctx.organisation_id, list(refund_ids)],
    )
    return set(found)


def notices_of_order(ctx: Ctx, *, connection_id: int, order_id: int, verb: str) -> list[NoticeRow]:
    """What a shop was told of one order, oldest first."""
    return db.rows(
        NoticeRow,
        NOTICE + " WHERE organisation_id = %s AND connection_id = %s AND timeline = %s AND verb = %s ORDER BY id",
        [ctx.organisation_id, connection_id, f"order:{order_id}", verb],
    )
