"""What prices that include their tax contain of it, per rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorstep.base.money import Money, split

WHOLE = 10_000  # basis points of the price without tax
HIGHEST = 5000


@dataclass(frozen=True, slots=True)
class Taxed:
    """Goods of one rate.  Units: `rate_bp` hundredths of a percent, None where only the amount is known, not the rate;
    `gross_minor` includes `tax_minor`."""

    rate_bp: int | None
    gross_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.tax_minor

    @property
    def percent(self) -> str:
        """The rate as people write it: "19", "5.5"; "" where it is not known."""
        return "" if self.rate_bp is None else f"{self.rate_bp // 100}.{self.rate_bp % 100:02}".rstrip("0").rstrip(".")


def rate_of(rates: Mapping[str, int], category: str) -> int | None:
    """The rate of a product's category, else of all others ("").  None where no rate is set: nothing is said of tax then."""
    return rates.get(category.strip().casefold(), rates.get(""))


def contained(gross_minor: int, rate_bp: int) -> int:
    """The tax that a price contains, rounded half up to a minor unit.

    Source: § 14 (4) UStG, 부가가치세법 제29조 (tax is the price times rate ÷ (100 % + rate)).
    """
    return (2 * gross_minor * rate_bp + WHOLE + rate_bp) // (2 * (WHOLE + rate_bp))


def after_discount(totals: Sequence[int], discount_minor: int) -> list[int]:
    """What each line costs once a discount on the whole sale is shared among them, to the cent."""
    if not totals:
        return []
    less = split(Money(discount_minor, "XXX"), list(totals))
    return [total - one.minor for total, one in zip(totals, less, strict=True)]


def by_rate(lines: Sequence[tuple[int | None, int]]) -> tuple[Taxed, ...]:
    """Lines (rate, gross) summed per rate, the highest first: one rounding per rate.  Empty where a line's rate is not known."""
    if any(rate is None for rate, _ in lines):
        return ()
    sums: dict[int, int] = {}
    for rate, gross in lines:
        if rate is not None:
            sums[rate] = sums.get(rate, 0) + gross
    return tuple(Taxed(rate, gross, contained(gross, rate)) for rate, gross in sorted(sums.items(), reverse=True))


def given_back(sold: Sequence[Taxed], before: Sequence[Taxed], now: Mapping[int | None, int]) -> tuple[Taxed, ...]:
    """What of a sale's tax goes back with these gross amounts, after what went back `before`; all below zero.

    Once everything is given back, exactly the sale's tax was: each part is the difference of two roundings.
    """
    back: list[Taxed] = []
    for part in sold:
        gross = now.get(part.rate_bp, 0)
        if not gross:
            continue
        earlier = -sum(one.gross_minor for one in before if one.rate_bp == part.rate_bp)
        was = -sum(one.tax_minor for one in before if one.rate_bp == part.rate_bp)
        tax = _share(part, min(earlier + gross, part.gross_minor)) - was
        back.append(Taxed(part.rate_bp, -gross, -max(tax, 0)))
    return tuple(back)


def _share(part: Taxed, gross_minor: int) -> int:
    if not part.gross_minor:
        return 0
    return (2 * part.tax_minor * gross_minor + part.gross_minor) // (2 * part.gross_minor)
