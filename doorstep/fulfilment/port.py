"""What the floor needs of a printer."""

from __future__ import annotations

from typing import Protocol

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


printers: Registry[PrinterPort] = Registry("printer")
