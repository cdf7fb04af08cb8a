"""Which returns a filter means, as SQL over `returns_return r` and its order `o`."""

from __future__ import annotations

from doorstep.base import search
from doorstep.returns.values import ReturnFilter

VIEWS = {
    "": "TRUE",
    "review": "r.decision IN ('requested', 'needs_review')",
    "coming": "(r.decision = 'approved' AND r.goods IN ('none', 'label_issued', 'in_transit') AND NOT r.keep_item)",
    "here": "(r.decision = 'approved' AND r.goods IN ('partially_received', 'received'))",
    "done": """(r.decision IN ('declined', 'cancelled', 'expired') OR r.goods IN ('inspected', 'processed', 'closed')
                OR (r.decision = 'approved' AND r.keep_item AND r.goods = 'none'))""",
}


def conditions(where: ReturnFilter) -> tuple[str, list[object]]:
    """What holds for the returns that a filter means, and the statement's parameters in their order."""
    parts, values = [VIEWS.get(where.view, "TRUE")], list[object]()
    columns = [("decision", where.decision), ("goods", where.goods), ("money", where.money)]
    ids = [("order_id", where.order_id), ("customer_id", where.customer_id), ("location_id", where.location_id)]
    for column, wanted in [*columns, *ids]:
        if wanted:
            parts.append(f"r.{column} = %s")
            values.append(wanted)
    if where.historical is not None:
        parts.append("r.historical = %s")
        values.append(where.historical)
    if where.reason:
        parts.append(
            """EXISTS (SELECT 1 FROM returns_line w WHERE w.organisation_id = r.organisation_id AND w.return_id = r.id
                         AND w.reason = %s)"""
        )
        values.append(where.reason)
    if where.text:
        sql, more = _text(where.text)
        parts.append(sql)
        values.extend(more)
    return " AND ".join(parts), values


def number_of(code: str) -> int:
    """The number that a code such as R1001 says; 0, which no return has, for any other."""
    digits = code.strip().upper().removeprefix("R")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0


def _text(text: str) -> tuple[str, list[object]]:
    """A return's own number, the number on its label, or words of its order and customer."""
    like, words = search.like("o.search", text)
    grams = search.grams(text)
    indexed = (
        """r.order_id IN (SELECT s.order_id FROM orders_ordersearch s
                           WHERE s.organisation_id = r.organisation_id AND s.grams @> %s::text[]) AND """
        if grams
        else ""
    )
    parcel = """r.parcel_id IN (SELECT p.id FROM shipping_parcel p WHERE p.organisation_id = r.organisation_id
                                   AND p.direction = 'back' AND p.tracking_number = %s)"""
    values: list[object] = [number_of(text), text.strip()[:60], *([grams] if grams else []), *words]
    return f"(r.number = %s OR {parcel} OR ({indexed}{like}))", values
