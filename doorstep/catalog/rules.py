"""Barcodes and the checks of what a person writes about products."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from doorstep.base import money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.texts import one_line
from doorstep.base.words import gettext_noop
from doorstep.catalog.values import Handling, ProductDraft, ProductStatus, VariantDraft, VariantItem

GTIN_LENGTHS = (8, 12, 13, 14)
_COUNTRY = re.compile(r"[A-Z]{2}")
_HS_CODE = re.compile(r"[0-9]{4,12}")  # four are a heading; countries add to the six that all have in common
MAX_WEIGHT_G = 10_000_000
MAX_SIDE_MM = 10_000
MAX_OPTIONS = 5


def check_digit(digits: str) -> int:
    """The GTIN check digit of the digits before it.  Source: GS1 General Specifications, 7.9."""
    return -sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))) % 10


def is_gtin(code: str) -> bool:
    """Whether a code is an EAN-8, UPC-A, EAN-13 or GTIN-14 with the right check digit."""
    return len(code) in GTIN_LENGTHS and code.isascii() and code.isdigit() and check_digit(code[:-1]) == int(code[-1])


def normalise_barcode(code: str) -> str:
    """The code without the spaces and hyphens that people type into GTINs; other codes only lose their edges."""
    stripped = one_line(code, 64)
    bare = re.sub(r"[\s-]", "", stripped)
    return bare if bare.isascii() and bare.isdigit() else stripped


def barcode_forms(code: str) -> list[str]:
    """Every way in which the same barcode may be kept, the given one first.

    A scanner may tell a UPC-A with a leading zero, or a GS1 element string (01)GTIN.
    """
    found = [normalise_barcode(code)]
    element = re.fullmatch(r"(?:\]..)?\(?01\)?(\d{14}).*", found[0])
    if element:
        found.append(element.group(1))
    for form in list(found):
        if form.isdigit() and len(form) in GTIN_LENGTHS and is_gtin(form):
            bare = form.lstrip("0")
            found += [bare.zfill(n) for n in (12, 13, 14, 8) if len(bare) <= n]
    return list(dict.fromkeys(form for form in found if form))


def check_product(draft: ProductDraft) -> ProductDraft:
    """The draft, tidied.  Refuses: no title, unknown status, too many or repeated option names."""
    title = one_line(draft.title, 255)
    if not title:
        raise _invalid(gettext_noop("Title"), gettext_noop("must not be empty"))
    if draft.status not in set(ProductStatus):
        raise _invalid(gettext_noop("Status"), gettext_noop("is not known"))
    names = tuple(one_line(name, 40) for name in draft.option_names)
    if len(names) > MAX_OPTIONS or len(set(names)) != len(names) or "" in names:
        raise _invalid(gettext_noop("Options"), gettext_noop("need up to five different names"))
    return replace(
        draft,
        title=title,
        description=draft.description.replace("\x00", "")[:20_000],
        category=one_line(draft.category, 80),
        option_names=names,
    )


def check_variant(draft: VariantDraft, *, hs_code_was: str = "") -> VariantDraft:
    """The draft, tidied.  Refuses: no SKU, negative price, absurd weight, a country or a HS code that is no code.

    `hs_code_was`: what stands there already stays, so that nobody has to mend it before a price can change.
    """
    sku = one_line(draft.sku, 65)
    if not sku or len(sku) > 64:
        raise _invalid("SKU", gettext_noop("needs 1 to 64 characters"))
    money.digits_of(draft.price.currency)
    if not 0 <= draft.price.minor <= money.MAX_MINOR:
        raise _invalid(gettext_noop("Price"), gettext_noop("must not be negative"), {"sku": sku})
    if not 0 <= draft.weight_g <= MAX_WEIGHT_G:
        raise _invalid(gettext_noop("Weight"), gettext_noop("must be between 0 and 10,000 kg"), {"sku": sku})
    country = draft.country_of_origin.strip().upper()
    if country and not _COUNTRY.fullmatch(country):
        raise _invalid(gettext_noop("Country of origin"), gettext_noop("is a code of two letters"), {"sku": sku})
    return replace(
        draft,
        sku=sku,
        barcode=normalise_barcode(draft.barcode),
        options=tuple(one_line(option, 80) for option in draft.options),
        hs_code=draft.hs_code if draft.hs_code == hs_code_was else _check_hs_code(draft.hs_code, sku),
        country_of_origin=country,
        handling=_check_handling(draft.handling, sku),
    )


def _check_hs_code(text: str, sku: str) -> str:
    """A HS code without what people write between its digits: a part of one, or a word, is told to no customs."""
    plain = re.sub(r"[\s.\-]", "", one_line(text, 40))
    if plain and not _HS_CODE.fullmatch(plain):
        raise _invalid(gettext_noop("HS code"), gettext_noop("has 4 to 12 digits"), {"sku": sku})
    return plain


def _check_handling(handling: Handling, sku: str) -> Handling:
    """How it is packed, tidied.  Refuses: dimensions that cannot be."""
    if handling.dims_mm is not None and not all(1 <= side <= MAX_SIDE_MM for side in handling.dims_mm):
        raise _invalid(gettext_noop("Dimensions"), gettext_noop("must be between 1 mm and 10 m, all three or none"), {"sku": sku})
    return replace(handling, hazmat=one_line(handling.hazmat, 80))


def check_item(item: VariantItem) -> VariantItem:
    """An imported item, tidied like a variant.  Refuses: as `check_variant`."""
    draft = check_variant(as_draft(item))
    return replace(
        item,
        sku=draft.sku,
        barcode=draft.barcode,
        options=draft.options,
        hs_code=draft.hs_code,
        country_of_origin=draft.country_of_origin,
        handling=draft.handling,
        title=one_line(item.title, 255) or draft.sku,
        product=one_line(item.product, 255),
        category=one_line(item.category, 80),
        option_names=tuple(one_line(name, 40) for name in item.option_names if name.strip())[:MAX_OPTIONS],
    )


def as_draft(item: VariantItem) -> VariantDraft:
    """The variant within an imported item."""
    return VariantDraft(
        item.sku, item.price, item.barcode, item.options, item.weight_g, item.hs_code, item.country_of_origin,
        handling=item.handling,
    )  # fmt: skip


def _invalid(name: str, problem: str, facts: Mapping[str, object] | None = None) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem, **(facts or {})})
