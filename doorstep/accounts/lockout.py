"""Signing in is paused after too many wrong passwords; whoever gets a new password need not wait for the end of that."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest


def key_of(email: str) -> str:
    """Under what failures are counted: the person, whichever of our host names they are tried under."""
    return email.strip().lower()


def lift(email: str) -> None:
    """Forgets the wrong passwords that were tried for this person."""
    nobody = HttpRequest()
    nobody.META["REMOTE_ADDR"] = "127.0.0.1"  # failures are counted per address too; that count is only this machine's
    ratelimit.clear(nobody, action="login_failed", key=key_of(email))
