"""What a label, a packing slip and a pick list say; frozen, and complete before anything is drawn."""

from dataclasses import dataclass, field
from typing import Literal

from doorstep.shipping.labels import codes

Language = Literal["en", "ko"]
Paper = Literal["a4", "letter", "4x6"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAddress:
    """A place as it shall be printed; `country` is ISO 3166 alpha-2, every part may be empty."""

    name: str = ""
    company: str = ""
    lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFields:
    """Everything one shipping label says.

    Shapes: `barcode` is what the linear code carries (empty: the tracking number without spaces), `matrix` what the
    QR code carries (empty: the same as the linear code).  Units: weight in grams; 0 is not printed.
    Refuses: with `ValueError`, a payload that no scanner could read from a 4×6 label at 203 dpi.
    """

    carrier: str
    tracking_number: str
    recipient: LabelAddress
    sender: LabelAddress = field(default_factory=LabelAddress)
    service: str = ""
    barcode: str = ""
    matrix: str = ""
    sort_code: str = ""
    reference: str = ""
    weight_g: int = 0
    parcel: int = 1
    parcels: int = 1
    note: str = ""
    language: Language = "en"

    def __post_init__(self) -> None:
        codes.check_code128(self.linear_payload)
        codes.check_matrix(self.matrix_payload)

    @property
    def linear_payload(self) -> str:
        """The characters in the Code 128."""
        return self.barcode or self.tracking_number.replace(" ", "")

    @property
    def matrix_payload(self) -> str:
        """The text in the QR code."""
        return self.matrix or self.linear_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipLine:
    """One line of a packing slip; `price` and `total` are already formatted for the reader.

    `is_bundle`: it only names what the lines `inside` it were sold as, and its units are not counted.
    """

    sku: str
    title: str
    qty: int
    bin: str = ""
    price: str = ""
    total: str = ""
    is_bundle: bool = False
    inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipFields:
    """Everything one packing slip says; `gift` hides every price, `total` included, and its `note` is what the giver writes.

    It lies in the `parcel`-th of `parcels`.
    `home_country` is where it ships from; an address there needs no country line.
    Shapes: `placed_on` and the prices are already formatted for the reader.
    """

    brand: str
    order_name: str
    ship_to: LabelAddress
    lines: tuple[SlipLine, ...]
    placed_on: str = ""
    total: str = ""
    note: str = ""
    home_country: str = ""
    parcel: int = 1
    parcels: int = 1
    gift: bool = False
    language: Language = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickLine:
    """One stop of a pick walk: so many of a variant from a bin, for these orders."""

    bin: str
    sku: str
    title: str
    qty: int
    orders: tuple[str, ...] = ()
    part_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickListFields:
    """A pick walk in the order in which it shall be walked; `code` is scanned to open it on a handheld.

    Refuses: with `ValueError`, a code that Code 128 cannot carry.
    """

    title: str
    code: str
    lines: tuple[PickLine, ...]
    location: str = ""
    created_on: str = ""
    language: Language = "en"

    def __post_init__(self) -> None:
        codes.check_code128(self.code)
