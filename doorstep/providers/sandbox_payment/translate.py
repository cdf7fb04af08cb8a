"""The sandbox payment provider's shapes and ours.  Pure.  Source: sandbox/README.md, "Payment"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.payments.port import Ask, Told
from doorstep.payments.values import CallKind, CallState

TOPICS = (
    "payment.authorised", "payment.declined", "payment.captured", "payment.voided", "refund.created", "refund.updated",
)  # fmt: skip


def write(ask: Ask) -> tuple[str, dict[str, Any]]:
    """Where a wish goes, and with which body."""
    amount = ask.amount.minor
    if ask.kind is CallKind.AUTHORISE:
        body = {
            "reference": ask.reference,
            "method": ask.method,
            "currency": ask.amount.currency,
            "amount_minor": amount,
        }
        return "/payments", body
    if ask.kind is CallKind.REFUND:
        return "/refunds", {"payment_id": ask.payment, "amount_minor": amount}
    if ask.kind is CallKind.CAPTURE:
        return f"/payments/{ask.payment}/capture", {"amount_minor": amount}
    return f"/payments/{ask.payment}/void", {}


def read(body: Mapping[str, Any]) -> Told:
    """An operation as it stands, with the payment that it belongs to."""
    before = body["payment"]["capture_before"]
    return Told(
        key=str(body["key"]),
        state=CallState(body["state"]),
        vendor_id=str(body["operation_id"]),
        payment=str(body["payment_id"]),
        amount_minor=int(body["amount_minor"]),
        reason=str(body["reason"])[:200],
        capture_before=datetime.fromisoformat(before) if before else None,
    )


def read_webhook(body: bytes) -> list[Told]:
    """The operation of a push; other topics say nothing.  Refuses: bodies of another shape."""
    try:
        said = json.loads(body)
        return [read(said["data"])] if said["type"] in TOPICS else []
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        reason = f"no payment ({type(trouble).__name__}: {trouble})"[:150]
        raise Refused(UNREADABLE, {"reason": reason}) from None
