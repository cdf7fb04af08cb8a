"""Numbers as a feed of Amazon's, and its report as answers. Pure.

Source: https://developer-docs.amazon.com/sp-api/docs/listings-feed-type-values (JSON_LISTINGS_FEED, its schema and that of its
processing report, both version 2.0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from doorstep.channels.port import Declined, Gone, Number, NumberAnswer, Taken
from doorstep.providers.amazon.plain import group, groups
from doorstep.providers.plain import text, unreadable

FEED_TYPE = "JSON_LISTINGS_FEED"
CONTENT_TYPE = "application/json; charset=UTF-8"
MOST_MESSAGES = 10_000
# "This SKU does not exist in the catalog": as Amazon has answered inventory feeds.
GONE_CODES = frozenset({"13013"})


def message_id(sku: str) -> int:
    """The number of a SKU's message, from 1 to 2**31 - 1: the report names messages by number only, to whichever process asks."""
    return int.from_bytes(blake2b(sku.encode(), digest_size=4).digest(), "big") % (2**31 - 1) + 1


def sendable(numbers: Sequence[Number]) -> list[Number]:
    """Those that may go in one feed: of two SKUs with the same message number the second waits for another feed."""
    found: dict[int, Number] = {}
    for number in numbers:
        found.setdefault(message_id(number.id), number)
    return list(found.values())


def build(numbers: Sequence[Number], *, seller: str) -> bytes:
    """The document that sets these numbers and nothing else of the listings."""
    if len(numbers) > MOST_MESSAGES:
        raise ValueError("more messages than a feed may hold")
    return json.dumps(
        {
            "header": {"sellerId": seller, "version": "2.0", "issueLocale": "en_US"},
            "messages": [_message(number) for number in numbers],
        },
        ensure_ascii=False,
    ).encode()


def _message(number: Number) -> dict[str, Any]:
    """Merged, not replaced: a number that replaces the rest resets the seller's handling time (selling-partner-api-sdk #515)."""
    value = [{"fulfillment_channel_code": "DEFAULT", "quantity": number.number}]
    return {
        "messageId": message_id(number.id),
        "sku": number.id,
        "operationType": "PATCH",
        "productType": "PRODUCT",
        "patches": [{"op": "merge", "path": "/attributes/fulfillment_availability", "value": value}],
    }


def read_report(document: bytes, *, ids: Sequence[str]) -> list[NumberAnswer]:
    """What became of each SKU, in order: taken, unless the report holds an error of its message, or of the whole feed.

    Refuses: a report of another shape.
    """
    try:
        report = group(json.loads(document))
    except (ValueError, RecursionError):
        raise unreadable("the report of a feed is not JSON") from None
    if "summary" not in report:
        raise unreadable("the report of a feed has no summary")
    errors = [one for one in groups(report.get("issues")) if one.get("severity") == "ERROR"]
    whole = next((one for one in errors if one.get("messageId") is None), None)
    if whole is not None:
        return [Declined(_said(whole)) for _ in ids]
    by_message: dict[str, Mapping[str, Any]] = {}
    for one in errors:
        by_message.setdefault(str(one["messageId"]), one)
    return [_answer(by_message.get(str(message_id(id)))) for id in ids]


def _answer(error: Mapping[str, Any] | None) -> NumberAnswer:
    if error is None:
        return Taken()
    return Gone(_said(error)) if str(error.get("code")) in GONE_CODES else Declined(_said(error))


def _said(error: Mapping[str, Any]) -> str:
    """Amazon's own words."""
    code, message = text(error.get("code"), 40), text(error.get("message"), 400)
    return f"{code}: {message}" if code else message or "Amazon said no more"
