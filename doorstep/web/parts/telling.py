"""What changed from what to what, in words, for the why of a timeline line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FIELDS = {
    "title": _("Title"), "description": _("Description"), "category": _("Category"),
    "final_sale": _("Final sale"), "status": _("Status"), "sku": "SKU",
    "barcode": _("Barcode"), "price_minor": _("Price"), "currency": _("Currency"), "weight_g": _("Weight"),
    "options": _("Options"), "hs_code": _("HS code"), "country_of_origin": _("Country of origin"),
    "archived": _("Archived"), "name": _("Name"), "email": _("E-mail"), "phone": _("Phone"), "language": _("Language"),
    "country": _("Country"), "accepts_marketing": _("Marketing consent"), "code": _("Code"), "kind": _("Kind"),
    "company": _("Company"), "lines": _("Address"), "postal_code": _("Postal code"), "city": _("City"),
    "region": _("Region"), "latitude": _("Latitude"), "longitude": _("Longitude"), "timezone": _("Time zone"),
    "serves": _("Serves"), "fulfils_online": _("Fulfils online orders"),
    "handling_minor": _("Handling a parcel"), "capacity_per_day": _("Parcels a day"), "weekdays": _("Working days"),
    "holidays": _("Holidays"), "cut_off": _("Cut-off"), "pickups": _("Pick-ups"), "priority": _("Stock priority"),
}  # fmt: skip


def changes(before: Mapping[str, Any], after: Mapping[str, Any] | None = None) -> str:
    """ "Title: Old → New" for every field; only what was before where `after` is not told."""
    parts = []
    for name, was in before.items():
        now = f" → {_shown(after[name])}" if after is not None and name in after else ""
        parts.append(f"{FIELDS.get(name, name)}: {_shown(was)}{now}")
    return ", ".join(parts)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return " / ".join(str(part) for part in value) or "–"
    text = str(value) if value not in ("", None) else "–"
    return text if len(text) <= 80 else text[:79] + "…"
