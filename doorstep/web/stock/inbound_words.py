"""What the pages of stock call things, and which day it is for the brand."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx

Words = str | Promise
REASONS: dict[str, Words] = {
    "supplier_delivery": _("from a supplier"), "taken_back": _("receipt taken back"),
    "sent": _("sent to another location"), "arrived": _("arrived from another location"),
    "lost_in_transit": _("lost on the way here"), "assigned": _("lot assigned"),
}  # fmt: skip
CONDITIONS: dict[str, Words] = {
    "good": _("Good"), "quality_control": _("Quality control"), "damaged": _("Damaged"),
}  # fmt: skip
PROBLEMS: dict[str, Words] = {
    "unknown_code": _("Nobody knows this code"), "over": _("More than expected"), "not_in_transfer": _("Not on this transfer"),
    "closed": _("Closed: nothing more is taken"), "needs_lot": _("Lot missing"), "needs_serials": _("Serial number missing"),
    "serial_known": _("This serial number lies here already"), "lot_expiry_differs": _("The lot expires on another day"),
    "is_a_bundle": _("A bundle: scan what is in it"), "taken_back": _("Taken back"), "unreadable": _("Unreadable scan"),
}  # fmt: skip


def today(ctx: Ctx) -> date:
    """The day that it is in the brand's time zone."""
    return ctx.now.astimezone(ZoneInfo(accounts.organisation(ctx).timezone)).date()


def receiving() -> dict[str, str]:
    """What a receiving page says by itself."""
    return {name: str(word) for name, word in PROBLEMS.items()} | {
        "good": gettext("Taken"),
        "surplus": gettext("More than expected: noted"),
        "extra": gettext("Not announced: noted"),
        "surplus_transfer": gettext("More than was sent: count this place, or adjust its stock"),
        "undo_later": gettext("Taking back needs Wi-Fi"),
        "nothing_to_undo": gettext("Nothing to take back"),
        "sending": gettext("Sending"),
        "offline": gettext("No Wi-Fi: what you scan is kept"),
        "online": gettext("Everything is sent"),
        "waiting": gettext("waiting"),
        "signed_out": gettext("You are signed out. Your scans are kept: sign in again, then come back."),
        "refused": gettext("The scans are not taken. They are kept on this phone; ask your manager."),
        "no_camera": gettext("The camera cannot be used here"),
        "all_here": gettext("Everything is here"),
        "units": gettext("units"),
        "serials_left": gettext("serial numbers to scan"),
    }
