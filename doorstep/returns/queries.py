"""Reads of returns and their policies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.orders.values import OrderDetail
from doorstep.payments import queries as money
from doorstep.returns import delivered, filters, reporting, rules
from doorstep.returns.policies import PolicyRow
from doorstep.returns.reporting import ProductReturns
from doorstep.returns.values import (
    Decision,
    DecisionRow,
    InspectionRow,
    LineRow,
    PictureRow,
    ReceiptRow,
    Returnable,
    ReturnDetail,
    ReturnFilter,
    ReturnRow,
)

_RETURN = """
SELECT r.id, r.number, r.order_id, o.name AS order_name, r.customer_id, o.customer_name, r.decision, r.goods, r.money,
       r.is_withdrawal, r.historical, r.policy_version, r.timing, r.free_label, r.keep_item, r.currency, r.location_id,
       r.parcel_id, (SELECT COALESCE(sum(l.qty), 0)::int FROM returns_line l
                      WHERE l.organisation_id = r.organisation_id AND l.return_id = r.id) AS units,
       r.note, r.requested_at, r.decided_at, r.expires_at, r.received_at, r.closed_at, r.updated_at
  FROM returns_return r JOIN orders_order o ON o.organisation_id = r.organisation_id AND o.id = r.order_id
"""
_LINE = """
SELECT l.id, l.return_id, l.order_line_id, l.variant_id, n.sku, n.title, l.qty, l.reason, l.answer, l.note, l.stated, l.outcome,
       l.exchange_variant_id, l.decision, l.received, l.inspected, l.missing, l.settled, l.exchange_order_id,
       COALESCE(NULLIF(b.title, ''), b.sku, '') AS part_of
  FROM returns_line l JOIN orders_orderline n ON n.organisation_id = l.organisation_id AND n.id = l.order_line_id
  LEFT JOIN orders_orderbundle b ON b.organisation_id = n.organisation_id AND b.id = n.bundle_id
"""


def policy_at(ctx: Ctx, *, at: datetime) -> PolicyRow:
    """The policy that was in force at a moment: the newest version published by then, else the one every brand begins with."""
    found = db.one(
        PolicyRow,
        """SELECT version, rules, note, by, published_at FROM returns_policyversion
            WHERE organisation_id = %s AND published_at <= %s ORDER BY version DESC LIMIT 1""",
        [ctx.organisation_id, at],
    )
    return found or PolicyRow(0, rules.policy_as_json(rules.DEFAULT_POLICY))


def list_policies(ctx: Ctx, *, before: int | None = None, limit: int | None = None) -> list[PolicyRow]:
    """The versions of the policy, newest first; the one every brand begins with is the last.

    Shapes: `before` is the version of the last row shown (keyset paging).
    """
    found = db.rows(
        PolicyRow,
        """SELECT version, rules, note, by, published_at FROM returns_policyversion
            WHERE organisation_id = %s AND (%s::bigint IS NULL OR version < %s) ORDER BY version DESC LIMIT %s""",
        [ctx.organisation_id, before, before, limit],
    )
    first = [] if before == 0 else [PolicyRow(0, rules.policy_as_json(rules.DEFAULT_POLICY))]
    return [*found, *first][:limit]


def get_policy(ctx: Ctx, *, version: int) -> PolicyRow:
    """One version of the policy as it was published.  Refuses: versions that never were."""
    if version == 0:
        return PolicyRow(0, rules.policy_as_json(rules.DEFAULT_POLICY))
    found = db.one(
        PolicyRow,
        """SELECT version, rules, note, by, published_at FROM returns_policyversion
            WHERE organisation_id = %s AND version = %s""",
        [ctx.organisation_id, version],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "policy", "key": version})
    return found


def list_returns(ctx: Ctx, *, where: ReturnFilter, before: int | None = None, limit: int = 50) -> list[ReturnRow]:
    """Returns newest first.  Shapes: `before` is the id of the last row shown (keyset paging)."""
    holds, values = filters.conditions(where)
    return db.rows(
        ReturnRow,
        f"""{_RETURN} WHERE r.organisation_id = %s AND (%s::bigint IS NULL OR r.id < %s) AND {holds}
            ORDER BY r.id DESC LIMIT %s""",
        [ctx.organisation_id, before, before, *values, limit],
    )


def count_views(ctx: Ctx, *, views: Sequence[str], at_most: int = 1000) -> dict[str, int]:
    """How many returns each view of the list has, counted no further than `at_most`."""
    return {
        view: int(
            db.scalar(
                f"""SELECT count(*) FROM (SELECT 1 FROM returns_return r WHERE r.organisation_id = %s
                       AND {filters.VIEWS[view]} LIMIT %s) counted""",
                [ctx.organisation_id, at_most],
            )
        )
        for view in views
    }


def _find(ctx: Ctx, condition: str, value: object) -> list[ReturnRow]:
    return db.rows(
        ReturnRow, f"{_RETURN} WHERE r.organisation_id = %s AND {condition} ORDER BY r.id", [ctx.organisation_id, value]
    )


def returns_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, ReturnRow]:
    """Returns by id; those of another organisation are not among them."""
    return {row.id: row for row in _find(ctx, "r.id = ANY(%s)", list(ids))}


def returns_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ReturnRow]:
    """The returns of orders, by id."""
    return _find(ctx, "r.order_id = ANY(%s)", list(order_ids))


def returns_of_parcels(ctx: Ctx, *, parcel_ids: Sequence[int]) -> dict[int, ReturnRow]:
    """The return of each parcel that comes back, by parcel."""
    return {row.parcel_id or 0: row for row in _find(ctx, "r.parcel_id = ANY(%s)", list(parcel_ids))}


def returns_exchanged_for(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ReturnRow]:
    """The returns in exchange for which these orders were placed, by id."""
    return _find(
        ctx,
        """r.id IN (SELECT l.return_id FROM returns_line l
                     WHERE l.organisation_id = r.organisation_id AND l.exchange_order_id = ANY(%s))""",
        list(order_ids),
    )


def exchange_orders_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """The orders that were placed in exchange for units of these, and in exchange for units of those again."""
    return db.column(
        """WITH RECURSIVE swapped AS (
             SELECT l.exchange_order_id AS id FROM returns_line l
               JOIN returns_return r ON r.organisation_id = l.organisation_id AND r.id = l.return_id
              WHERE r.organisation_id = %s AND r.order_id = ANY(%s) AND l.exchange_order_id IS NOT NULL
              UNION
             SELECT l.exchange_order_id FROM swapped s
               JOIN returns_return r ON r.organisation_id = %s AND r.order_id = s.id
               JOIN returns_line l ON l.organisation_id = r.organisation_id AND l.return_id = r.id
              WHERE l.exchange_order_id IS NOT NULL)
           SELECT id FROM swapped ORDER BY id""",
        [ctx.organisation_id, list(order_ids), ctx.organisation_id],
    )


def find_by_key(ctx: Ctx, *, key: str) -> ReturnRow | None:
    """The return that a wish made, if it did."""
    found = _find(ctx, "r.key = %s", key)
    return found[0] if found else None


def find_standing(ctx: Ctx, *, begins: str) -> list[str]:
    """Keys that begin so, of returns of which nothing came back yet and that nobody ended, oldest first."""
    return db.column(
        """SELECT key FROM returns_return WHERE organisation_id = %s AND starts_with(key, %s) AND key >= %s
              AND decision = ANY(%s) AND received_at IS NULL AND closed_at IS NULL ORDER BY id""",
        [ctx.organisation_id, begins, begins, [Decision.REQUESTED, Decision.NEEDS_REVIEW, Decision.APPROVED]],
    )


def find_awaited(ctx: Ctx) -> list[int]:
    """Approved returns of which nothing came back yet and that nobody ended, oldest first."""
    return db.column(
        """SELECT id FROM returns_return WHERE organisation_id = %s AND decision = %s AND received_at IS NULL
              AND closed_at IS NULL ORDER BY id""",
        [ctx.organisation_id, Decision.APPROVED],
    )


def keys_of(ctx: Ctx, *, return_ids: Sequence[int]) -> dict[int, str]:
    """What made each of these returns one of a kind, by return."""
    found = db.dicts(
        "SELECT id, key FROM returns_return WHERE organisation_id = %s AND id = ANY(%s)", [ctx.organisation_id, list(return_ids)]
    )
    return {line["id"]: line["key"] for line in found}


def find_by_code(ctx: Ctx, *, code: str) -> ReturnRow | None:
    """The return that a scanned or typed code means: its own number, or that on the label of its parcel."""
    number = filters.number_of(code[:60])
    by_number = _find(ctx, "r.number = %s", number) if number else []
    if by_number:
        return by_number[0]
    found = _find(
        ctx,
        """r.parcel_id IN (SELECT p.id FROM shipping_parcel p WHERE p.organisation_id = r.organisation_id
                             AND p.direction = 'back' AND p.tracking_number = %s)""",
        code.strip()[:60],
    )
    return found[0] if found else None


def get_return(ctx: Ctx, *, return_id: int) -> ReturnRow:
    """One return.  Refuses: unknown ids."""
    found = returns_by_id(ctx, ids=[return_id]).get(return_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "return", "key": return_id})
    return found


def lines_of(ctx: Ctx, *, return_ids: Sequence[int]) -> list[LineRow]:
    """The lines of returns, by return and line."""
    return db.rows(
        LineRow,
        _LINE + " WHERE l.organisation_id = %s AND l.return_id = ANY(%s) ORDER BY l.return_id, l.id",
        [ctx.organisation_id, list(return_ids)],
    )


def get_line(ctx: Ctx, *, line_id: int) -> LineRow:
    """One line of a return.  Refuses: unknown ids."""
    found = db.one(LineRow, _LINE + " WHERE l.organisation_id = %s AND l.id = %s", [ctx.organisation_id, line_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "return", "key": line_id})
    return found


def get_detail(ctx: Ctx, *, return_id: int) -> ReturnDetail:
    """Everything about one return.  Refuses: unknown ids."""
    row = get_return(ctx, return_id=return_id)
    lines = lines_of(ctx, return_ids=[return_id])
    ids = [line.id for line in lines]
    return ReturnDetail(
        row, lines, decisions_of(ctx, line_ids=ids), receipts_of(ctx, return_id=return_id),
        inspections_of(ctx, line_ids=ids), pictures_of(ctx, line_ids=ids),
    )  # fmt: skip


def decisions_of(ctx: Ctx, *, line_ids: Sequence[int]) -> list[DecisionRow]:
    """Every decision about these lines, in the order in which they fell."""
    return db.rows(
        DecisionRow,
        """SELECT id, line_id, action, rule, policy_version, trace, note, by, at FROM returns_linedecision
            WHERE organisation_id = %s AND line_id = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, list(line_ids)],
    )


def pictures_of(ctx: Ctx, *, line_ids: Sequence[int]) -> list[PictureRow]:
    """What customers showed of these lines, in the order in which it came."""
    return db.rows(
        PictureRow,
        """SELECT id, line_id, by, at FROM returns_picture WHERE organisation_id = %s AND line_id = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, list(line_ids)],
    )


def picture_data(ctx: Ctx, *, picture_id: int) -> bytes:
    """A picture as WebP.  Refuses: unknown ids."""
    found = db.scalar(
        "SELECT data FROM returns_picture WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, picture_id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "picture", "key": picture_id})
    return bytes(found)


def receipts_of(ctx: Ctx, *, return_id: int) -> list[ReceiptRow]:
    """What was found of a return, in the order in which it came."""
    return db.rows(
        ReceiptRow,
        """SELECT id, return_id, line_id, variant_id, came, qty, note, by, at FROM returns_receipt
            WHERE organisation_id = %s AND return_id = %s ORDER BY id""",
        [ctx.organisation_id, return_id],
    )


def inspections_of(ctx: Ctx, *, line_ids: Sequence[int]) -> list[InspectionRow]:
    """How these lines were judged, in the order in which they were."""
    return db.rows(
        InspectionRow,
        """SELECT id, line_id, qty, grade, disposition, location_id, note, by, at FROM returns_inspection
            WHERE organisation_id = %s AND line_id = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, list(line_ids)],
    )


def returnable(ctx: Ctx, *, order_id: int, takes_refunded: bool = False) -> list[Returnable]:
    """What of an order can still be sent back, by line: what arrived less what was asked for or refunded already.

    `takes_refunded`: refunded units can come back too, for nothing.

    What was sent again is sent back with the order that was bought, for what was paid there; of an order that only brings
    units again, nothing is left.  How both deliveries count: `returns.delivered`.
    Of orders from before Doorstep nobody knows a delivery: all of it counts as arrived when it was placed.
    Refuses: unknown ids.
    """
    return returnable_of(ctx, detail=orders.get(ctx, id=order_id), takes_refunded=takes_refunded)


def returnable_of(ctx: Ctx, *, detail: OrderDetail, takes_refunded: bool = False) -> list[Returnable]:
    """The same of an order that was read already."""
    order_id = detail.order.id
    is_first = sent_again.first_of(ctx, order_id=order_id) == order_id
    arrived = delivered.delivered_of(ctx, lines=detail.lines) if is_first else {}
    asked = asked_of(ctx, order_line_ids=[line.id for line in detail.lines])
    refunded = money.refunded_but_for(ctx, order_id=order_id, subjects="return:")
    answer = []
    for line in detail.lines:
        came = arrived.get(line.id)
        qty, at = (came.qty, came.at) if came else (0, None)
        if detail.historical and detail.order.state != "cancelled":
            qty, at = line.qty, detail.order.placed_at
        answer.append(
            Returnable(
                line.id, line.variant_id, line.sku, line.title, min(qty, line.qty), asked.get(line.id, 0), at,
                refunded.get(line.id, 0), takes_refunded, line.part_of,
            )
        )
    return answer


def asked_of(ctx: Ctx, *, order_line_ids: Sequence[int]) -> dict[int, int]:
    """Units of each order line that are asked back by returns which stand, by order line."""
    found = db.dicts(
        """SELECT l.order_line_id, sum(l.qty)::int AS qty FROM returns_line l
            WHERE l.organisation_id = %s AND l.order_line_id = ANY(%s)
              AND l.decision NOT IN ('declined', 'cancelled', 'expired') GROUP BY 1""",
        [ctx.organisation_id, list(order_line_ids)],
    )
    return {row["order_line_id"]: row["qty"] for row in found}


def exchanged_of(ctx: Ctx, *, order_line_ids: Sequence[int]) -> dict[int, int]:
    """Units of each order line for which another variant was given, by order line."""
    found = db.dicts(
        """SELECT order_line_id, sum(settled)::int AS qty FROM returns_line
            WHERE organisation_id = %s AND order_line_id = ANY(%s) AND outcome = 'exchange_variant' AND settled > 0
            GROUP BY 1""",
        [ctx.organisation_id, list(order_line_ids)],
    )
    return {row["order_line_id"]: row["qty"] for row in found}


def history_of(ctx: Ctx, *, customer_id: int) -> dict[str, Any]:
    """How often a customer bought and how much of it came back; what was sent again was not bought again.

    Shapes: orders, units, returned.
    """
    found = db.dicts(
        """SELECT count(*)::int AS orders, COALESCE(sum(o.units), 0)::int AS units,
                  (SELECT COALESCE(sum(l.qty), 0)::int FROM returns_return r
                     JOIN returns_line l ON l.organisation_id = r.organisation_id AND l.return_id = r.id
                    WHERE r.organisation_id = %s AND r.customer_id = %s
                      AND l.decision NOT IN ('declined', 'cancelled', 'expired')) AS returned
             FROM orders_order o WHERE o.organisation_id = %s AND o.customer_id = %s AND o.state <> 'cancelled'
              AND NOT EXISTS (SELECT 1 FROM orders_reshippedline s
                               WHERE s.organisation_id = o.organisation_id AND s.order_id = o.id)""",
        [ctx.organisation_id, customer_id, ctx.organisation_id, customer_id],
    )
    return found[0]


def find_expired(*, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Approved returns of which nothing was sent in time, of every organisation.  Shapes: (organisation id, return id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM returns_return WHERE decision = 'approved' AND goods IN ('none', 'label_issued')
              AND expires_at < %s ORDER BY expires_at LIMIT %s""",
        [now, limit],
    )
    return [(row["organisation_id"], row["id"]) for row in found]


def report(ctx: Ctx, *, since: datetime, until: datetime) -> list[ProductReturns]:
    """Products sold in a time by how often they came back, with reasons, interval and comparison with their category."""
    return reporting.report(ctx, since=since, until=until)


def report_of(ctx: Ctx, *, product_id: int, since: datetime, until: datetime) -> ProductReturns:
    """One product of the report, also where nothing of it was sold in the time.  Refuses: unknown ids."""
    return reporting.report_of(ctx, product_id=product_id, since=since, until=until)


def rate_of(ctx: Ctx, *, product_id: int, since: datetime, until: datetime) -> rules.Share:
    """How many of a product's units that were sold in a time came back or were asked back by now.  Units: units."""
    return reporting.rate_of(ctx, product_id=product_id, since=since, until=until)
