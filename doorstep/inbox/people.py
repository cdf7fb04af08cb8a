"""Whose conversations these are: what they are called, and those of people who turn out to be one, and back."""

from __future__ import annotations

from doorstep.customers.owned import Rows
from doorstep.customers.values import CustomerRow
from doorstep.inbox.values import ConversationRow

CONVERSATIONS = Rows("inbox_conversation", is_dated=True)


def called(row: ConversationRow, known: CustomerRow | None) -> str:
    """Who writes in a conversation: as they sign, else as the customer is known, else their address."""
    signed = "" if "@" in row.contact_name else row.contact_name
    return signed or (known.name if known else "") or row.contact
