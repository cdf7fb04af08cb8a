"""What the floor needs of a printer, and of a warehouse that somebody else runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from doorstep.base.needs import TOKEN, URL
from doorstep.base.registry import Registry


class PrinterTrouble(Exception):
    """The printer did not take the document, and nothing of it was printed; the text says why."""


class PrintUncertain(Exception):
    """The printer may have taken the document or not, and cannot be asked; the text says what happened."""


class PrinterPort(Protocol):
    """A printer. A job has a key, so that one that can be looked up is never printed twice."""

    def print(self, *, key: str, data: bytes, language: str) -> None:
        """Sends a document ("pdf" or "zpl").

        Raises: PrinterTrouble only where it is certain that nothing was printed, PrintUncertain where nobody knows.
        """

    def was_printed(self, key: str) -> bool | None:
        """Whether a job with this key was taken; None where nobody knows."""

    def forget(self, key: str) -> None:
        """Erases what it keeps of a document that it printed, as far as it keeps any."""


printers: Registry[PrinterPort] = Registry("printer")


@dataclass(frozen=True, slots=True)
class WantedLine:
    """Units to be sent.  `line`: our name of the line, by which the warehouse tells of it."""

    line: str
    sku: str
    barcode: str
    title: str
    qty: int


@dataclass(frozen=True, slots=True)
class WarehouseWish:
    """A fulfilment order that a warehouse is to send.  `recipient`: in the shape in which orders keep addresses.

    `key`: the wish, so that asking twice sends once.  `reference`: the order's name, for people.  `is_gift`: no prices on paper.
    `service`: standard or express.  `note`: what the giver writes.  `incoterm`: DAP or DDP, "" where no border is crossed.
    """

    key: str
    reference: str
    recipient: Mapping[str, Any]
    lines: tuple[WantedLine, ...]
    service: str = ""
    note: str = ""
    is_gift: bool = False
    incoterm: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The warehouse has it.  `vendor_id`: its own name of the order."""

    vendor_id: str


@dataclass(frozen=True, slots=True)
class NotTakenOn:
    """The warehouse understood and said no; asking again will not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """It works on the order."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundShort:
    """So many units of a line are not there, and will not be sent from there."""

    key: str
    line: str
    missing: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A parcel left.  Units: grams, 0 where nobody weighed.  Shapes: `units` are (line, qty) each."""

    key: str
    carrier: str
    service: str
    tracking_number: str
    weight_g: int
    units: tuple[tuple[str, int], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The warehouse will not send what is left of the order."""

    key: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Its shelf has so many units more, or fewer, than was thought; what it shipped is not in it."""

    sku: str
    change: int
    reason: str
    at: datetime


Report = Confirmed | FoundShort | Sent | GivenBack | Adjusted


@dataclass(frozen=True, slots=True)
class News:
    """Reports after a cursor, raw, oldest first, and the cursor behind them.  Shapes: (the sender's id, body) each."""

    items: tuple[tuple[str, bytes], ...]
    cursor: str
    more: bool


class WarehousePort(Protocol):
    """A warehouse that somebody else runs.

    Calls may raise httpx errors: the wish stays open, and is looked up before it is asked again.
    """

    def send(self, wish: WarehouseWish) -> Taken | NotTakenOn:
        """Asks it to send an order; the same key never asks for a second."""

    def find(self, key: str) -> Taken | None:
        """What became of an earlier request with this key, if it arrived."""

    def call_back(self, key: str) -> bool:
        """Takes an order back; False where it is too late.  Saying it twice changes nothing."""

    def news(self, cursor: str) -> News:
        """What it reported since, whether or not a webhook told it; "" from the beginning."""

    def subscribe(self, url: str, secret: str) -> None:
        """Asks for a webhook per report.  Shapes: `secret` is `whsec_` and base64 of 24 to 64 bytes."""

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """Verifies a webhook and gives the id of its report, as `news` tells it.  Refuses: a bad signature (`BAD_SIGNATURE`)."""

    def read(self, body: bytes) -> Sequence[Report]:
        """The reports in a webhook or a piece of news; none for what concerns nobody.  Refuses: another shape (`UNREADABLE`)."""


warehouses: Registry[WarehousePort] = Registry("warehouse", needs=(URL, TOKEN))
