"""Kinds of shops: what each is called, and what a person gives to connect one."""

from __future__ import annotations

from doorstep.channels.port import URL, Need, SignInPort, shops


def needs_of(provider: str) -> tuple[Need, ...]:
    """What a person gives to connect a shop of this kind.  Raises: KeyError for a provider that nobody wired."""
    needs: tuple[Need, ...] = getattr(shops.kind(provider), "needs", (URL,))
    return needs


def title_of(provider: str) -> str:
    """What a kind of shop is called, where it is not what its name says."""
    return str(getattr(shops.kind(provider), "title", ""))


def sign_in_of(provider: str) -> SignInPort | None:
    """How a person signs in at a shop of this kind, where that can be done; None for a provider that nobody wired."""
    found: SignInPort | None = getattr(shops.kind(provider), "sign_in", None) if provider in shops.names() else None
    return found
