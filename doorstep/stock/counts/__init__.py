"""Count sheets: blind counting, and the differences booked against what the books said at the moment of counting."""

from __future__ import annotations

from doorstep.stock.counts.decisions import approve, ask_again, require_waiting
from doorstep.stock.counts.entries import enter
from doorstep.stock.counts.rows import LIVE, MOST_LINES, lock
from doorstep.stock.counts.sheets import cancel, finish, open_sheet, set_limits, want_recount

__all__ = [
    "LIVE",
    "MOST_LINES",
    "approve",
    "ask_again",
    "cancel",
    "enter",
    "finish",
    "lock",
    "open_sheet",
    "require_waiting",
    "set_limits",
    "want_recount",
]
