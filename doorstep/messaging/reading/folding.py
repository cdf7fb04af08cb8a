"""What is new in an answer."""

from __future__ import annotations


def fold(text: str) -> tuple[str, str]:
    """The text without quotes and signature, and what was folded away."""
    return text.strip(), ""
