"""Marks sentences for translation in files that must not import Django."""

from __future__ import annotations


def gettext_noop(sentence: str) -> str:
    """The sentence itself; `makemessages` finds it by this name and faces translate it when they show it."""
    return sentence
