"""Money is an integer of minor units and an ISO 4217 code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision

from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

MAX_MINOR = 10**15
LONGEST_TYPED = 40
# A comma or a point before three digits parts thousands in one country and begins a fraction in another.
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]+)?")
_COMMA = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+),[0-9]{1,2}")
_PLAIN = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")

UNKNOWN_CURRENCY = Refusal(
    "unknown_currency",
    gettext_noop("%(currency)s is not an ISO 4217 currency."),
    gettext_noop("Send a code such as KRW, USD or EUR."),
    status=422,
)
BAD_AMOUNT = Refusal(
    "bad_amount",
    gettext_noop("%(amount)s is not an amount in %(currency)s."),
    gettext_noop("Send a plain decimal with no more digits than the currency has."),
    status=422,
)


@lru_cache(maxsize=512)
def digits_of(currency: str) -> int:
    """How many decimals a currency has: KRW 0, USD 2, KWD 3.  Refuses: unknown codes.  Source: CLDR."""
    if len(currency) != 3 or not currency.isascii() or not currency.isupper() or currency not in _known():
        raise Refused(UNKNOWN_CURRENCY, {"currency": currency[:20]})
    return get_currency_precision(currency)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(get_global("all_currencies"))


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """Units: minor units of the currency (cents; whole won)."""

    minor: int
    currency: str

    def __repr__(self) -> str:
        """As a dataclass writes it, without its guard against rings: fingerprints of orders are made of it."""
        return f"Money(minor={self.minor!r}, currency={self.currency!r})"

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, qty: int) -> Money:
        return Money(self.minor * qty, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-digits_of(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"


@lru_cache(maxsize=512)
def zero(currency: str) -> Money:
    """Nothing, in a currency."""
    return Money(0, currency)


def parse(amount: str | int | Decimal, currency: str) -> Money:
    """Reads a decimal amount exactly.

    Units: major units in, minor units out.  Refuses: unknown currency, more digits than it has, absurd sizes.
    """
    return _of_text(amount, currency) if isinstance(amount, str) else _exactly(amount, currency)


def typed(text: str, currency: str) -> Money:
    """Reads an amount as people write it: 1,234.50 and 1.234,50 are the same.

    Units, Refuses: as `parse`; and what could be read in two ways, such as 1.234 where there are cents.
    """
    bare = "".join(text.split()) if len(text) <= LONGEST_TYPED else ""
    sign, number = ("-", bare[1:]) if bare[:1] == "-" else ("", bare)
    digits = digits_of(currency)
    if _THOUSANDS.fullmatch(number):
        number = number.replace(",", "")
    elif digits and _COMMA.fullmatch(number):
        number = number.replace(".", "").replace(",", ".")
    whole, _, fraction = number.partition(".")
    in_doubt = len(fraction) == 3 != digits and bool(whole.strip("0"))
    if in_doubt or not _PLAIN.fullmatch(number):
        raise Refused(BAD_AMOUNT, {"amount": text[:40], "currency": currency})
    return parse(sign + number, currency)


@lru_cache(maxsize=4096)  # prices come again and again
def _of_text(amount: str, currency: str) -> Money:
    return _exactly(amount, currency)


def _exactly(amount: str | int | Decimal, currency: str) -> Money:
    digits = digits_of(currency)
    try:
        value = Decimal(amount).scaleb(digits)
    except (ArithmeticError, ValueError):
        raise Refused(BAD_AMOUNT, {"amount": str(amount)[:40], "currency": currency}) from None
    if not value.is_finite() or abs(value) > MAX_MINOR or value != value.to_integral_value():
        raise Refused(BAD_AMOUNT, {"amount": str(amount)[:40], "currency": currency})
    return Money(int(value), currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, zero for none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def split(amount: Money, weights: Sequence[int]) -> list[Money]:
    """Shares an amount by weight so that the shares sum exactly to it (largest remainder, ties to the first).

    Shapes: one share per weight, in order.  Refuses: negative weights.
    """
    if not weights or any(w < 0 for w in weights):
        raise ValueError("weights must be given and not negative")
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    sign, size = (-1, -amount.minor) if amount.minor < 0 else (1, amount.minor)
    shares = [size * w // whole for w in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_remainder[: size - sum(shares)]:
        shares[i] += 1
    return [Money(sign * share, amount.currency) for share in shares]


def show(amount: Money, language: str) -> str:
    """The amount as a reader of that language writes it."""
    locale = "ko_KR" if language == "ko" else "en_US"
    return str(format_currency(amount.decimal, amount.currency, locale=locale))
