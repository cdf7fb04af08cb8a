"""Reads of deliveries, transfers and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.stock.inbound.values import (
    UNDER_WAY,
    DeliveryFilter,
    DeliveryLineRow,
    DeliveryRow,
    ReceiptRow,
    TransferFilter,
    TransferLineRow,
    TransferRow,
)

_DELIVERY = """
SELECT d.id, d.supplier, d.document, d.location_id, d.state, d.expected_on, d.note, d.blind, d.reason, d.created_at,
       d.updated_at, d.ended_at, n.expected, n.received, n.missing, n.over
  FROM stock_expecteddelivery d CROSS JOIN LATERAL (
       SELECT COALESCE(sum(expected), 0)::int AS expected, COALESCE(sum(received), 0)::int AS received,
              COALESCE(sum(GREATEST(expected - received, 0)), 0)::int AS missing,
              COALESCE(sum(GREATEST(received - expected, 0)), 0)::int AS over
         FROM stock_expectedline l WHERE l.organisation_id = d.organisation_id AND l.delivery_id = d.id) n
"""
_TITLE = "CASE WHEN v.title = '' THEN p.title ELSE p.title || ' · ' || v.title END AS title, v.barcode, p.picture"
_GOODS = """
  JOIN catalog_variant v ON v.organisation_id = l.organisation_id AND v.id = l.variant_id
  JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
"""
_DELIVERY_LINE = f"""
SELECT l.id, l.delivery_id, l.variant_id, v.sku, {_TITLE}, l.position, l.expected, l.received, l.damaged, l.quality_control,
       l.cost_minor, l.currency
  FROM stock_expectedline l {_GOODS}
"""
_TRANSFER = """
SELECT t.id, t.origin_id, t.destination_id, t.state, t.due_on, t.note, t.reason, t.created_at, t.updated_at, t.shipped_at,
       t.ended_at, n.qty, n.shipped, n.received, n.lost
  FROM stock_transfer t CROSS JOIN LATERAL (
       SELECT COALESCE(sum(qty), 0)::int AS qty, COALESCE(sum(shipped), 0)::int AS shipped,
              COALESCE(sum(received), 0)::int AS received, COALESCE(sum(lost), 0)::int AS lost
         FROM stock_transferline l WHERE l.organisation_id = t.organisation_id AND l.transfer_id = t.id) n
"""
_TRANSFER_LINE = f"""
SELECT l.id, l.transfer_id, l.variant_id, v.sku, {_TITLE}, l.position, l.qty, l.shipped, l.received, l.lost,
       COALESCE(s.bin, '') AS bin,
       GREATEST(LEAST(COALESCE(s.on_hand - s.committed - s.damaged - s.quality_control, 0),
                      COALESCE(i.on_hand - i.committed - i.reserved - i.damaged - i.quality_control, 0)), 0) AS free
  FROM stock_transferline l JOIN stock_transfer t ON t.organisation_id = l.organisation_id AND t.id = l.transfer_id {_GOODS}
  LEFT JOIN stock_level s ON s.organisation_id = l.organisation_id AND s.variant_id = l.variant_id AND s.location_id = t.origin_id
  LEFT JOIN stock_item i ON i.organisation_id = l.organisation_id AND i.variant_id = l.variant_id
"""
_RECEIPT = """
SELECT r.id, r.variant_id, COALESCE(v.sku, '') AS sku, r.code, r.qty, r.condition, r.lot, r.over, r.reason, r.problem, r.by, r.at
  FROM stock_receipt r LEFT JOIN catalog_variant v ON v.organisation_id = r.organisation_id AND v.id = r.variant_id
"""
_DELIVERY_VIEWS = {
    "": "TRUE",
    "open": "d.state IN ('expected', 'partially_received')",
    "late": "d.state IN ('expected', 'partially_received') AND d.expected_on < %(today)s",
    "done": "d.state NOT IN ('expected', 'partially_received')",
}
_TRANSFER_VIEWS = {
    "": "TRUE",
    "draft": "t.state = 'draft'",
    "moving": "t.state IN ('in_transit', 'partially_received')",
    "done": "t.state IN ('received', 'cancelled')",
}


def over_tolerance(ctx: Ctx) -> int:
    """How many per cent more than expected a delivery may bring without a word."""
    found = db.scalar(
        "SELECT over_tolerance_percent FROM stock_inboundsettings WHERE organisation_id = %s", [ctx.organisation_id]
    )
    return 10 if found is None else int(found)


def list_deliveries(
    ctx: Ctx, *, where: DeliveryFilter, before: int | None = None, limit: int = 50
) -> list[DeliveryRow]:
    """Deliveries, newest first; the text is part of a supplier, a document or a SKU.  Shapes: keyset-paged by id."""
    return db.rows(
        DeliveryRow,
        f"""{_DELIVERY} WHERE d.organisation_id = %(org)s AND {_DELIVERY_VIEWS[where.view]}
              AND (%(before)s::bigint IS NULL OR d.id < %(before)s)
              AND (%(location)s = 0 OR d.location_id = %(location)s)
              AND (%(variant)s = 0 OR EXISTS (SELECT 1 FROM stock_expectedline l
                    WHERE l.organisation_id = d.organisation_id AND l.delivery_id = d.id AND l.variant_id = %(variant)s))
              AND (%(text)s = '' OR d.supplier ILIKE %(like)s OR d.document ILIKE %(like)s OR EXISTS (
                    SELECT 1 FROM stock_expectedline l JOIN catalog_variant v ON v.organisation_id = l.organisation_id
                       AND v.id = l.variant_id WHERE l.organisation_id = d.organisation_id AND l.delivery_id = d.id
                       AND v.sku ILIKE %(like)s))
            ORDER BY d.id DESC LIMIT %(limit)s""",
        {
            "org": ctx.organisation_id, "before": before, "location": where.location_id, "variant": where.variant_id,
            "text": where.text, "like": like(where.text), "today": where.today, "limit": limit,
        },
    )  # fmt: skip


def like(text: str) -> str:
    """The pattern of a text anywhere; its own signs mean themselves."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def count_deliveries(ctx: Ctx, *, today: date) -> dict[str, int]:
    """How many deliveries are open, and how many of these are late."""
    found = db.dicts(
        """SELECT count(*) AS open, count(*) FILTER (WHERE expected_on < %s) AS late FROM stock_expecteddelivery
            WHERE organisation_id = %s AND state IN ('expected', 'partially_received')""",
        [today, ctx.organisation_id],
    )[0]
    return {"open": int(found["open"]), "late": int(found["late"])}


def get_delivery(ctx: Ctx, *, delivery_id: int) -> DeliveryRow:
    """One delivery.  Refuses: unknown ids."""
    found = db.one(
        DeliveryRow, _DELIVERY + " WHERE d.organisation_id = %s AND d.id = %s", [ctx.organisation_id, delivery_id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "expected delivery", "key": delivery_id})
    return found


def documents_of(ctx: Ctx, *, delivery_ids: Sequence[int]) -> dict[int, str]:
    """The numbers of these deliveries, by id; others are left out."""
    found = db.dicts(
        "SELECT id, document FROM stock_expecteddelivery WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, list(delivery_ids)],
    )
    return {line["id"]: line["document"] for line in found}


def lines_of_deliveries(ctx: Ctx, *, delivery_ids: Sequence[int]) -> list[DeliveryLineRow]:
    """The lines of deliveries, in their order; what nobody announced comes last."""
    return db.rows(
        DeliveryLineRow,
        _DELIVERY_LINE
        + " WHERE l.organisation_id = %s AND l.delivery_id = ANY(%s) ORDER BY l.delivery_id, l.position, l.id",
        [ctx.organisation_id, list(delivery_ids)],
    )


def list_transfers(ctx: Ctx, *, where: TransferFilter, before: int | None = None, limit: int = 50) -> list[TransferRow]:
    """Transfers, newest first; the text is a number such as T-12, or part of a SKU.  Shapes: keyset-paged by id."""
    digits = where.text.upper().removeprefix("T-").lstrip("#")
    return db.rows(
        TransferRow,
        f"""{_TRANSFER} WHERE t.organisation_id = %(org)s AND {_TRANSFER_VIEWS[where.view]}
              AND (%(before)s::bigint IS NULL OR t.id < %(before)s)
              AND (%(location)s = 0 OR %(location)s IN (t.origin_id, t.destination_id))
              AND (%(text)s = '' OR t.id = %(id)s OR EXISTS (
                    SELECT 1 FROM stock_transferline l JOIN catalog_variant v ON v.organisation_id = l.organisation_id
                       AND v.id = l.variant_id WHERE l.organisation_id = t.organisation_id AND l.transfer_id = t.id
                       AND v.sku ILIKE %(like)s))
            ORDER BY t.id DESC LIMIT %(limit)s""",
        {
            "org": ctx.organisation_id, "before": before, "location": where.location_id, "text": where.text,
            "id": int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else 0,
            "like": like(where.text), "limit": limit,
        },
    )  # fmt: skip


def count_transfers(ctx: Ctx) -> dict[str, int]:
    """How many transfers are drafts, and how many are on their way."""
    found = db.dicts(
        """SELECT count(*) FILTER (WHERE state = 'draft') AS draft, count(*) FILTER (WHERE state = ANY(%s)) AS moving
             FROM stock_transfer WHERE organisation_id = %s AND state NOT IN ('received', 'cancelled')""",
        [list(UNDER_WAY), ctx.organisation_id],
    )[0]
    return {"draft": int(found["draft"]), "moving": int(found["moving"])}


def get_transfer(ctx: Ctx, *, transfer_id: int) -> TransferRow:
    """One transfer.  Refuses: unknown ids."""
    found = db.one(
        TransferRow, _TRANSFER + " WHERE t.organisation_id = %s AND t.id = %s", [ctx.organisation_id, transfer_id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "transfer", "key": transfer_id})
    return found


def lines_of_transfers(ctx: Ctx, *, transfer_ids: Sequence[int]) -> list[TransferLineRow]:
    """The lines of transfers, in the order of the bins at the origin."""
    return db.rows(
        TransferLineRow,
        _TRANSFER_LINE
        + " WHERE l.organisation_id = %s AND l.transfer_id = ANY(%s) ORDER BY l.transfer_id, s.bin NULLS LAST, l.position, l.id",
        [ctx.organisation_id, list(transfer_ids)],
    )


def receipts_of(
    ctx: Ctx, *, delivery_id: int | None = None, transfer_id: int | None = None, limit: int = 100
) -> list[ReceiptRow]:
    """What somebody received of a delivery or a transfer, newest first."""
    return db.rows(
        ReceiptRow,
        _RECEIPT
        + """ WHERE r.organisation_id = %s AND (r.delivery_id = %s OR r.transfer_id = %s)
              ORDER BY r.id DESC LIMIT %s""",
        [ctx.organisation_id, delivery_id, transfer_id, limit],
    )
