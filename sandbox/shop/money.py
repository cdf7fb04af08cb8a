"""Amounts as a shop shows them: decimal strings with as many decimals as the currency has.

Source: https://www.iso.org/iso-4217-currency-codes.html (minor units).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from sandbox.serving import Refusal

_DECIMALS = {"KRW": 0, "JPY": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "JOD": 3, "TND": 3}


def parse_amount(text: object, currency: str) -> int:
    """Minor units of a decimal string; refuses 422 where it has more decimals than the currency, or is below zero."""
    try:
        minor = Decimal(str(text)).scaleb(_DECIMALS.get(currency, 2))
        if isinstance(text, str) and minor == minor.to_integral_value() and 0 <= minor < 10**12:
            return int(minor)
    except InvalidOperation:
        pass
    raise Refusal(422, "invalid", f"{text!r} is not an amount in {currency} as a decimal string")


def show(minor: int, currency: str) -> str:
    """12000 KRW is "12000", 1999 USD is "19.99"."""
    places = _DECIMALS.get(currency, 2)
    return str(Decimal(minor).scaleb(-places).quantize(Decimal(1).scaleb(-places)))


def part(minor: int, share: Fraction) -> int:
    """A share of an amount, half up."""
    exact = minor * share
    return int((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def spread(minor: int, weights: list[int]) -> list[int]:
    """Split an amount by weights without losing a unit: the largest remainders get what rounding left."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    shares = [minor * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(minor * weights[i] % total))
    for i in by_remainder[: minor - sum(shares)]:
        shares[i] += 1
    return shares
