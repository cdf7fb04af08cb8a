"""Passwords of test people cost little to make: fewer rounds of the same method, which every other process can read."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    iterations = 1_000
