"""On which terms a parcel crosses a border: who pays the duties, under which numbers, and what has to be filed first.  Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.shipping.customs import EU_CUSTOMS, is_border
from doorstep.shipping.port import CustomsItem, CustomsTerms


class Incoterm(StrEnum):
    """Who pays duties and import tax.  Source: ICC, Incoterms 2020."""

    DAP = "DAP"  # who receives it
    DDP = "DDP"  # who sends it


class Contents(StrEnum):
    """Why goods cross a border, as customs ask.

    What somebody bought to give away was sold, so it is merchandise: a gift is what one person sends another for nothing.
    Source: Council Regulation (EC) No 1186/2009, Article 25.
    """

    MERCHANDISE = "merchandise"
    RETURNED = "returned_goods"
    GIFT = "gift"
    SAMPLE = "sample"
    DOCUMENTS = "documents"
    OTHER = "other"


class NonDelivery(StrEnum):
    """What becomes of a parcel that nobody takes."""

    RETURN = "return"
    ABANDON = "abandon"


class Ioss(StrEnum):
    """Whether the import tax was paid with the order (Import One-Stop Shop), and if not, why not."""

    USED = "used"
    NO_NUMBER = "no_number"
    NOT_INTO_THE_EU = "not_into_the_eu"
    NOT_A_SALE = "not_a_sale"
    OVER_THE_LIMIT = "over_the_limit"
    VALUE_UNKNOWN = "value_unknown"  # in a currency of which nobody said what the limit is in it


class Filing(StrEnum):
    """What an export from the United States is filed as."""

    NONE = "none"  # it leaves from elsewhere
    CANADA = "canada"
    LOW_VALUE = "low_value"
    FILED = "filed"
    NEEDED = "needed"


# Source: Council Directive 2006/112/EC, Articles 14(4) and 369l: consignments of an intrinsic value of no more.
IOSS_LIMIT = Money(15_000, "EUR")
# Source: 15 CFR 30.37(a): per Schedule B number, to other countries than Canada (30.36); legends in appendix B to part 30.
EEI_LIMIT = Money(250_000, "USD")
CITATION_OF = {Filing.CANADA: "NOEEI 30.36", Filing.LOW_VALUE: "NOEEI 30.37(a)"}
ITN = re.compile(r"(?:AES )?(X\d{14})")
EORI = re.compile(r"[A-Z]{2}[0-9A-Z]{1,15}")
IOSS_NUMBER = re.compile(r"IM(\d{3})\d{7}")
# The states that give IOSS numbers, by the ISO 3166-1 number that stands in them.
STATE_OF = {
    "040": "AT", "056": "BE", "100": "BG", "196": "CY", "203": "CZ", "276": "DE", "208": "DK", "233": "EE", "724": "ES",
    "246": "FI", "250": "FR", "300": "GR", "191": "HR", "348": "HU", "372": "IE", "380": "IT", "440": "LT", "442": "LU",
    "428": "LV", "470": "MT", "528": "NL", "616": "PL", "620": "PT", "642": "RO", "752": "SE", "705": "SI", "703": "SK",
}  # fmt: skip
EEI_NEEDED = gettext_noop(
    "More than 2,500 USD of one kind leave the United States, or nobody said what it is worth in USD: that is filed first (EEI). "
    "Write its ITN under Customs."
)


@dataclass(frozen=True, slots=True)
class BrandTerms:
    """What a brand says once.  `ioss_limit`, `eei_limit`: what 150 EUR and 2,500 USD are in its own currency, where it said so."""

    incoterm: str = Incoterm.DAP
    non_delivery: str = NonDelivery.RETURN
    ioss: str = ""
    ioss_limit: Money | None = None
    eei_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class PlaceTerms:
    """What a place says otherwise; "" is as the brand says, or nothing."""

    eori: str = ""
    signer: str = ""
    incoterm: str = ""


@dataclass(frozen=True, slots=True)
class ParcelTerms:
    """What somebody said of one parcel; "" is as it comes.  `itn`: the number under which its export was filed."""

    contents: str = ""
    explanation: str = ""
    incoterm: str = ""
    non_delivery: str = ""
    itn: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """The terms of a parcel and why they are these."""

    terms: CustomsTerms
    ioss: Ioss
    filing: Filing


def decide(
    *, origin: str, destination: str, items: Sequence[CustomsItem], order_value: Money, is_return: bool,
    brand: BrandTerms, place: PlaceTerms, parcel: ParcelTerms,
) -> Decided | None:  # fmt: skip
    """On which terms a parcel is sent; None where it crosses no border of customs.

    `order_value`: what was paid for all goods of its order: tax is paid with the order or not at all, however it is parcelled.
    """
    if not is_border(origin, destination):
        return None
    contents = Contents(parcel.contents or (Contents.RETURNED if is_return else Contents.MERCHANDISE))
    ioss = _ioss(origin, destination, contents, order_value, brand)
    filing = _filing(origin, destination, items, parcel.itn, brand)
    cited = parcel.itn if filing is Filing.FILED else CITATION_OF.get(filing, "")
    terms = CustomsTerms(
        incoterm=parcel.incoterm or place.incoterm or brand.incoterm, contents=contents.value, explanation=parcel.explanation,
        non_delivery=parcel.non_delivery or brand.non_delivery, signer=place.signer, eori=place.eori,
        ioss=brand.ioss if ioss is Ioss.USED else "", ioss_state=state_of(brand.ioss) if ioss is Ioss.USED else "", filing=cited,
        is_return=is_return,
    )  # fmt: skip
    return Decided(terms, ioss, filing)


def _ioss(origin: str, destination: str, contents: Contents, value: Money, brand: BrandTerms) -> Ioss:
    if destination not in EU_CUSTOMS or origin in EU_CUSTOMS:
        return Ioss.NOT_INTO_THE_EU
    if contents is not Contents.MERCHANDISE:
        return Ioss.NOT_A_SALE
    if not brand.ioss:
        return Ioss.NO_NUMBER
    within = is_within(value, IOSS_LIMIT, brand.ioss_limit)
    return Ioss.VALUE_UNKNOWN if within is None else Ioss.USED if within else Ioss.OVER_THE_LIMIT


def _filing(origin: str, destination: str, items: Sequence[CustomsItem], itn: str, brand: BrandTerms) -> Filing:
    """What cannot be compared with the limit counts as over it: then a person is asked, and nothing leaves unfiled."""
    if origin != "US":
        return Filing.NONE
    if itn:
        return Filing.FILED
    if destination == "CA":
        return Filing.CANADA
    of_kind: Counter[tuple[str, str]] = Counter()
    for item in items:
        of_kind[item.hs_code, item.value.currency] += item.value.minor * item.qty
    fits = (is_within(Money(minor, currency), EEI_LIMIT, brand.eei_limit) for (_, currency), minor in of_kind.items())
    return Filing.LOW_VALUE if all(fits) else Filing.NEEDED


def is_within(value: Money, limit: Money, ours: Money | None) -> bool | None:
    """Whether a value is no more than a limit; None where it is in another currency than either.

    `ours`: what the limit is in the brand's own currency.
    """
    if value.minor == 0:
        return True
    known = next((one for one in (limit, ours) if one is not None and one.currency == value.currency), None)
    return None if known is None else value.minor <= known.minor


def state_of(ioss: str) -> str:
    """The state that gave an IOSS number."""
    found = IOSS_NUMBER.fullmatch(ioss)
    return STATE_OF.get(found[1], "") if found else ""


def check_ioss(text: str) -> str:
    """An IOSS number, or none.  Refuses: another shape, a state that gives none."""
    plain = "".join(text.split()).upper()
    if plain and not state_of(plain):
        problem = gettext_noop("An IOSS number is IM and ten digits, which begin with the number of an EU state.")
        raise Refused(INVALID, {"field": "ioss", "problem": problem})
    return plain


def check_eori(text: str) -> str:
    """An EORI number, or none.  Refuses: another shape.  Source: Commission Implementing Regulation (EU) 2015/2447, Annex 12-01."""
    plain = "".join(text.split()).upper()
    if plain and not EORI.fullmatch(plain):
        problem = gettext_noop("An EORI number is a country's two letters and up to 15 letters and digits.")
        raise Refused(INVALID, {"field": "eori", "problem": problem})
    return plain


def check_itn(text: str) -> str:
    """A proof of filing as it is cited, `AES X…`, or none.  Refuses: another shape.  Source: 15 CFR part 30, appendix B."""
    plain = " ".join(text.split()).upper()
    if not plain:
        return ""
    found = ITN.fullmatch(plain)
    if not found:
        raise Refused(INVALID, {"field": "itn", "problem": gettext_noop("An ITN is X and 14 digits, such as X20261127123456.")})
    return f"AES {found[1]}"


def check_choice(field: str, value: str, kind: type[StrEnum], *, may_be_empty: bool) -> str:
    """A word of a kind.  Refuses: others."""
    if value in set(kind) or (may_be_empty and not value):
        return value
    raise Refused(INVALID, {"field": field, "problem": gettext_noop("Choose one of the list.")})
