"""What shipping needs of a carrier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from doorstep.base.money import Money
from doorstep.base.needs import TOKEN, URL
from doorstep.base.registry import Registry
from doorstep.shipping.values import TrackingStatus, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a carrier can do; what it cannot is left out by whoever asks, and said on its page.

    `atomic_keys`: two requests at once with one key buy one label; without, the
    caller never sends two at once.  `void_days`: how long after the purchase a label is taken back, 0 for ever.
    `credits_later`: a label that is given back is paid back later, or not at all.
    """

    sells: bool = True  # without, it only tells where parcels are
    atomic_keys: bool = True
    voids: bool = True
    void_days: int = 0
    credits_later: bool = False
    is_told: bool = True  # it wants to know which parcels its driver will find
    manifests: bool = True
    tracks: bool = True
    pushes: bool = True
    pace_s: int = 0  # how often it may be asked after one parcel at most; 0: as often as we like
    checks_addresses: bool = False
    sells_by_sheet: bool = False  # its prices are a sheet of ours
    draws_labels: bool = False  # what a parcel must bear is its own file, not what we would draw


@dataclass(frozen=True, slots=True)
class CustomsItem:
    """Units of one kind, as customs ask after them.  Units: grams and money of one unit.  `origin`: ISO 3166."""

    description: str
    qty: int
    value: Money
    weight_g: int
    hs_code: str = ""
    origin: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class CustomsTerms:
    """On which terms a parcel crosses a border.

    `incoterm`: DAP or DDP.  `eori`: ours, who sends it, or receives it where it `is_return`.  `ioss`: only where it counts, with
    the state that gave it (ISO 3166).  `filing`: what an export from the United States cites, "" elsewhere.
    """

    incoterm: str = "DAP"
    contents: str = "merchandise"
    explanation: str = ""
    non_delivery: str = "return"
    signer: str = ""
    eori: str = ""
    ioss: str = ""
    ioss_state: str = ""
    filing: str = ""
    is_return: bool = False


@dataclass(frozen=True, slots=True)
class LabelWish:
    """One parcel to be labelled.  Addresses have the shape of `orders.values.Address.as_dict`.

    Units: grams; millimetres (length, width, height), all 0 where nobody measured.  `customs`: empty where no border is crossed.
    `paper`: what its label will be printed from, pdf or zpl.
    """

    key: str
    reference: str
    service: str
    sender: Mapping[str, Any]
    recipient: Mapping[str, Any]
    weight_g: int
    dims_mm: tuple[int, int, int] = (0, 0, 0)
    customs: tuple[CustomsItem, ...] = ()
    paper: str = "pdf"
    terms: CustomsTerms = CustomsTerms()


@dataclass(frozen=True, slots=True)
class Rate:
    """`transit_days` None: the carrier does not say."""

    service: str
    price: Money
    transit_days: int | None


@dataclass(frozen=True, slots=True)
class Bought:
    vendor_id: str
    tracking_number: str
    sort_code: str
    service: str
    cost: Money


@dataclass(frozen=True, slots=True)
class Declined:
    """The carrier understood and said no; asking again will not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class LabelFile:
    """The carrier's own label, byte for byte.  `language`: pdf or zpl."""

    language: str
    data: bytes


class Credit(StrEnum):
    """What becomes of the money for a label that was given back."""

    PENDING = "pending"
    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ManifestWish:
    """The end of a carrier's day at one place.  Shapes: (vendor id, tracking number) of each parcel."""

    key: str
    sender: Mapping[str, Any]
    parcels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A parcel that the carrier will not collect, and why."""

    tracking_number: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifested:
    """A manifest that the carrier keeps.  `barcode`: what its driver scans; `url`: its own paper, if any."""

    vendor_id: str
    barcode: str
    url: str = ""
    not_taken: tuple[NotTaken, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressAnswer:
    """What a carrier says of an address.  `address`: as it writes it, in our shape; None where it knows none."""

    is_deliverable: bool
    address: Mapping[str, Any] | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoesTo:
    """Where a carrier says that a parcel goes, as far as it says.  `country`: ISO 3166."""

    country: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """One tracking event, in our words; `status` None says nothing of where the parcel is.  `at`: aware UTC.

    `trouble`: what the event says to be wrong.  `goes_to`: tells a number that is used again from the parcel that had it before.
    """

    external_id: str
    tracking_number: str
    status: TrackingStatus | None
    raw_code: str
    description: str
    place: str
    at: datetime
    estimated_on: date | None = None
    trouble: Trouble | None = None
    goes_to: GoesTo | None = None


class CarrierPort(Protocol):
    """A carrier. Calls may raise httpx errors: the wish stays open, and is looked up before it is asked again."""

    abilities: Abilities

    def rates(self, wish: LabelWish) -> list[Rate]:
        """What each service costs for this parcel, cheapest first; empty where no service takes it."""

    def buy_label(self, wish: LabelWish) -> Bought | Declined:
        """Buys the label of this wish; the same key never buys twice."""

    def find_label(self, key: str) -> Bought | None:
        """What an earlier request with this key bought, if anything."""

    def fetch_label(self, vendor_id: str, language: str) -> LabelFile | Declined:
        """The carrier's own file of a label that was bought, pdf or zpl; declined where it will never come so.  Buys nothing.

        Only of those that draw their labels.  Raises: httpx errors where it may come later.
        """

    def void_label(self, vendor_id: str) -> bool:
        """Gives a label back; False when the carrier refuses.  Saying it twice changes nothing."""

    def credit_of(self, vendor_id: str) -> Credit:
        """What became of the money for a label that was given back."""

    def hand_over(self, tracking_numbers: Sequence[str]) -> list[NotTaken]:
        """Tells the carrier that these parcels are ready for its driver; saying it twice changes nothing."""

    def close_day(self, wish: ManifestWish) -> Manifested | Declined:
        """Makes a manifest of these parcels; saying it twice with one key makes one."""

    def find_manifest(self, wish: ManifestWish) -> Manifested | None:
        """The manifest that an earlier request made of these parcels, if any."""

    def check_address(self, address: Mapping[str, Any]) -> AddressAnswer | None:
        """What the carrier says of an address; None where it does not check any."""

    def track(self, tracking_number: str) -> list[Scan]:
        """Every event the carrier knows of a parcel, oldest first.  Refuses: as `shipping.refusals`."""

    def words(self, raw_code: str) -> Mapping[str, str]:
        """What the carrier calls events with this code, by language and without a call; empty where it has no list."""

    def subscribe(self, url: str, secret: str) -> None:
        """Asks for a webhook per event.  Shapes: `secret` is `whsec_` and base64 of 24 to 64 bytes."""

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """Verifies a webhook and gives the sender's own id of it.  Refuses: a bad signature (`BAD_SIGNATURE`)."""

    def read_webhook(self, body: bytes) -> list[Scan]:
        """The events in a webhook that was verified when it came.  Refuses: a body of another shape (`UNREADABLE`)."""


carriers: Registry[CarrierPort] = Registry("carrier", needs=(URL, TOKEN))


def abilities_of(provider: str) -> Abilities:
    """What carriers of a kind can do.  Raises: KeyError for a name that nobody wired."""
    kind: Any = carriers.kind(provider)
    known: Abilities = kind.abilities
    return known


def sells(provider: str) -> bool:
    """Whether labels are bought from carriers of a kind; one that nobody wired is not known not to sell."""
    return provider not in carriers.names() or abilities_of(provider).sells
