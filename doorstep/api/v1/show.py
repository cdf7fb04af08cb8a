"""Rows → documents. Pure; used by every way in, so that the same thing always looks the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.base.money import Money
from doorstep.catalog.values import ComponentRow, ProductDetail, VariantRow
from doorstep.customers.values import CustomerRow
from doorstep.locations.values import LocationRow
from doorstep.orders.opening import SoldLine, as_sold
from doorstep.orders.placing import Accepted
from doorstep.orders.values import HoldReason, HoldRow, OrderDetail, OrderDraft, OrderRow, PaymentState
from doorstep.routing.values import Lacking
from doorstep.shipping import estimates
from doorstep.shipping.label_files import FileRow
from doorstep.shipping.values import LabelRow, ParcelLineRow, ParcelRow, TrackingRow
from doorstep.stock.inbound.values import IncomingRow
from doorstep.stock.values import AtpDay, CartRow, LevelRow, PoolRow, SellingRow


def money(minor: int, currency: str) -> dict[str, str]:
    """An exact amount: all decimals of the currency, never a float."""
    return {"amount": f"{Money(minor, currency).decimal:f}", "currency": currency}


def accepted(answer: Accepted, draft: OrderDraft) -> dict[str, Any]:
    """What an order that is in now tells its sender, without another query."""
    held_for = [HoldReason.INVENTORY_OUT_OF_STOCK] if answer.short_of else []
    if draft.payment_state == PaymentState.PENDING:
        held_for.append(HoldReason.AWAITING_PAYMENT)
    return {
        "outcome": "accepted", "id": answer.order_id, "external_id": draft.external_id, "state": "open",
        "on_hold": bool(held_for), "held_for": [str(reason) for reason in held_for], "short_of": list(answer.short_of),
        "waits": answer.waits, "promised_on": answer.promised_on,
    }  # fmt: skip


def duplicate(row: OrderRow, holds: Mapping[int, Sequence[HoldRow]], skus: Mapping[int, str]) -> dict[str, Any]:
    """What an order that was here already tells its sender: how it stands now."""
    mine = holds.get(row.id, ())
    short: Mapping[str, Any] = next((hold.detail for hold in mine if hold.reason == HoldReason.INVENTORY_OUT_OF_STOCK), {})
    return {
        "outcome": "duplicate", "id": row.id, "external_id": row.external_id, "state": row.state, "on_hold": row.on_hold,
        "held_for": list(dict.fromkeys(hold.reason for hold in mine)),
        "short_of": [skus[s["variant_id"]] for s in short.get("short", ()) if s["variant_id"] in skus],
        "waits": short.get("waits", ""), "promised_on": short.get("promised_on"),
    }  # fmt: skip


def order(row: OrderRow) -> dict[str, Any]:
    """One line of the orders list."""
    return {
        "id": row.id, "external_id": row.external_id, "connection_id": row.connection_id or None, "name": row.name,
        "state": row.state, "payment_state": row.payment_state, "fulfilment_state": row.fulfilment_state,
        "on_hold": row.on_hold, "customer_id": row.customer_id, "customer_name": row.customer_name, "email": row.email,
        "country": row.country, "units": row.units, "total": money(row.total_minor, row.currency), "tags": row.tags,
        "priority": "high" if row.priority else "normal",
        "placed_at": row.placed_at, "updated_at": row.updated_at,
    }  # fmt: skip


def order_detail(detail: OrderDetail, parcels: Sequence[ParcelRow], lacking: Sequence[Lacking]) -> dict[str, Any]:
    """Everything about one order."""
    row = detail.order
    bundles = {sold.bundle_id: _bundle(sold, row.currency) for sold in as_sold(detail.lines) if sold.bundle_id}
    return order(row) | {
        "ship_to": detail.ship_to, "language": detail.language, "note": detail.note, "version": detail.version,
        "historical": detail.historical, "taxes_included": detail.taxes_included,
        "subtotal": money(detail.subtotal_minor, row.currency), "discount": money(detail.discount_minor, row.currency),
        "shipping": money(detail.shipping_minor, row.currency), "tax": money(detail.tax_minor, row.currency),
        "lines": [
            {
                "id": line.id, "position": line.position, "variant_id": line.variant_id, "sku": line.sku,
                "title": line.title, "qty": line.qty, "unit_price": money(line.unit_price_minor, row.currency),
                "discount": money(line.discount_minor, row.currency), "total": money(line.total_minor, row.currency),
                "bundle": bundles.get(line.bundle_id or 0) and bundles[line.bundle_id or 0] | {"each": line.bundle_each},
            }
            for line in detail.lines
        ],
        "fulfilment_orders": [_fulfilment_order(detail, part.id, lacking) for part in detail.fulfilment_orders],
        "parcels": [parcel(one) for one in parcels],
    }  # fmt: skip


def _bundle(sold: SoldLine, currency: str) -> dict[str, Any]:
    return {
        "number": sold.inside[0].bundle_number, "variant_id": sold.variant_id, "sku": sold.sku, "title": sold.title,
        "qty": sold.qty, "unit_price": money(sold.unit_price_minor, currency), "total": money(sold.total_minor, currency),
    }  # fmt: skip


def _fulfilment_order(detail: OrderDetail, id: int, lacking: Sequence[Lacking]) -> dict[str, Any]:
    (part,) = (p for p in detail.fulfilment_orders if p.id == id)
    return {
        "id": part.id, "state": part.state, "location_id": part.location_id, "routed_why": part.routed_why,
        "updated_at": part.updated_at,
        "lines": [
            {"order_line_id": line.order_line_id, "sku": line.sku, "qty": line.qty, "picked": line.picked}
            for line in detail.fulfilment_lines
            if line.fulfilment_order_id == id
        ],
        "holds": [
            {
                "reason": hold.reason, "note": hold.note, "by": hold.by, "at": hold.at, "until": hold.until,
                "waits": hold.detail.get("waits") or "", "promised_on": hold.detail.get("promised_on"),
                "expected_on": hold.detail.get("expected_on"), "slipped": bool(hold.detail.get("slipped")),
                "lacking": [
                    _lacking(one)
                    for one in lacking
                    if hold.reason == HoldReason.INVENTORY_OUT_OF_STOCK and one.fulfilment_order_id == id
                ],
            }
            for hold in detail.holds
            if hold.fulfilment_order_id == id
        ],
    }  # fmt: skip


def _lacking(row: Lacking) -> dict[str, Any]:
    return {
        "variant_id": row.variant_id, "sku": row.sku, "wanted": row.wanted, "available": row.available,
        "elsewhere": [
            {"location_id": at.location_id, "name": at.name, "qty": at.qty, "why": at.why} for at in row.elsewhere
        ],
    }  # fmt: skip


def parcel(row: ParcelRow) -> dict[str, Any]:
    """One parcel and where it is."""
    return {
        "id": row.id, "order_id": row.order_id, "fulfilment_order_id": row.fulfilment_order_id,
        "location_id": row.location_id, "state": row.state, "status": row.status, "carrier": row.carrier_name,
        "service": row.service, "tracking_number": row.tracking_number, "weight_g": row.weight_g,
        "box": row.box_name, "dims": dims(row.dims_mm),
        "packed_at": row.packed_at, "handed_over_at": row.handed_over_at, "estimated_on": row.estimated_on,
        "delivered_at": row.delivered_at, "status_at": row.status_at, "updated_at": row.updated_at, "expected": _expected(row),
    }  # fmt: skip


def _expected(row: ParcelRow) -> dict[str, Any] | None:
    """What was said of it by its lane when it left."""
    if row.expected_on is None:
        return None
    return {
        "on": row.expected_on, "from_on": row.expected_from, "to_on": row.expected_to, "late_after": row.late_after,
        "share": estimates.SAID, "parcels_seen": row.expected_seen, "level": row.expected_level,
    }  # fmt: skip


def parcel_detail(
    row: ParcelRow, lines: Sequence[ParcelLineRow], labels: Sequence[LabelRow], scans: Sequence[TrackingRow],
    files: Sequence[FileRow],
) -> dict[str, Any]:  # fmt: skip
    """Everything about one parcel."""
    return parcel(row) | {
        "lines": [
            {"order_line_id": line.order_line_id, "sku": line.sku, "title": line.title, "qty": line.qty} for line in lines
        ],
        "labels": [
            {
                "id": label.id, "state": label.state, "service": label.service, "tracking_number": label.tracking_number,
                "cost": money(label.cost_minor, label.cost_currency) if label.cost_currency else None,
                "problem": label.problem, "wanted_at": label.wanted_at, "settled_at": label.settled_at,
                "files": [
                    {
                        "language": file.language, "state": file.state, "size": file.size, "problem": file.problem,
                        "next_try_at": file.ask_at,
                    }
                    for file in files if file.label_id == label.id
                ],
            }
            for label in labels
        ],
        "tracking": [
            {"status": scan.status, "description": scan.description, "place": scan.place, "at": scan.at} for scan in scans
        ],
    }  # fmt: skip


def dims(sides: tuple[int, int, int] | None) -> dict[str, int] | None:
    """Length, width and height."""
    return dict(zip(("length_mm", "width_mm", "height_mm"), sides, strict=True)) if sides else None


def variant(row: VariantRow, available: int, inside: Sequence[ComponentRow]) -> dict[str, Any]:
    """One variant, with what is available of it and what it is made of, where it is a bundle."""
    return {
        "id": row.id, "product_id": row.product_id, "sku": row.sku, "barcode": row.barcode, "title": row.title,
        "price": money(row.price_minor, row.currency), "options": row.options, "weight_g": row.weight_g,
        "hs_code": row.hs_code, "country_of_origin": row.country_of_origin, "archived": row.archived,
        "dims": dims(row.handling.dims_mm), "own_box": row.own_box, "fragile": row.fragile, "hazmat": row.hazmat,
        "bundle": row.bundle, "available": available,
        "components": [
            {"variant_id": one.variant_id, "sku": one.sku, "title": one.title, "qty": one.qty} for one in inside
        ],
    }  # fmt: skip


def product(
    row: ProductDetail, available: Mapping[int, int], inside: Mapping[int, Sequence[ComponentRow]]
) -> dict[str, Any]:
    """One product with its variants.  Shapes: what is available, and what bundles are made of, by variant."""
    return {
        "id": row.id, "title": row.title, "description": row.description, "category": row.category, "status": row.status,
        "final_sale": row.final_sale,
        "option_names": row.option_names, "version": row.version, "created_at": row.created_at,
        "updated_at": row.updated_at, "variants": [variant(one, available[one.id], inside.get(one.id, ())) for one in row.variants],
    }  # fmt: skip


def location(row: LocationRow) -> dict[str, Any]:
    """One location."""
    return {
        "id": row.id, "code": row.code, "name": row.name, "kind": row.kind, "company": row.company, "lines": row.lines,
        "postal_code": row.postal_code, "city": row.city, "region": row.region, "country": row.country,
        "phone": row.phone, "latitude": row.latitude, "longitude": row.longitude, "timezone": row.timezone,
        "serves": row.serves, "fulfils_online": row.fulfils_online, "active": row.active,
    }  # fmt: skip


def stock(
    pool: PoolRow, row: VariantRow, levels: Sequence[LevelRow], incoming: Sequence[IncomingRow], available: int
) -> dict[str, Any]:
    """The stock of one variant, in all and by location; of a bundle only what is available of it."""
    return {
        "variant_id": pool.variant_id, "sku": row.sku, "title": row.title, "available": available,
        "on_hand": pool.on_hand, "committed": pool.committed, "reserved": pool.reserved, "damaged": pool.damaged,
        "quality_control": pool.quality_control, "safety_stock": pool.safety_stock, "waiting": pool.waiting,
        "incoming": sum(one.qty for one in incoming),
        "incoming_from": [
            {
                "location_id": one.location_id, "qty": one.qty, "due_on": one.due_on, "reference": one.reference,
                "name": one.name,
            }
            for one in incoming
        ],
        "levels": [
            {
                "location_id": at.location_id, "on_hand": at.on_hand, "committed": at.committed, "damaged": at.damaged,
                "quality_control": at.quality_control, "bin": at.bin, "recount_since": at.recount_since,
                "safety_stock": at.safety_stock, "kept_back": at.kept, "promisable": at.promisable,
            }
            for at in levels
        ],
    }  # fmt: skip


def customer(row: CustomerRow) -> dict[str, Any]:
    """One customer."""
    return {
        "id": row.id, "name": row.name, "email": row.email, "phone": row.phone, "language": row.language,
        "country": row.country, "accepts_marketing": row.accepts_marketing, "note": row.note,
        "version": row.version, "created_at": row.created_at, "updated_at": row.updated_at,
        "merged_into_id": row.merged_into_id,
    }  # fmt: skip


def reservation(row: CartRow, skus: Mapping[int, str]) -> dict[str, Any]:
    """What a cart holds."""
    return {
        "token": row.token, "state": row.state, "until": row.until, "made_at": row.made_at, "made_by": row.made_by,
        "lines": [
            {"variant_id": line.variant_id, "sku": skus[line.variant_id], "qty": line.qty} for line in row.lines
        ],
    }  # fmt: skip


def selling(row: SellingRow | None) -> dict[str, Any]:
    """Whether a variant is sold beyond what is available."""
    return {
        "kind": row.kind if row else "none", "available_on": row.available_on if row else None,
        "max_units": row.max_units if row else None,
    }  # fmt: skip


def atp(days: Sequence[AtpDay]) -> list[dict[str, Any]]:
    """What may be promised, by day."""
    return [{"on": day.on, "incoming": day.incoming, "promised": day.promised, "atp": day.atp} for day in days]
