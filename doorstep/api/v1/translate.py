"""An order as the API tells it → OrderDraft. Pure: exact limits, every mistake named by a pointer.

The shapes that come in need only the attributes read here, so that another decoder than pydantic's can stand before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from babel import Locale

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft, PaymentState
from doorstep.stock.values import OWN_MARKS

MOST_LINES = 500
MOST_UNITS = 1_000_000
MOST_TAGS = 20
MOST_ADDRESS_LINES = 5
LONGEST = {
    "external_id": 200, "name": 60, "note": 2000, "tag": 60, "sku": 64, "title": 255, "person": 200, "email": 254,
    "phone": 40, "company": 120, "line": 200, "city": 120, "region": 120, "postal_code": 20, "identity": 200, "service": 100,
}  # fmt: skip
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = timedelta(days=1)
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")
LANGUAGE = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{2,8}){0,3}")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CONTROLS_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
OF_THE_HOUSE = gettext_noop("begins like the tokens that the house gives itself.")
TAKEN_STATES = (PaymentState.PENDING, PaymentState.AUTHORISED, PaymentState.PAID)


class Amount(Protocol):
    amount: str
    currency: str


class Units(Protocol):
    order_line_id: int
    qty: int


def units_of(lines: Sequence[Units]) -> dict[int, int]:
    """How many of each order line are meant; a line that is named twice counts for both."""
    units: dict[int, int] = {}
    for line in lines:
        units[line.order_line_id] = units.get(line.order_line_id, 0) + line.qty
    return units


class Mistakes:
    """Collects what is wrong; readers of one field give a harmless value back so that the next can be read too."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def add(self, pointer: str, code: str, says: str, **facts: object) -> None:
        """Notes one mistake."""
        self.found.append(Mistake(pointer, code, says, facts))

    def refuse(self) -> None:
        """Refuses the request when anything was wrong."""
        if self.found:
            raise Mistaken(self.found)

    def text(self, pointer: str, value: str, *, longest: int, required: bool = False, lines: bool = False) -> str:
        """One text without its margins; a note may have several lines."""
        if not value and not required:
            return value
        stripped = value.strip()
        if not stripped and not required:
            return ""
        if not stripped.isprintable() and (CONTROLS_BUT_LINES if lines else CONTROLS).search(stripped):
            self.add(pointer, "control_characters", gettext_noop("holds control characters."))
        elif len(stripped) > longest:
            self.add(pointer, "too_long", gettext_noop("is longer than %(most)s characters."), most=longest)
        elif required and not stripped:
            self.add(pointer, "missing", gettext_noop("must not be empty."))
        return stripped

    def whole(self, pointer: str, value: int, *, low: int, high: int) -> int:
        """A whole number within limits."""
        if isinstance(value, bool) or not low <= value <= high:
            self.add(pointer, "out_of_range", gettext_noop("must be from %(low)s to %(high)s."), low=low, high=high)
            return low
        return value

    def currency(self, pointer: str, code: str) -> str:
        """A currency that exists; KRW stands in for one that does not."""
        try:
            money.digits_of(code)
        except Refused:
            self.add(
                pointer,
                "unknown_currency",
                gettext_noop("%(currency)s is not an ISO 4217 currency."),
                currency=code[:20],
            )
            return "KRW"
        return code

    def money(self, pointer: str, value: Amount | None, currency: str, *, negative: bool = False) -> Money:
        """An exact amount in the one currency of the request; nothing is zero."""
        if value is None:
            return money.zero(currency)
        if value.currency != currency:
            self.add(
                f"{pointer}/currency", "currency_mismatch", gettext_noop("is not the currency of the rest, %(wanted)s."),
                wanted=currency,
            )  # fmt: skip
            return Money(0, currency)
        try:
            if not AMOUNT.fullmatch(value.amount):
                raise Refused(money.BAD_AMOUNT)
            found = money.parse(value.amount, currency)
        except Refused:
            self.add(
                f"{pointer}/amount",
                "bad_amount",
                gettext_noop("is not a decimal amount in %(currency)s."),
                currency=currency,
            )
            return Money(0, currency)
        if found.minor < 0 and not negative:
            self.add(f"{pointer}/amount", "out_of_range", gettext_noop("must not be negative."))
            return Money(0, currency)
        return found

    def country(self, pointer: str, code: str) -> str:
        """An ISO 3166 country of two capitals."""
        if code not in countries():
            self.add(pointer, "unknown_country", gettext_noop("is not an ISO 3166 country such as KR."))
        return code

    def moment(self, pointer: str, value: str, *, earliest: datetime, latest: datetime) -> datetime:
        """An RFC 3339 moment with its offset, within limits, in UTC."""
        try:
            found = datetime.fromisoformat(value)
            if found.tzinfo is None or len(value) > 40:
                raise ValueError("no offset")
            found = found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.add(
                pointer,
                "bad_moment",
                gettext_noop("is not a moment with an offset, such as 2026-11-23T09:00:00+09:00."),
            )
            return latest
        if not earliest <= found <= latest:
            self.add(
                pointer, "out_of_range", gettext_noop("must be from %(low)s to %(high)s."),
                low=earliest.isoformat(timespec="seconds"), high=latest.isoformat(timespec="seconds"),
            )  # fmt: skip
        return found


def read_since(text: str, now: datetime, field: str = "updated_since") -> datetime:
    """The moment in a parameter.  Refuses: what is none."""
    wrong = Mistakes()
    since = wrong.moment(field, text, earliest=datetime(1970, 1, 1, tzinfo=UTC), latest=now + LATEST)
    wrong.refuse()
    return since


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Every ISO 3166-1 alpha-2 code.  Source: CLDR."""
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES


def order_draft(order: Any, *, now: datetime, connection_id: int = 0) -> OrderDraft:
    """The draft of an order from the API.  Refuses: every mistake at once, each with its pointer."""
    wrong = Mistakes()
    currency = wrong.currency("/currency", order.currency)
    external_id = wrong.text("/external_id", order.external_id, longest=LONGEST["external_id"], required=True)
    if not 1 <= len(order.lines) <= MOST_LINES:
        wrong.add("/lines", "out_of_range", gettext_noop("must be from %(low)s to %(high)s."), low=1, high=MOST_LINES)
        wrong.refuse()
    draft = OrderDraft(
        external_id=external_id,
        currency=currency,
        lines=tuple(_line(wrong, f"/lines/{i}", line, currency) for i, line in enumerate(order.lines)),
        buyer=_buyer(wrong, order.customer),
        ship_to=address(wrong, "/ship_to", order.ship_to),
        placed_at=_placed_at(wrong, order.placed_at, now),
        connection_id=connection_id,
        name=wrong.text("/name", order.name, longest=LONGEST["name"]) or external_id[: LONGEST["name"]],
        shipping_minor=wrong.money("/shipping", order.shipping, currency).minor,
        tax_minor=wrong.money("/tax", order.tax, currency).minor,
        taxes_included=order.taxes_included,
        discount_minor=wrong.money("/discount", order.discount, currency).minor,
        payment_state=_payment_state(wrong, "pending" if order.payment else order.payment_state),
        payment_method=order.payment.method if order.payment else "",
        note=wrong.text("/note", order.note, longest=LONGEST["note"], lines=True),
        tags=tags(wrong, "/tags", order.tags),
        shipping_service=wrong.text("/shipping_service", order.shipping_service, longest=LONGEST["service"]),
        customer_groups=tags(wrong, "/customer/groups", order.customer.groups) if order.customer else (),
        reservation=order.reservation,
    )
    if draft.reservation.startswith(OWN_MARKS):
        wrong.add("/reservation", "bad_token", OF_THE_HOUSE)
    _check_totals(wrong, draft)
    wrong.refuse()
    return draft


def tags(wrong: Mistakes, pointer: str, given: Sequence[str]) -> tuple[str, ...]:
    """Tags without repeats, in the order given."""
    if len(given) > MOST_TAGS:
        wrong.add(pointer, "out_of_range", gettext_noop("must be from %(low)s to %(high)s."), low=0, high=MOST_TAGS)
    found = [
        wrong.text(f"{pointer}/{i}", tag, longest=LONGEST["tag"], required=True)
        for i, tag in enumerate(given[:MOST_TAGS])
    ]
    return tuple(dict.fromkeys(found))


def address(wrong: Mistakes, pointer: str, given: Any) -> Address:
    """Where a parcel can go: a name, at least one line, a city and a country."""
    if not 1 <= len(given.lines) <= MOST_ADDRESS_LINES:
        wrong.add(
            f"{pointer}/lines", "out_of_range", gettext_noop("must be from %(low)s to %(high)s."),
            low=1, high=MOST_ADDRESS_LINES,
        )  # fmt: skip

    def text(field: str, longest: str, required: bool = False) -> str:
        return wrong.text(f"{pointer}/{field}", getattr(given, field), longest=LONGEST[longest], required=required)

    lines = [
        wrong.text(f"{pointer}/lines/{i}", line, longest=LONGEST["line"], required=i == 0)
        for i, line in enumerate(given.lines[:MOST_ADDRESS_LINES])
    ]
    return Address(
        name=text("name", "person", True),
        lines=tuple(line for line in lines if line),
        city=text("city", "city", True),
        country=wrong.country(f"{pointer}/country", given.country),
        postal_code=text("postal_code", "postal_code"),
        region=text("region", "region"),
        company=text("company", "company"),
        phone=text("phone", "phone"),
    )


def _line(wrong: Mistakes, pointer: str, line: Any, currency: str) -> LineDraft:
    draft = LineDraft(
        sku=wrong.text(f"{pointer}/sku", line.sku, longest=LONGEST["sku"], required=True),
        qty=wrong.whole(f"{pointer}/qty", line.qty, low=1, high=MOST_UNITS),
        unit_price=wrong.money(f"{pointer}/unit_price", line.unit_price, currency),
        title=wrong.text(f"{pointer}/title", line.title, longest=LONGEST["title"]),
        discount_minor=wrong.money(f"{pointer}/discount", line.discount, currency).minor,
    )
    worth = draft.unit_price.minor * draft.qty
    if worth > money.MAX_MINOR:
        wrong.add(pointer, "absurd_amount", gettext_noop("is worth more than can be kept."))
    elif draft.discount_minor > worth:
        wrong.add(f"{pointer}/discount", "discount_too_large", gettext_noop("is more than what it is taken off."))
    return draft


def _buyer(wrong: Mistakes, given: Any) -> Buyer:
    if given is None:
        return Buyer()
    email = wrong.text("/customer/email", given.email, longest=LONGEST["email"])
    if email and not EMAIL.fullmatch(email):
        wrong.add("/customer/email", "bad_email", gettext_noop("is not an e-mail address."))
    language = given.language.strip()
    if language and not LANGUAGE.fullmatch(language):
        wrong.add("/customer/language", "bad_language", gettext_noop("is not a language code such as ko."))
    known_as = wrong.text("/customer/external_id", given.external_id, longest=LONGEST["identity"])
    return Buyer(
        name=wrong.text("/customer/name", given.name, longest=LONGEST["person"]),
        email=email,
        phone=wrong.text("/customer/phone", given.phone, longest=LONGEST["phone"]),
        language=language[:2].lower(),
        accepts_marketing=given.accepts_marketing,
        identities=(("api", known_as),) if known_as else (),
    )


def _placed_at(wrong: Mistakes, value: str, now: datetime) -> datetime:
    return wrong.moment("/placed_at", value, earliest=EARLIEST, latest=now + LATEST)


def _payment_state(wrong: Mistakes, state: str) -> PaymentState:
    if state not in TAKEN_STATES:
        wrong.add(
            "/payment_state",
            "unknown_choice",
            gettext_noop("is none of: %(choices)s."),
            choices=", ".join(TAKEN_STATES),
        )
        return PaymentState.PAID
    return PaymentState(state)


def _check_totals(wrong: Mistakes, draft: OrderDraft) -> None:
    subtotal = draft.subtotal_minor
    if subtotal > money.MAX_MINOR or draft.total_of(subtotal) > money.MAX_MINOR:
        wrong.add("", "absurd_amount", gettext_noop("The order is worth more than can be kept."))
    elif sum(line.qty for line in draft.lines) > MOST_UNITS:
        wrong.add("/lines", "out_of_range", gettext_noop("must be from %(low)s to %(high)s."), low=1, high=MOST_UNITS)
    elif draft.discount_minor > subtotal:
        wrong.add("/discount", "discount_too_large", gettext_noop("is more than what it is taken off."))
