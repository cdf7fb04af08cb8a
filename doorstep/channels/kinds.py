"""Kinds of shops: what each is called, and what a person gives to connect one."""

from __future__ import annotations

from doorstep.channels.port import URL, Need, shops


def needs_of(provider: str) -> tuple[Need, ...]:
    """What a person gives to connect a shop of this kind.  Raises: KeyError for a provider that nobody wired."""
    needs: tuple[Need, ...] = getattr(shops.kind(provider), "needs", (URL,))
    return needs


def title_of(provider: str) -> str:
    """What a kind of shop is called, where it is not what its name says."""
    return str(getattr(shops.kind(provider), "title", ""))
