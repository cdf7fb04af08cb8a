"""Printers and print jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop


class PrintState(StrEnum):
    QUEUED = "queued"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


PRINTS = Machine(
    "print job",
    {
        PrintState.QUEUED: frozenset({PrintState.PRINTING}),
        PrintState.PRINTING: frozenset({PrintState.PRINTED, PrintState.FAILED, PrintState.UNKNOWN}),
        PrintState.UNKNOWN: frozenset({PrintState.PRINTED, PrintState.FAILED}),
    },
)
SAID_PRINTED = gettext_noop("Somebody looked: it was printed.")
SAID_NOT_PRINTED = gettext_noop("Somebody looked: it was not printed.")
PRINTER_RETIRED = Refusal(
    "printer_retired",
    gettext_noop("The printer that this went to is out of use."),
    gettext_noop("Print it again from the shipment or the pick list; it goes to the printer of its location."),
)
NO_PRINTER = Refusal(
    "no_printer",
    gettext_noop("No printer is set up for %(location)s."),
    gettext_noop("Add one under Settings, Printers."),
)
NO_PDF_PRINTER = Refusal(
    "no_pdf_printer",
    gettext_noop("No printer for PDF is set up for %(location)s; slips and pick lists need one."),
    gettext_noop("Add one under Settings, Printers."),
)


@dataclass(frozen=True, slots=True)
class PrinterRow:
    id: int
    name: str
    kind: str
    target: str
    language: str
    location_id: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class PrintJobRow:
    id: int
    printer_id: int | None
    key: str
    document: str
    subject: str
    timeline: str
    state: str
    problem: str
    by: str
    wanted_at: datetime
    settled_at: datetime | None
