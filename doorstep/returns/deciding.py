"""What a policy says of wishes: the path that a preview and a request share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base.conditions import Fact
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import Traits
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.orders.values import OrderDetail
from doorstep.returns import queries, rules
from doorstep.returns.reasons import NOT_CHOSEN, REASONS
from doorstep.returns.refusals import (
    BROUGHT_AGAIN,
    NO_EXCHANGE_VARIANT,
    NO_WITHDRAWAL,
    NOT_DELIVERED,
    NOT_OFFERED,
    NOTHING_CHOSEN,
    TOO_MANY_UNITS,
)
from doorstep.returns.values import EXCHANGE_TAG, Action, LinePreview, Outcome, Preview, Returnable, Timing, Wish


@dataclass(frozen=True, slots=True)
class _About:
    """What all wishes of one order share."""

    detail: OrderDetail
    policy: rules.Policy
    is_withdrawal: bool
    is_approved: bool
    facts: dict[str, Fact]
    traits: dict[int, Traits]


def preview(
    ctx: Ctx, *, order_id: int, wishes: Sequence[Wish], is_withdrawal: bool = False, takes_refunded: bool = False,
    is_approved: bool = False,
) -> Preview:
    """What would become of a request, and why.

    The policy of the day on which the order was placed counts.  A wish without an outcome only asks what is offered.
    `takes_refunded`: units that were refunded already may come back too, for nothing.  `is_approved`: in the shop that sold it,
    which counts before the policy.
    Refuses: orders that only bring units again, more units than arrived and were not asked back or refunded yet, unknown
    lines, words and variants, withdrawals from outside the countries with that right or after their time.
    """
    detail = orders.get(ctx, id=order_id)
    _require_bought(ctx, detail)
    able = _check(ctx, detail, wishes, is_withdrawal, takes_refunded)
    if is_withdrawal:
        _require_withdrawal(ctx, detail, [able[w.order_line_id] for w in wishes])
    policy = queries.policy_at(ctx, at=detail.order.placed_at)
    about = _About(
        detail, rules.ready(rules.parse_policy(policy.rules)), is_withdrawal, is_approved, _facts_of_order(ctx, detail),
        catalog.traits_of(ctx, variant_ids=[v for x in detail.lines for v in (x.variant_id, x.bundle_variant_id) if v]),
    )  # fmt: skip
    lines = tuple(_judge(ctx, about, wish, able[wish.order_line_id]) for wish in wishes)
    taken = [line for line in lines if line.action != Action.REJECT] or list(lines)
    return Preview(
        order_id=order_id,
        decision=rules.overall([Action(line.action) for line in lines]),
        policy_version=policy.version,
        is_withdrawal=is_withdrawal,
        timing=rules.latest([Timing(line.timing) for line in taken]),
        free_label=any(line.free_label for line in taken),
        keep_item=all(line.keep_item for line in taken),
        currency=detail.order.currency,
        lines=lines,
    )


def _require_bought(ctx: Ctx, detail: OrderDetail) -> None:
    """What was sent again is worth what was paid with its first order, so it goes back with that."""
    first_id = sent_again.first_of(ctx, order_id=detail.order.id)
    if first_id != detail.order.id:
        first = orders.orders_by_id(ctx, ids=[first_id])[first_id]
        raise Refused(BROUGHT_AGAIN, {"order": detail.order.name, "first": first.name})


def _check(
    ctx: Ctx, detail: OrderDetail, wishes: Sequence[Wish], is_withdrawal: bool, takes_refunded: bool
) -> dict[int, Returnable]:
    rows = queries.returnable_of(ctx, detail=detail, takes_refunded=takes_refunded)
    able = {row.order_line_id: row for row in rows}
    if not wishes or len({w.order_line_id for w in wishes}) != len(wishes):
        raise Refused(NOTHING_CHOSEN)
    for wish in wishes:
        line = able.get(wish.order_line_id)
        if line is None:
            raise Refused(NOT_FOUND, {"what": "order line", "key": wish.order_line_id})
        if wish.qty < 1:
            raise Refused(NOTHING_CHOSEN)
        if line.delivered == 0:
            raise Refused(NOT_DELIVERED, {"title": line.title})
        left = line.left_to_pay if wish.outcome == Outcome.EXCHANGE_VARIANT else line.left
        if wish.qty > left:
            raise Refused(TOO_MANY_UNITS, {"title": line.title, "left": left, "wanted": wish.qty})
        if wish.reason not in REASONS or (wish.reason in NOT_CHOSEN and not is_withdrawal):
            raise Refused(NOT_FOUND, {"what": "reason", "key": wish.reason[:40]})
    _check_exchanges(ctx, wishes, able)
    return able


def _check_exchanges(ctx: Ctx, wishes: Sequence[Wish], able: dict[int, Returnable]) -> None:
    """Who exchanges names another variant of the same product that is still sold."""
    swaps = [w for w in wishes if w.outcome == Outcome.EXCHANGE_VARIANT]
    if not swaps:
        return
    ids = [able[w.order_line_id].variant_id for w in swaps] + [w.exchange_variant_id or 0 for w in swaps]
    known = catalog.variants_by_id(ctx, ids=ids)
    for wish in swaps:
        now = known[able[wish.order_line_id].variant_id]
        new = known.get(wish.exchange_variant_id or 0)
        if new is None or new.archived or new.product_id != now.product_id or new.id == now.id:
            raise Refused(NO_EXCHANGE_VARIANT, {"title": able[wish.order_line_id].title})


def _require_withdrawal(ctx: Ctx, detail: OrderDetail, lines: Sequence[Returnable]) -> None:
    for line in lines:
        why = rules.withdrawal(detail.order.country, line.delivered_at, ctx.now)
        if why:
            raise Refused(NO_WITHDRAWAL, {"why": why})


def _facts_of_order(ctx: Ctx, detail: OrderDetail) -> dict[str, Fact]:
    order = detail.order
    history = queries.history_of(ctx, customer_id=order.customer_id)
    rate = history["returned"] / history["units"] if history["units"] else None
    return {
        "country": order.country,
        "order_value": Money(order.total_minor, order.currency),
        "order_tags": frozenset(order.tags),
        "customer_orders": history["orders"],
        "customer_return_rate": rate,
    }


def _facts_of_wish(ctx: Ctx, about: _About, wish: Wish, line: Returnable) -> dict[str, Fact]:
    traits = about.traits[line.variant_id]
    sold = next(row for row in about.detail.lines if row.id == line.order_line_id)
    return about.facts | {
        "days_since_delivery": rules.days_between(line.delivered_at, ctx.now),
        "final_sale": traits.final_sale or (sold.bundle_id is not None and about.traits[sold.bundle_variant_id].final_sale),
        "category": traits.category or None,
        "sku": line.sku,
        "item_value": Money(sold.total_minor * wish.qty // sold.qty, about.detail.order.currency),
        "reason": wish.reason,
        "stated": wish.stated or None,
    }


def _judge(ctx: Ctx, about: _About, wish: Wish, line: Returnable) -> LinePreview:
    facts = _facts_of_wish(ctx, about, wish, line)
    if EXCHANGE_TAG in about.detail.order.tags:
        decided = rules.Decided(Action.REVIEW, rules.EXCHANGED, {"rules": [], "exchange": True})
    elif about.is_withdrawal:
        decided = rules.Decided(Action.APPROVE, rules.WITHDRAWN, {"rules": [], "withdrawal": True})
    elif about.is_approved:
        decided = rules.Decided(Action.APPROVE, rules.APPROVED_THERE, {"rules": [], "approved_there": True})
    else:
        decided = rules.decide(about.policy, facts, answered=bool(wish.answer.strip()))
    rule = decided.rule
    if decided.action is Action.APPROVE and wish.outcome and wish.outcome not in rule.outcomes:
        raise Refused(NOT_OFFERED, {"outcome": wish.outcome, "title": line.title})
    return LinePreview(
        order_line_id=line.order_line_id,
        variant_id=line.variant_id,
        title=line.title,
        qty=wish.qty,
        action=decided.action,
        rule=rule.name,
        question=(rule.question or rule.question_ko) if decided.action is Action.ASK else "",
        outcomes=tuple(rule.outcomes),
        timing=rule.timing,
        free_label=rule.free_label,
        keep_item=rule.keep_item,
        trace=decided.trace,
        question_ko=rule.question_ko if decided.action is Action.ASK else "",
    )
