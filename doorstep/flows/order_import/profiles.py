"""Reads mapping profiles: TOML that says how a file names and writes what we want to know.  Pure."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from doorstep.base import money
from doorstep.base.refusals import Refused
from doorstep.flows.order_import.values import BAD_PROFILE, Profile

REQUIRED = ("order_id", "placed_at", "sku", "quantity", "unit_price")
OPTIONAL = (
    "title", "line_discount", "currency", "customer_id", "email", "name", "phone", "language", "company", "address1",
    "address2", "city", "region", "postal_code", "country", "shipping", "tax", "taxes_included", "order_discount",
    "payment_state", "note", "tags", "shipping_service", "customer_groups", "cancelled",
)  # fmt: skip
COLUMNS = (*REQUIRED, *OPTIONAL)

# Section and key in the file -> field of Profile and type.
KEYS: dict[tuple[str, str], tuple[str, type]] = {
    ("file", "encoding"): ("encoding", str),
    ("file", "delimiter"): ("delimiter", str),
    ("file", "sheet"): ("sheet", str),
    ("dates", "form"): ("date_form", str),
    ("dates", "time_zone"): ("time_zone", str),
    ("numbers", "decimal"): ("decimal", str),
    ("numbers", "thousands"): ("thousands", str),
    ("money", "currency"): ("currency", str),
    ("cancellations", "order_id_starts_with"): ("cancellation_prefix", str),
    ("cancellations", "words"): ("cancellation_words", list),
    ("products", "fold_sku_case"): ("fold_sku_case", bool),
    ("products", "not_products"): ("not_products", list),
    ("products", "shipping"): ("shipping", list),
    ("products", "stock_corrections"): ("stock_corrections", bool),
    ("customers", "name"): ("customer_name", str),
    ("customers", "guest"): ("guest_name", str),
    ("customers", "language"): ("language", str),
}


def parse(text: str, *, name: str, encoding: str = "") -> Profile:
    """A profile from its TOML text; `encoding` overrules what it says.

    Refuses: bad TOML, unknown keys, wrong types, settings that mean nothing.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise _bad(f"{name} is not TOML: {trouble}") from None
    return of_document(document, name=name, encoding=encoding)


def of_document(document: Mapping[str, Any], *, name: str, encoding: str = "") -> Profile:
    """A profile from what its TOML says, wherever that was kept.  Refuses: as `parse`, but for the TOML."""
    columns = _table(document, "columns")
    for ours in columns:
        if ours not in COLUMNS:
            raise _bad(f"[columns] {ours}, which is not one of {', '.join(COLUMNS)}")
    fields: dict[str, Any] = {"columns": columns or {c: c for c in COLUMNS}, "countries": _table(document, "countries")}
    for section, content in document.items():
        if section in ("columns", "countries", "name"):
            continue
        if not isinstance(content, dict):
            raise _bad(f"{section}, which is not a section")
        for key, value in content.items():
            fields |= _setting(section, key, value)
    if encoding:
        fields["encoding"] = encoding
    return _checked(Profile(name=str(document.get("name", name)), **fields))


def _table(document: Mapping[str, Any], section: str) -> dict[str, str]:
    found = document.get(section, {})
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise _bad(f"[{section}] with something other than text")
    return dict(found)


def _setting(section: str, key: str, given: Any) -> dict[str, Any]:
    known = KEYS.get((section, key))
    if known is None:
        raise _bad(f"[{section}] {key}, which is not known")
    name, kind = known
    value: Any = given  # of the kind that the table says, which types cannot follow
    if not isinstance(given, kind) or (kind is list and not all(isinstance(v, str) for v in value)):
        raise _bad(f"[{section}] {key} of another type than {kind.__name__}")
    if name == "cancellation_words":
        return {name: frozenset(v.casefold() for v in value)}
    return {name: tuple(value) if kind is list else value}


def _checked(profile: Profile) -> Profile:
    """The profile itself.  Refuses: what could only fail later, row by row."""
    try:
        codecs.lookup(profile.encoding)
        ZoneInfo(profile.time_zone)
    except (LookupError, ZoneInfoNotFoundError, ValueError):
        raise _bad(
            f"encoding {profile.encoding} and time zone {profile.time_zone}, one of which is not known"
        ) from None
    if profile.currency:
        money.digits_of(profile.currency)
    if profile.decimal not in (".", ",") or profile.decimal == profile.thousands:
        raise _bad("that the decimal sign is neither . nor , or the same as the thousands sign")
    if len(profile.delimiter) > 1:
        raise _bad("a delimiter of more than one character")
    if not profile.currency and "currency" not in profile.columns:
        raise _bad("neither [money] currency nor a column for it")
    missing = [c for c in REQUIRED if c not in profile.columns]
    if missing:
        raise _bad(f"no column for {', '.join(missing)}")
    for template in (profile.customer_name, profile.guest_name):
        try:
            template.format(customer_id="", order_id="")
        except (KeyError, IndexError, ValueError):
            raise _bad(f"the name “{template}”; use {{customer_id}} or {{order_id}}") from None
    return profile


def _bad(problem: str) -> Refused:
    return Refused(BAD_PROFILE, {"problem": problem})
