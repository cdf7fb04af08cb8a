"""What we write on WooCommerce's orders, and read there again. Pure.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-meta-data-properties and #order-notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.channels.port import Returned, Shipped
from doorstep.providers.woocommerce.fields import a_list, an_object, whole

PARCELS = "_doorstep_parcels"
CANCEL_REASON = "_doorstep_cancel_reason"
CLOSED = ("cancelled", "trash", "refunded")


def parcels_of(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parcels that an order is known to have been sent in."""
    kept = [note.get("value") for note in map(an_object, a_list(order.get("meta_data") or [])) if note.get("key") == PARCELS]
    return [dict(an_object(parcel)) for parcel in a_list(kept[-1])] if kept else []


def knows(parcels: Sequence[Mapping[str, Any]], shipped: Shipped) -> bool:
    """Whether a parcel is among them."""
    return any(parcel.get("tracking_number") == shipped.tracking_number for parcel in parcels)


def parcel_of(shipped: Shipped) -> dict[str, Any]:
    """A parcel as an order keeps it."""
    return {
        "tracking_number": shipped.tracking_number, "carrier": shipped.carrier, "tracking_url": shipped.tracking_url,
        "lines": [{"sku": sku, "quantity": qty} for sku, qty in shipped.lines],
    }  # fmt: skip


def is_all_sent(order: Mapping[str, Any], refunds: Sequence[Mapping[str, Any]], parcels: Sequence[Mapping[str, Any]]) -> bool:
    """Whether as many units left as were ordered and not refunded.  Units only: what a parcel names by SKU, the shop may know
    by another or by none."""
    ordered = sum(whole(line["quantity"]) for line in a_list(order["line_items"]))
    back = sum(abs(whole(line["quantity"])) for refund in refunds for line in a_list(refund.get("line_items") or []))
    left = sum(whole(line["quantity"]) for parcel in parcels for line in a_list(parcel["lines"]))
    return left >= ordered - back


def note_of(shipped: Shipped) -> str:
    """What staff read of a parcel."""
    contents = ", ".join(f"{qty} × {sku}" for sku, qty in shipped.lines)
    return "\n".join(part for part in (f"{shipped.carrier} {shipped.tracking_number}", shipped.tracking_url, contents) if part)


def note_of_return(returned: Returned) -> str:
    """What staff read of goods that came back."""
    return f"↩ {', '.join(f'{qty} × {sku}' for sku, qty in returned.lines)} ({returned.key})"
