"""Commands by scan: barcodes that press the buttons of the floor's pages, for hands that hold nothing but a scanner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.shipping.labels import codes
from doorstep.web.parts.pages import StaffRequest, page

QUIET = 10  # modules on either side, without which no reader finds the bars; ISO/IEC 15417 demands ten


@dataclass(frozen=True, slots=True)
class Command:
    """`code`: between two stars in the barcode, and on the button that it presses.  `key`: of the keyboard, "" for none."""

    code: str
    word: str | Promise
    where: str | Promise
    key: str = ""

    @property
    def payload(self) -> str:
        return f"*{self.code}*"

    @property
    def bars(self) -> Sequence[tuple[int, int]]:
        """Where each bar begins and how wide it is, in modules, behind the quiet zone."""
        return [(QUIET + at, wide) for at, wide in codes.list_runs(codes.draw_code128(self.payload))]

    @property
    def wide(self) -> int:
        return len(codes.draw_code128(self.payload)) + 2 * QUIET


PICK, PACK, RECEIVE, COUNT, PUT, DOOR = (
    _("Picking"), _("Packing"), _("Receiving"), _("Counting"), _("Putting away"), _("Hand-over"),
)  # fmt: skip
ALL_SCANS = _("Every scan page")
COMMANDS = (
    Command("UNDO", _("Undo"), ALL_SCANS, "F8"),
    Command("OK", _("Confirm what is asked"), ALL_SCANS, "Enter"),
    Command("CLOSE", _("Close what is asked"), ALL_SCANS, "Esc"),
    Command("SHORT", _("Too few"), PICK, "F2"),
    Command("ELSEWHERE", _("Not from here"), PICK, "F4"),
    Command("TYPE", _("Type a code"), PICK, "F9"),
    Command("PACK", _("Close the box"), PACK, "F9"),
    Command("NEXT", _("Next shelf"), COUNT, "F9"),
    Command("DONE", _("Done"), RECEIVE, "F9"),
    Command("HANDOVER", _("Hand over"), DOOR, "F9"),
)


@page("fulfilment:read")
def sheet(request: StaffRequest) -> HttpResponse:
    """Every command with its barcode, to be printed and hung up."""
    return render(request, "fulfilment/commands.html", {"commands": COMMANDS})
