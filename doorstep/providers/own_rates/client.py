"""A carrier without an interface: priced by a rate sheet of the brand, labelled by ourselves, its books our own tables."""

from __future__ import annotations

from datetime import UTC, datetime

from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.base.money import Money
from doorstep.base.needs import Need
from doorstep.base.registry import Settings
from doorstep.base.words import gettext_noop
from doorstep.providers.bare_carrier import BareCarrier
from doorstep.shipping import own
from doorstep.shipping.own import Issued
from doorstep.shipping.port import (
    Abilities,
    Bought,
    Credit,
    Declined,
    LabelFile,
    LabelWish,
    Manifested,
    ManifestWish,
    Rate,
)
from doorstep.shipping.sheets.values import NO_SHEET, NotQuoted
from doorstep.shipping.values import DRAWS_NONE

VOIDED = gettext_noop("The label of this wish was given back.")
ANOTHER = gettext_noop("This key was used for another parcel.")
NO_SUCH_SERVICE = gettext_noop("The rate sheet has no such service.")


class OwnRates(BareCarrier):
    """One carrier of the brand; `settings`: account (organisation:carrier)."""

    title = gettext_noop("Own rates")
    needs = tuple(Need(name, "", optional=True, hidden=True) for name in own.NUMBERS)
    abilities = Abilities(is_told=False, tracks=False, pushes=False, sells_by_sheet=True)

    def __init__(self, settings: Settings) -> None:
        organisation_id, _, carrier_id = settings.get("account", "0:0").partition(":")
        self._ctx = Ctx(int(organisation_id), SYSTEM, datetime.now(UTC), new_trace())
        self._id = int(carrier_id)

    def rates(self, wish: LabelWish) -> list[Rate]:
        """By the sheet, cheapest first."""
        sheet = own.find_sheet(self._ctx, carrier_id=self._id)
        found = own.quote(
            sheet, origin=wish.sender, to=wish.recipient, weight_g=wish.weight_g, dims_mm=wish.dims_mm
        ) if sheet else []  # fmt: skip
        rates = [Rate(one.service, one.price, one.transit_days) for one in found if not isinstance(one, NotQuoted)]
        return sorted(rates, key=lambda r: (r.price.minor, r.transit_days is None, r.transit_days, r.service))

    def buy_label(self, wish: LabelWish) -> Bought | Declined:
        """A number from the range, kept under the key of the wish."""
        asked = own.fingerprint(wish.service, dict(wish.sender), dict(wish.recipient), wish.weight_g, wish.dims_mm)
        known = own.find_issued(self._ctx, key=wish.key)
        if known is None:
            price = self._price(wish)
            if isinstance(price, str):
                return Declined(price)
            made = own.issue(self._ctx, carrier_id=self._id, key=wish.key, service=wish.service, cost=price, asked=asked)
            if isinstance(made, str):
                return Declined(made)
            known = made
        if known.voided_at is not None:
            return Declined(VOIDED)
        return _bought(known) if known.asked in (asked, "") else Declined(ANOTHER)

    def _price(self, wish: LabelWish) -> Money | str:
        sheet = own.find_sheet(self._ctx, carrier_id=self._id)
        if sheet is None:
            return NO_SHEET
        found = own.quote(sheet, origin=wish.sender, to=wish.recipient, weight_g=wish.weight_g, dims_mm=wish.dims_mm)
        mine = next((one for one in found if one.service == wish.service), None)
        if mine is None:
            return NO_SUCH_SERVICE
        return mine.reason if isinstance(mine, NotQuoted) else mine.price

    def find_label(self, key: str) -> Bought | None:
        """By the key of the wish."""
        known = own.find_issued(self._ctx, key=key)
        return _bought(known) if known and known.voided_at is None else None

    def fetch_label(self, vendor_id: str, language: str) -> LabelFile | Declined:
        """It draws none: its labels are ours to draw."""
        return Declined(DRAWS_NONE)

    def void_label(self, vendor_id: str) -> bool:
        """As long as the parcel has not left."""
        return own.take_back(self._ctx, carrier_id=self._id, issued_id=int(vendor_id))

    def credit_of(self, vendor_id: str) -> Credit:
        """What was never sent is never invoiced."""
        return Credit.GIVEN

    def close_day(self, wish: ManifestWish) -> Manifested | Declined:
        """Our own paper is the manifest; its key is its number."""
        return Manifested(wish.key, f"M{own.fingerprint(wish.key)[:10].upper()}")


def _bought(known: Issued) -> Bought:
    return Bought(str(known.id), known.number, "", known.service, Money(known.cost_minor, known.cost_currency))
