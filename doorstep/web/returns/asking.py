"""Asking for a return, by a colleague or by the customer: what can be chosen, and what would become of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows import exchange
from doorstep.returns import actions
from doorstep.returns.reasons import REASONS, Reason
from doorstep.returns.values import OFFERED, Action, LinePreview, Outcome, Preview, Returnable, Wish
from doorstep.stock import bundles as stock
from doorstep.web.returns import words

SHOWN = (Reason.DAMAGED, Reason.DEFECTIVE, Reason.WRONG_ITEM, Reason.NOT_AS_DESCRIBED)  # where a picture says more


def to_choose(ctx: Ctx, *, able: Sequence[Returnable], chosen: Sequence[Wish]) -> list[dict[str, Any]]:
    """Each line of an order, what was chosen of it, and why nothing of it can go back."""
    known = catalog.variants_by_id(ctx, ids=[line.variant_id for line in able])
    picked = {wish.order_line_id: wish for wish in chosen}
    return [
        {"line": line, "variant": known[line.variant_id], "wish": picked.get(line.order_line_id),
         "numbers": range(1, line.left + 1), "why": _why_not(line)}
        for line in able
    ]  # fmt: skip


def _why_not(line: Returnable) -> str:
    if line.left:
        return ""
    if not line.delivered:
        return gettext("Not delivered yet")
    return gettext("Refunded already") if line.asked < line.delivered else gettext("Sent back already")


def preview(
    ctx: Ctx, *, order_id: int, chosen: Sequence[Wish], is_withdrawal: bool = False, takes_refunded: bool = False
) -> Preview:
    """What would become of it; what the policy offers is not known before it was asked, so no outcome is named."""
    plain = [Wish(w.order_line_id, w.qty, w.reason, "", w.answer, stated=w.stated) for w in chosen]
    return actions.preview(
        ctx, order_id=order_id, wishes=plain, is_withdrawal=is_withdrawal, takes_refunded=takes_refunded
    )


def to_check(ctx: Ctx, *, seen: Preview, chosen: Sequence[Wish]) -> list[dict[str, Any]]:
    """Each wish with what the policy says of it, and what is still to be said."""
    known = catalog.variants_by_id(ctx, ids=[line.variant_id for line in seen.lines])
    swaps = _swaps(ctx, seen, known)
    return [
        {"line": line, "wish": wish, "outcome": _preselected(line, wish), "shows": wish.reason in SHOWN,
         "variant": known[line.variant_id], "refused": line.action == Action.REJECT,
         "review": line.action == Action.REVIEW, "rule": gettext(line.rule), "must_answer": bool(line.question),
         "question": _question(line, wish), "reason": words.reason(wish.reason),
         "outcomes": [(o.value, words.OUTCOMES[o]) for o in OFFERED if o in line.outcomes],
         "swaps": swaps.get(line.order_line_id, [])}
        for line, wish in zip(seen.lines, chosen, strict=True)
    ]  # fmt: skip


def _question(line: LinePreview, wish: Wish) -> str:
    """What the policy asks, in the reader's language; else what may be said about the reason."""
    asked = line.asks(translation.get_language() or "en")
    return gettext(asked or REASONS[Reason(wish.reason)].question)


def _preselected(line: LinePreview, wish: Wish) -> str:
    """What was chosen before, else what is offered first."""
    offered = [outcome for outcome in OFFERED if outcome in line.outcomes]
    return wish.outcome if wish.outcome in offered else next(iter(offered), "")


def _swaps(ctx: Ctx, seen: Preview, known: dict[int, VariantRow]) -> dict[int, list[tuple[int, str, bool]]]:
    """By order line the other variants of the same product, what they cost more or less, and whether there are enough."""
    swapped = [line for line in seen.lines if Outcome.EXCHANGE_VARIANT in line.outcomes]
    if not swapped:
        return {}
    family = catalog.variants_of(ctx, product_ids=sorted({known[line.variant_id].product_id for line in swapped}))
    free = stock.available_of(ctx, variant_ids=[v.id for variants in family.values() for v in variants])
    found: dict[int, list[tuple[int, str, bool]]] = {}
    for line in swapped:
        others = [v for v in family[known[line.variant_id].product_id] if v.id != line.variant_id and not v.archived]
        more = exchange.difference(
            ctx, order_id=seen.order_id, order_line_id=line.order_line_id, qty=line.qty, wanted=others
        )
        found[line.order_line_id] = [
            (v.id, _with_difference(v, more[v.id]), free[v.id] >= line.qty) for v in others
        ]
    return found


def _with_difference(variant: VariantRow, more: Money) -> str:
    title = " / ".join(variant.options) or variant.title
    shown = money.show(Money(abs(more.minor), more.currency), translation.get_language() or "en")
    if more.minor > 0:
        return gettext("%(title)s · %(amount)s to pay") % {"title": title, "amount": shown}
    return gettext("%(title)s · %(amount)s back") % {"title": title, "amount": shown} if more.minor else title
