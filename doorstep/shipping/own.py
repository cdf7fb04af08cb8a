"""Carriers whose labels we make ourselves: their rate sheets, and the books of the numbers that were given out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.locations import queries as locations
from doorstep.locations import rules as geography
from doorstep.shipping import events
from doorstep.shipping.queries import CARRIERS
from doorstep.shipping.sheets import reading, rules
from doorstep.shipping.sheets.values import BAD_SHEET, NotQuoted, Place, Quoted, Sheet

BY_RANGE, BY_HAND = "range", "hand"
CHECKS = ("none", "mod7", "mod10")
LONGEST_SERIAL = 15
AT_ONCE = 100  # numbers that are looked at together
NUMBERS = ("number_mode", "number_prefix", "number_first", "number_last", "number_check")
PLAIN = (BY_RANGE, "", "1", "999999999", "none")
USED_UP = gettext_noop("The range of tracking numbers is used up.")
NEEDS_A_NUMBER = gettext_noop("Its tracking numbers are typed by hand.")
_ISSUED = "SELECT id, key, number, service, cost_minor, cost_currency, asked, issued_at, voided_at FROM shipping_issuedlabel"


@dataclass(frozen=True, slots=True)
class SheetRow:
    id: int
    text: str
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A label of our own making."""

    id: int
    key: str
    number: str
    service: str
    cost_minor: int
    cost_currency: str
    asked: str
    issued_at: datetime
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a carrier's tracking numbers are made.  `check`: the digit behind them, none, mod7 or mod10."""

    mode: str = BY_RANGE
    prefix: str = ""
    first: int = 1
    last: int = 999_999_999
    check: str = "none"

    def number(self, serial: int) -> str:
        """The number of a serial; all are of one length."""
        text = f"{self.prefix}{serial:0{len(str(self.last))}}"
        digits = "".join(char for char in text if char.isdigit())
        if self.check == "mod7":
            return f"{text}{int(digits) % 7}"
        return f"{text}{_luhn(digits)}" if self.check == "mod10" else text


def _luhn(digits: str) -> int:
    """The check digit by ISO/IEC 7812-1, annex B."""
    doubled = [int(d) * (2 - n % 2) for n, d in enumerate(reversed(digits))]
    return -sum(d - 9 if d > 9 else d for d in doubled) % 10


def numbers_of(settings: Mapping[str, str]) -> Numbers:
    """How the numbers of an account are made."""
    plain = Numbers()
    return Numbers(
        settings.get("number_mode", plain.mode), settings.get("number_prefix", ""), int(settings.get("number_first", plain.first)),
        int(settings.get("number_last", plain.last)), settings.get("number_check", plain.check),
    )  # fmt: skip


def is_by_hand(settings: Mapping[str, str]) -> bool:
    """Whether a person types the numbers of an account."""
    return numbers_of(settings).mode == BY_HAND


def check_numbers(mode: str, prefix: str, first: str, last: str, check: str) -> dict[str, str]:
    """Settings of an account.  Refuses: a range that is none, prefixes that no barcode carries."""
    fits = all(text.isascii() and text.isdigit() and len(text) <= LONGEST_SERIAL for text in (first, last))
    if mode not in (BY_RANGE, BY_HAND) or check not in CHECKS or not fits or not int(first) <= int(last) < 10**15:
        raise Refused(INVALID, {"field": "number_last", "problem": gettext_noop("A range goes from a number to a higher one.")})
    if len(prefix) > 10 or not (prefix == "" or (prefix.isascii() and prefix.isalnum())):
        raise Refused(INVALID, {"field": "number_prefix", "problem": gettext_noop("At most ten letters and digits.")})
    return dict(zip(NUMBERS, (mode, prefix.upper(), str(int(first)), str(int(last)), check), strict=True))


@transaction.atomic
def set_numbers(ctx: Ctx, *, carrier_id: int, settings: Mapping[str, str]) -> None:
    """Says how an account's tracking numbers are made.  Emits: CarrierChanged, where anything differs.  Locks: the carrier."""
    row = CARRIERS.lock(ctx, id=carrier_id)
    if row.settings | dict(settings) != row.settings:
        CARRIERS.merge_settings(ctx, id=carrier_id, settings=settings)
        CARRIERS.record(ctx, events.CARRIER_CHANGED, id=carrier_id, data={"name": row.name})


@transaction.atomic
def save_sheet(ctx: Ctx, *, carrier_id: int, text: str) -> int:
    """Keeps a new rate sheet, which counts from now on; the same text again changes nothing.

    Returns: its id.  Emits: RatesSaved.  Refuses: what cannot be read (`BAD_SHEET`), unknown carriers.  Locks: the carrier.
    """
    row = CARRIERS.lock(ctx, id=carrier_id)
    preview = reading.read(text)
    if preview.sheet is None:
        first = preview.problems[0]
        raise Refused(BAD_SHEET, {"line": first.line, "problem": first.said, "field": "sheet"})
    known = find_sheet_row(ctx, carrier_id=carrier_id)
    if known is not None and known.text == text:
        return known.id
    made: int = db.scalar(
        """INSERT INTO shipping_ratesheet (organisation_id, carrier_id, text, saved_at, saved_by)
           VALUES (%s, %s, %s, %s, %s) RETURNING id""",
        [ctx.organisation_id, carrier_id, text, ctx.now, ctx.actor.name[:80]],
    )
    services = ", ".join(service.name for service in preview.sheet.services)[:200]
    CARRIERS.record(ctx, events.RATES_SAVED, id=carrier_id, data={"name": row.name, "services": services})
    return made


def find_sheet_row(ctx: Ctx, *, carrier_id: int) -> SheetRow | None:
    """The sheet of a carrier that counts, as it was pasted."""
    return db.one(
        SheetRow,
        """SELECT id, text, saved_at, saved_by FROM shipping_ratesheet WHERE organisation_id = %s AND carrier_id = %s
            ORDER BY id DESC LIMIT 1""",
        [ctx.organisation_id, carrier_id],
    )


def find_sheet(ctx: Ctx, *, carrier_id: int) -> Sheet | None:
    """The sheet of a carrier that counts."""
    row = find_sheet_row(ctx, carrier_id=carrier_id)
    return reading.read(row.text, is_kept=True).sheet if row else None


def quote(
    sheet: Sheet, *, origin: Mapping[str, Any], to: Mapping[str, Any], weight_g: int, dims_mm: Sequence[int] = (0, 0, 0)
) -> list[Quoted | NotQuoted]:
    """What each service of a sheet costs between two addresses."""
    ends = [rules.place(a.get("country"), a.get("postal_code")) for a in (origin, to)]
    return rules.quote(sheet, origin=ends[0], to=ends[1], weight_g=weight_g, dims_mm=dims_mm, km=find_km(*ends))


def find_km(origin: Place, to: Place) -> float | None:
    """How far two postal codes lie apart as the crow flies, where both are known.  Units: kilometres."""
    here, there = locations.find_many(places=[(p.country, p.postal_code) for p in (origin, to)])
    if here is None or there is None or origin.country != to.country:
        return None
    return geography.distance_km(here[:2], there[:2])


def fingerprint(*told: object) -> str:
    """What was asked for, so that one key stands for one wish."""
    return hashlib.sha256(repr(told).encode()).hexdigest()


def find_issued(ctx: Ctx, *, key: str) -> Issued | None:
    """What was made for a wish, given back or not."""
    return db.one(Issued, _ISSUED + " WHERE organisation_id = %s AND key = %s", [ctx.organisation_id, key])


@transaction.atomic
def issue(
    ctx: Ctx, *, carrier_id: int, key: str, service: str, cost: Money, asked: str, number: str = ""
) -> Issued | str:
    """A number of the carrier's for a wish; the same key gives the same one.

    `number`: typed by hand.  Returns: the label, or why there is none.  Locks: the carrier.
    """
    row = CARRIERS.lock(ctx, id=carrier_id)
    known = find_issued(ctx, key=key)
    if known is not None:
        return known
    numbers, serial = numbers_of(row.settings), None
    if not number:
        if numbers.mode == BY_HAND:
            return NEEDS_A_NUMBER
        newest = db.scalar(
            """SELECT max(serial) FROM shipping_issuedlabel
                WHERE organisation_id = %s AND carrier_id = %s AND serial BETWEEN %s AND %s""",
            [ctx.organisation_id, carrier_id, numbers.first, numbers.last],
        )
        serial = _next_free(ctx, carrier_id, numbers, numbers.first if newest is None else newest + 1)
        if serial is None:
            return USED_UP
        number = numbers.number(serial)
    db.execute(
        """INSERT INTO shipping_issuedlabel (organisation_id, carrier_id, key, serial, number, service, cost_minor, cost_currency,
                                             asked, issued_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [ctx.organisation_id, carrier_id, key, serial, number, service, cost.minor, cost.currency, asked, ctx.now],
    )  # fmt: skip
    return find_issued(ctx, key=key) or USED_UP


def _next_free(ctx: Ctx, carrier_id: int, numbers: Numbers, serial: int) -> int | None:
    """The first serial from here on whose number nobody typed, nor made of a range before.  Needs: the carrier locked."""
    for first in range(serial, numbers.last + 1, AT_ONCE):
        some = {numbers.number(n): n for n in range(first, min(first + AT_ONCE, numbers.last + 1))}
        taken = db.column(
            "SELECT number FROM shipping_issuedlabel WHERE organisation_id = %s AND carrier_id = %s AND number = ANY(%s)",
            [ctx.organisation_id, carrier_id, list(some)],
        )
        if free := some.keys() - set(taken):
            return min(some[number] for number in free)
    return None


@transaction.atomic
def issue_typed(ctx: Ctx, *, carrier_id: int, key: str, service: str, cost: Money, number: str) -> None:
    """Keeps a number that somebody typed for a wish.  Refuses: what no label can carry, a number that is taken.

    Locks: the carrier.
    """
    CARRIERS.lock(ctx, id=carrier_id)
    plain = "".join(number.split()).upper()
    if not 4 <= len(plain) <= 40 or not (plain.isascii() and plain.replace("-", "").isalnum()):
        raise Refused(INVALID, {"field": "number", "problem": gettext_noop("A tracking number has 4 to 40 letters and digits.")})
    taken = db.scalar(
        "SELECT count(*) FROM shipping_issuedlabel WHERE organisation_id = %s AND carrier_id = %s AND number = %s",
        [ctx.organisation_id, carrier_id, plain],
    )
    if taken:
        raise Refused(INVALID, {"field": "number", "problem": gettext_noop("Another parcel has this number.")})
    issue(ctx, carrier_id=carrier_id, key=key, service=service, cost=cost, asked="", number=plain)


@transaction.atomic
def take_back(ctx: Ctx, *, carrier_id: int, issued_id: int) -> bool:
    """Gives a label back as long as its parcel has not left; its number is not given out again.  Locks: the label."""
    number = db.scalar(
        "SELECT number FROM shipping_issuedlabel WHERE organisation_id = %s AND carrier_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, carrier_id, issued_id],
    )
    left = db.scalar(
        """SELECT count(*) FROM shipping_parcel WHERE organisation_id = %s AND carrier_id = %s AND tracking_number = %s
              AND state = 'handed_over'""",
        [ctx.organisation_id, carrier_id, number or ""],
    )
    if number is None or left:
        return False
    db.execute(
        "UPDATE shipping_issuedlabel SET voided_at = COALESCE(voided_at, %s) WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.organisation_id, issued_id],
    )
    return True
