"""Choices that several forms offer."""

from __future__ import annotations

from babel import Locale
from django.utils.translation import get_language

CURRENCIES = ("KRW", "USD", "EUR", "GBP", "JPY", "CNY", "CAD", "AUD", "SGD", "HKD", "TWD", "THB", "VND", "CHF", "SEK")


def currency_words(*first: str) -> list[tuple[str, str]]:
    """Currencies with their names in the reader's language, those of the caller first."""
    names = Locale("ko" if get_language() == "ko" else "en").currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in dict.fromkeys([*first, *CURRENCIES])]
