"""Returns that Shopify tells with their order, and what is told it of them, in our words. Pure.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07/objects/Return, .../objects/ReturnReasonDefinition (handles such as
"arrived-late" or "too-tight", of a library that grows), .../mutations/reverseFulfillmentOrderDispose
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.channels.port import BackLine, Opened, ReturnStep, ReturnTold
from doorstep.providers.plain import text
from doorstep.providers.shopify.sending import Wish, take, wishes
from doorstep.providers.shopify.translate.values import id_of, objects_of, whole

MOST_UNITS = 1_000_000
STEPS = {
    "REQUESTED": ReturnStep.REQUESTED, "OPEN": ReturnStep.OPEN, "DECLINED": ReturnStep.DECLINED,
    "CANCELED": ReturnStep.CANCELLED, "CLOSED": ReturnStep.CLOSED,
}  # fmt: skip
# What a handle of their library has in it, and what that is to us; the first that fits counts.
REASONS = (
    (r"too-(small|tight|short|narrow)", "too_small"),
    (r"too-(large|big|loose|long|wide)", "too_large"),
    (r"late\b|delay", "arrived_late"),
    (r"damage|broken|shipping-box", "damaged"),
    (r"defect|fault|not-work|stopped|quality|malfunction", "defective"),
    (r"wrong|incorrect|different-item|missing-part", "wrong_item"),
    (r"descri|colou?r|pictur|photo|expect|material", "not_as_described"),
    (r"unwanted|changed|mind|style|comfort|price|no-longer|mistake", "changed_mind"),
)
OTHER = "other"
# Our reasons as theirs, which are few.  Source: https://shopify.dev/docs/api/admin-graphql/2026-07/enums/ReturnReason
THEIRS = {
    "too_small": "SIZE_TOO_SMALL", "too_large": "SIZE_TOO_LARGE", "damaged": "DEFECTIVE", "defective": "DEFECTIVE",
    "wrong_item": "WRONG_ITEM", "not_as_described": "NOT_AS_DESCRIBED", "changed_mind": "UNWANTED",
}  # fmt: skip
_KEY = re.compile(r"\bopened:return:[0-9]+\b")


def moments(order: Mapping[str, Any]) -> list[str]:
    """When returns of an order came to be and were decided: the order itself need not count as changed for that."""
    names = ("createdAt", "requestApprovedAt", "closedAt")
    return [one[name] for one in objects_of(order.get("returns")) for name in names if one.get(name)]


def read_returns(order: Mapping[str, Any]) -> list[ReturnTold]:
    """What an order says of its returns; of steps that nobody knows nothing is said."""
    external_id = id_of(order["id"])
    return [
        ReturnTold(external_id, id_of(one["id"]), STEPS[one["status"]], _lines(one), key_in(one))
        for one in objects_of(order.get("returns"))
        if one["status"] in STEPS
    ]


def steps(found: Sequence[Mapping[str, Any] | None]) -> dict[str, ReturnStep]:
    """Where returns stand; what the shop does not know, and steps that nobody knows, are left out."""
    return {id_of(one["id"]): STEPS[one["status"]] for one in found if one and one["status"] in STEPS}


def read_decided(document: Mapping[str, Any]) -> list[ReturnTold]:
    """What a delivery about a return decides by itself: once it is called off its order may look as if it never had one."""
    step = STEPS.get(str(document.get("status")).upper())
    if step not in (ReturnStep.DECLINED, ReturnStep.CANCELLED):
        return []
    return [ReturnTold(id_of(document["order"]["id"]), id_of(document["id"]), step)]


def _lines(told: Mapping[str, Any]) -> tuple[BackLine, ...]:
    """Lines that name what was sold; one that nobody has verified names nothing."""
    return tuple(
        _line(one) for one in objects_of(told["returnLineItems"]["nodes"]) if one.get("fulfillmentLineItem") and one["quantity"]
    )


def _line(one: Mapping[str, Any]) -> BackLine:
    sold, reason = one["fulfillmentLineItem"]["lineItem"], one.get("returnReasonDefinition") or {}
    handle, variant = str(reason.get("handle") or ""), sold["variant"]
    said = [text(one.get(name), 400) for name in ("customerNote", "returnReasonNote")]
    ours = reason_of(handle)
    if ours == OTHER:
        said.append(text(reason.get("name"), 200))
    return BackLine(
        "" if variant is None else id_of(variant["id"]), text(sold["sku"], 200), whole(one["quantity"], MOST_UNITS), ours,
        " · ".join(dict.fromkeys(part for part in said if part)),
    )  # fmt: skip


def key_in(told: Mapping[str, Any]) -> str:
    """The key under which it was opened here, which stands in the notes of its lines; "" where there is none."""
    notes = [str(one.get("returnReasonNote") or "") for one in objects_of(told["returnLineItems"]["nodes"])]
    return next((found[0] for note in notes if (found := _KEY.search(note))), "")


def as_input(order_id: str, opened: Opened, returnable: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """A return as the shop takes it; None where not all of it may come back there."""
    wanted = wishes(opened)
    lines = []
    for one in returnable:
        for wish, reason in zip(wanted, opened.reasons, strict=True):
            qty = take([wish], one["fulfillmentLineItem"]["lineItem"], one["quantity"])
            if qty:
                why = {"returnReason": THEIRS.get(reason, "OTHER"), "returnReasonNote": opened.key}
                lines.append({"fulfillmentLineItemId": one["fulfillmentLineItem"]["id"], "quantity": qty, **why})
                break
    if not lines or any(wish.left for wish in wanted):
        return None
    return {"orderId": order_id, "returnLineItems": lines, "notifyCustomer": False}


def reason_of(handle: str) -> str:
    """Their reason as we call it."""
    return next((ours for pattern, ours in REASONS if re.search(pattern, handle)), OTHER)


def dispositions(told: Mapping[str, Any], wanted: Sequence[Wish]) -> list[dict[str, Any]]:
    """What came back as the shop notes it, less what it has noted already.

    Units stay out of its own stock: what may be sold is what we tell it.
    """
    lines = [line for part in told["reverseFulfillmentOrders"]["nodes"] for line in part["lineItems"]["nodes"]]
    known = [line for line in lines if line["fulfillmentLineItem"]]
    free: dict[str, int] = {}
    for line in known:
        noted = sum(one["quantity"] for one in line["dispositions"])
        take(wanted, line["fulfillmentLineItem"]["lineItem"], noted)
        free[line["id"]] = line["totalQuantity"] - noted
    taken = [(line["id"], take(wanted, line["fulfillmentLineItem"]["lineItem"], free[line["id"]])) for line in known]
    return [
        {"reverseFulfillmentOrderLineItemId": id, "quantity": qty, "dispositionType": "NOT_RESTOCKED"} for id, qty in taken if qty
    ]
