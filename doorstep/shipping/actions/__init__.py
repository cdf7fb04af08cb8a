"""Writes to parcels, labels and tracking, and where carriers are reached."""

from __future__ import annotations

from doorstep.shipping.actions.labels import (
    ask_for,
    begin,
    note_choice,
    note_credit,
    settle_label,
    settle_void,
    want_label,
    want_void,
)
from doorstep.shipping.actions.parcels import (
    await_back,
    cancel_parcels,
    erase_addresses,
    hand_over,
    mark_told,
    pack,
    strip_addresses,
)
from doorstep.shipping.actions.scans import ask_later, give_up, note_delayed, record_scans, vouch
from doorstep.shipping.actions.typed import type_number
from doorstep.shipping.carriers import connect as connect_carrier
from doorstep.shipping.carriers import set_settings as set_carrier_settings

__all__ = [
    "ask_for",
    "ask_later",
    "await_back",
    "begin",
    "cancel_parcels",
    "connect_carrier",
    "erase_addresses",
    "give_up",
    "hand_over",
    "mark_told",
    "note_choice",
    "note_credit",
    "note_delayed",
    "pack",
    "record_scans",
    "set_carrier_settings",
    "settle_label",
    "settle_void",
    "strip_addresses",
    "type_number",
    "vouch",
    "want_label",
    "want_void",
]
