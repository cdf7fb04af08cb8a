"""Loaded for the whole suite: a test that reaches beyond this machine fails, loudly and at once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


class NetworkBlocked(AssertionError):
    """A test tried to leave the machine.  Not an OSError, so that no retry and no fall-back swallows it."""


def is_near(address: Any) -> bool:
    """Whether an address stays on this machine: a Unix socket, a loopback address, or localhost."""
    if not isinstance(address, tuple):
        return True
    host = address[0]
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Refuses connections and look-ups of names beyond loopback, in this process."""
    patch = pytest.MonkeyPatch()

    def guarded(name: str) -> None:
        real = getattr(socket.socket, name)

        def guard(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and not is_near(address):
                raise NetworkBlocked(f"no network in tests: {name} to {address!r}")
            return real(self, address)

        patch.setattr(socket.socket, name, guard)

    for name in ("connect", "connect_ex"):
        guarded(name)
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **named: Any) -> Any:
        if not is_near((host,)) and not _is_number(host):
            raise NetworkBlocked(f"no network in tests: looking up {host!r}")
        return look_up(host, *args, **named)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    patch.undo()


def _is_number(host: Any) -> bool:
    """Whether it is an address already: looking it up asks nobody."""
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True
