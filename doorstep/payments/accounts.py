"""Writes to accounts with payment providers: their life is that of every vendor's."""

from __future__ import annotations

from doorstep.payments.queries import ACCOUNTS

connect, set_settings, set_active, subscribe = ACCOUNTS.connect, ACCOUNTS.set_settings, ACCOUNTS.set_active, ACCOUNTS.subscribe
note_subscribed, note_problem = ACCOUNTS.note_subscribed, ACCOUNTS.note_problem
