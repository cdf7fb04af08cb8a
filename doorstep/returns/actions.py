"""Writes to returns: asked for, decided, called off, and on their way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.locations import queries as locations
from doorstep.orders import actions as order_actions
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.returns import deciding, events, locks, queries, rules
from doorstep.returns.reasons import Reason
from doorstep.returns.refusals import NO_LOCATION, NOT_OFFERED, QUESTION_OPEN, TOO_MANY_PICTURES
from doorstep.returns.values import GOODS, OFFERED, Action, Decision, Goods, MoneyState, Preview, Wish
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels

DAYS_TO_SEND = 30
MOST_PICTURES = 5
FIRST_NUMBER = 1001
preview = deciding.preview
_TOLD = {
    Decision.NEEDS_REVIEW: events.RETURN_NEEDS_REVIEW,
    Decision.APPROVED: events.RETURN_APPROVED,
    Decision.DECLINED: events.RETURN_DECLINED,
    Decision.CANCELLED: events.RETURN_CANCELLED,
    Decision.EXPIRED: events.RETURN_EXPIRED,
}


@transaction.atomic
def publish_policy(ctx: Ctx, *, policy: Sequence[Mapping[str, Any]], note: str = "") -> int:
    """Puts a new version of the policy in force for orders placed from now on; earlier versions stay as they are.

    Returns: its version.  Emits: PolicyPublished.  Refuses: what is no policy.
    """
    read = rules.policy_as_json(rules.parse_policy(list(policy)))
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"return_policy:{ctx.organisation_id}"])
    version: int = db.scalar(
        """INSERT INTO returns_policyversion (organisation_id, version, rules, note, by, published_at)
           SELECT %s, COALESCE(max(version), 0) + 1, %s::jsonb, %s, %s, %s FROM returns_policyversion
            WHERE organisation_id = %s RETURNING version""",
        [ctx.organisation_id, db.as_json(read), note, ctx.actor.name[:120], ctx.now, ctx.organisation_id],
    )
    subject = f"return_policy:{version}"
    outbox.record(ctx, [Happened(events.POLICY_PUBLISHED, subject, subject, {"version": version})])
    return version


@transaction.atomic
def request(
    ctx: Ctx, *, order_id: int, wishes: Sequence[Wish], key: str, is_withdrawal: bool = False, note: str = "",
    takes_refunded: bool = False, is_approved: bool = False,
) -> int:  # fmt: skip
    """Asks for units to be taken back and decides by the policy at once; the same key again is the same return.

    Returns: its id.  Locks: the order, so that no unit is asked back twice.
    Emits: ReturnRequested, then ReturnApproved, ReturnNeedsReview or ReturnDeclined.
    Refuses: what `preview` refuses, questions without an answer, and outcomes that are not offered.
    """
    order_actions.lock_order(ctx, order_id=order_id)
    known = queries.find_by_key(ctx, key=key)
    if known is not None:
        return known.id
    seen = deciding.preview(
        ctx, order_id=order_id, wishes=wishes, is_withdrawal=is_withdrawal, takes_refunded=takes_refunded, is_approved=is_approved
    )
    for line, wish in zip(seen.lines, wishes, strict=True):
        if line.question:
            raise Refused(QUESTION_OPEN, {"question": line.question})
        if wish.outcome not in OFFERED:
            raise Refused(NOT_OFFERED, {"outcome": wish.outcome[:40], "title": line.title})
    return_id = _insert(ctx, seen, key=key, note=note)
    _insert_lines(ctx, return_id, seen, wishes)
    units = sum(w.qty for w in wishes)
    number = queries.get_return(ctx, return_id=return_id).name
    facts = {"number": number, "units": units, "withdrawal": is_withdrawal}
    tell(ctx, type=events.RETURN_REQUESTED, return_id=return_id, order_id=order_id, data=facts)
    tell(
        ctx.as_actor(SYSTEM),  # whoever asks, the policy decides
        type=_TOLD[Decision(seen.decision)],
        return_id=return_id,
        order_id=order_id,
        data={"number": number, "rule": _rules_of(seen)},
    )
    return return_id


def _rules_of(seen: Preview) -> str:
    return ", ".join(dict.fromkeys(line.rule for line in seen.lines))[:200]


def next_numbers(ctx: Ctx, *, count: int) -> int:
    """Takes that many numbers without a gap.  Returns: the first of them.  Locks: the counter until the end."""
    after = db.scalar(
        """INSERT INTO returns_counter (organisation_id, next) VALUES (%s, %s)
           ON CONFLICT (organisation_id) DO UPDATE SET next = returns_counter.next + %s RETURNING next""",
        [ctx.organisation_id, FIRST_NUMBER + count, count],
    )
    return int(after) - count


def _insert(ctx: Ctx, seen: Preview, *, key: str, note: str) -> int:
    order = orders.orders_by_id(ctx, ids=[seen.order_id])[seen.order_id]
    is_open = seen.decision == Decision.NEEDS_REVIEW
    expires = ctx.now + timedelta(days=DAYS_TO_SEND) if seen.decision == Decision.APPROVED else None
    return_id: int = db.scalar(
        """INSERT INTO returns_return (organisation_id, number, key, order_id, customer_id, decision, goods, money, is_withdrawal,
                                       historical, policy_version, timing, free_label, keep_item, currency, location_id, note,
                                       requested_at, decided_at, expires_at, updated_at)
           VALUES (%s, %s, %s, %s, %s, %s, 'none', 'none', %s, FALSE, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
           RETURNING id""",
        [
            ctx.organisation_id, next_numbers(ctx, count=1), key, order.id, order.customer_id, seen.decision,
            seen.is_withdrawal, seen.policy_version, seen.timing, seen.free_label, seen.keep_item, seen.currency,
            _place_for(ctx, order), note[:2000], ctx.now, None if is_open else ctx.now, expires, ctx.now,
        ],
    )  # fmt: skip
    return return_id


def _place_for(ctx: Ctx, order: OrderRow) -> int:
    """Where goods go back to: the place they came from while it is in use, else one in the same country, else the first.

    Refuses: houses without a location in use.
    """
    active = locations.list_active(ctx)
    if not active:
        raise Refused(NO_LOCATION)
    came_from = [p.location_id for p in parcels.parcels_of(ctx, order_ids=[order.id]) if p.state == "handed_over"]
    best = [at.id for at in active if at.id in came_from] or [at.id for at in active if at.country == order.country]
    return best[0] if best else active[0].id


def _insert_lines(ctx: Ctx, return_id: int, seen: Preview, wishes: Sequence[Wish]) -> None:
    for line, wish in zip(seen.lines, wishes, strict=True):
        line_id = db.scalar(
            """INSERT INTO returns_line (organisation_id, return_id, order_line_id, variant_id, qty, reason, answer, note, stated,
                                         outcome, exchange_variant_id, decision, received, inspected, missing, settled)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, 0) RETURNING id""",
            [
                ctx.organisation_id, return_id, line.order_line_id, line.variant_id, line.qty,
                Reason.WITHDRAWAL if seen.is_withdrawal else wish.reason,
                wish.answer[:2000], wish.note[:2000], wish.stated[:10], wish.outcome, wish.exchange_variant_id,
                rules.decision_of(Action(line.action)),
            ],
        )  # fmt: skip
        keep_decision(
            ctx.as_actor(SYSTEM), line_id=int(line_id), action=line.action, rule=line.rule, policy_version=seen.policy_version,
            trace=line.trace, note="",
        )  # fmt: skip


def keep_decision(
    ctx: Ctx, *, line_id: int, action: str, rule: str, policy_version: int | None, trace: Mapping[str, Any], note: str
) -> None:
    """Keeps why a line was decided as it was.  `policy_version` None: a person decided."""
    db.execute(
        """INSERT INTO returns_linedecision (organisation_id, line_id, action, rule, policy_version, trace, note, by, at)
           VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s)""",
        [
            ctx.organisation_id, line_id, action, rule[:120], policy_version, db.as_json(dict(trace)), note[:2000],
            ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip


@transaction.atomic
def decide(ctx: Ctx, *, return_id: int, approve: bool, note: str = "") -> None:
    """Ends a review: the lines that waited are approved or declined; what the policy rejected stays so.

    Locks: the return.  Emits: ReturnApproved or ReturnDeclined.  Refuses: returns that wait for nobody.
    """
    locked = locks.one(ctx, return_id)
    to = Decision.APPROVED if approve else Decision.DECLINED
    if locked.decision != Decision.NEEDS_REVIEW:
        raise locked.not_now()
    waiting = [
        row for row in queries.lines_of(ctx, return_ids=[return_id])
        if row.decision in (Decision.NEEDS_REVIEW, Decision.APPROVED) and (not approve or row.decision != to)
    ]  # fmt: skip
    for row in waiting:
        db.execute(
            "UPDATE returns_line SET decision = %s WHERE organisation_id = %s AND id = %s",
            [to, ctx.organisation_id, row.id],
        )
        action = Action.APPROVE if approve else Action.REJECT
        keep_decision(ctx, line_id=row.id, action=action, rule=rules.BY_HAND, policy_version=None, trace={}, note=note)
    db.execute(
        """UPDATE returns_return SET decision = %s, decided_at = %s, expires_at = %s, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [
            to, ctx.now, ctx.now + timedelta(days=DAYS_TO_SEND) if approve else None, ctx.now, ctx.organisation_id,
            return_id,
        ],
    )  # fmt: skip
    tell(
        ctx,
        type=_TOLD[to],
        return_id=return_id,
        order_id=locked.order_id,
        data={"number": locked.name, "note": note[:200]},
    )


def cancel(ctx: Ctx, *, return_id: int) -> None:
    """Calls off a return of which nothing was sent; its label goes back and its units are free again.

    Locks: the return, its parcel.  Emits: ReturnCancelled.  Refuses: goods on their way or here, returns that are over.
    """
    _end(ctx, return_id, Decision.CANCELLED)


def expire(ctx: Ctx, *, return_id: int) -> None:
    """Ends an approved return of which nothing was sent in time.

    Locks: the return, its parcel.  Emits: ReturnExpired.  Refuses: goods on their way or here, returns that are over.
    """
    _end(ctx, return_id, Decision.EXPIRED)


@transaction.atomic
def _end(ctx: Ctx, return_id: int, to: Decision) -> None:
    locked = locks.one(ctx, return_id)
    if not rules.can_end(decision=locked.decision, goods=locked.goods, money=locked.money, to=to):
        raise locked.not_now()
    db.execute(
        """UPDATE returns_return SET decision = %s, closed_at = %s, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [to, ctx.now, ctx.now, ctx.organisation_id, return_id],
    )
    db.execute(
        """UPDATE returns_line SET decision = %s WHERE organisation_id = %s AND return_id = %s AND decision <> 'declined'""",
        [to, ctx.organisation_id, return_id],
    )
    if locked.parcel_id is not None:
        shipping.cancel_parcels(ctx, parcel_ids=[locked.parcel_id])
    tell(ctx, type=_TOLD[to], return_id=return_id, order_id=locked.order_id, data={"number": locked.name})


@transaction.atomic
def add_picture(ctx: Ctx, *, line_id: int, encoded: bytes) -> int:
    """Keeps what a customer shows of a line; the same picture again is the one that is here.  Returns: its id.

    Shapes: as `catalog.pictures.encode` makes it, which takes too long for a transaction.
    Locks: the return.  Refuses: more than five of one line, unknown lines.
    """
    line = queries.get_line(ctx, line_id=line_id)
    locks.one(ctx, line.return_id)
    digest = hashlib.sha256(encoded).hexdigest()
    known = db.scalar(
        "SELECT id FROM returns_picture WHERE organisation_id = %s AND line_id = %s AND digest = %s",
        [ctx.organisation_id, line_id, digest],
    )
    if known is not None:
        return int(known)
    if len(queries.pictures_of(ctx, line_ids=[line_id])) >= MOST_PICTURES:
        raise Refused(TOO_MANY_PICTURES, {"most": MOST_PICTURES})
    picture_id: int = db.scalar(
        """INSERT INTO returns_picture (organisation_id, line_id, digest, data, by, at)
           VALUES (%s, %s, %s, %s, %s, %s) RETURNING id""",
        [ctx.organisation_id, line_id, digest, encoded, ctx.actor.name[:120], ctx.now],
    )
    return picture_id


@transaction.atomic
def settle_lines(ctx: Ctx, *, settled: Mapping[int, int]) -> None:
    """Notes how many more units of lines had their outcome carried out; the caller holds the lock of their return.

    Shapes: units by line.
    """
    db.execute(
        """UPDATE returns_line l SET settled = l.settled + u.q FROM unnest(%s::bigint[], %s::int[]) u(i, q)
            WHERE l.organisation_id = %s AND l.id = u.i""",
        [*db.columns(sorted(settled.items()), 2), ctx.organisation_id],
    )


@transaction.atomic
def set_exchange_order(ctx: Ctx, *, line_id: int, order_id: int) -> None:
    """Says which order brings what a line is exchanged for."""
    db.execute(
        "UPDATE returns_line SET exchange_order_id = %s WHERE organisation_id = %s AND id = %s",
        [order_id, ctx.organisation_id, line_id],
    )


@transaction.atomic
def refund_instead(ctx: Ctx, *, return_id: int, line_ids: Sequence[int]) -> None:
    """Notes that lines are refunded, since what they were exchanged for does not come; none of their units is settled yet.

    Locks: the return.  Emits: ExchangeCancelled.
    """
    locked = locks.one(ctx, return_id)
    db.execute(
        """UPDATE returns_line SET outcome = 'refund_original', settled = 0
            WHERE organisation_id = %s AND return_id = %s AND id = ANY(%s)""",
        [ctx.organisation_id, return_id, list(line_ids)],
    )
    tell(
        ctx,
        type=events.EXCHANGE_CANCELLED,
        return_id=return_id,
        order_id=locked.order_id,
        data={"number": locked.name},
    )


@transaction.atomic
def set_money(ctx: Ctx, *, return_id: int, to: MoneyState) -> None:
    """Notes what became of the money of a return, as payments tell."""
    db.execute(
        "UPDATE returns_return SET money = %s, updated_at = %s WHERE organisation_id = %s AND id = %s AND money <> %s",
        [to, ctx.now, ctx.organisation_id, return_id, to],
    )


@transaction.atomic
def set_parcel(ctx: Ctx, *, return_id: int, parcel_id: int) -> None:
    """Says in which parcel a return shall come."""
    locks.one(ctx, return_id)
    db.execute(
        "UPDATE returns_return SET parcel_id = %s, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [parcel_id, ctx.now, ctx.organisation_id, return_id],
    )


_GOODS_TOLD = {
    Goods.LABEL_ISSUED: events.RETURN_LABEL_ISSUED,
    Goods.IN_TRANSIT: events.RETURN_IN_TRANSIT,
    Goods.PROCESSED: events.RETURN_PROCESSED,
    Goods.CLOSED: events.RETURN_CLOSED,
}


@transaction.atomic
def move_goods(ctx: Ctx, *, return_ids: Sequence[int], to: Goods) -> list[int]:
    """Notes where the goods of approved returns are by now; those that are there or beyond stay where they are.

    Returns: ids moved now.  Locks: the returns by id.  Emits: ReturnLabelIssued, ReturnInTransit, ReturnProcessed or
    ReturnClosed.
    """
    able = {
        id: row
        for id, row in locks.returns(ctx, return_ids).items()
        if row.decision == Decision.APPROVED and GOODS.can(Goods(row.goods), to)
    }
    db.execute(
        """UPDATE returns_return SET goods = %s, updated_at = %s, closed_at = CASE WHEN %s THEN %s::timestamptz END
            WHERE organisation_id = %s AND id = ANY(%s)""",
        [to, ctx.now, to is Goods.CLOSED, ctx.now, ctx.organisation_id, list(able)],
    )
    for id, row in able.items():
        tell(ctx, type=_GOODS_TOLD[to], return_id=id, order_id=row.order_id, data={"number": row.name})
    return list(able)


def tell(ctx: Ctx, *, type: str, return_id: int, order_id: int, data: Mapping[str, Any]) -> None:
    """Records one fact of a return."""
    outbox.record(ctx, [Happened(type, f"return:{return_id}", f"order:{order_id}", dict(data))])
