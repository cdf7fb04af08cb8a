"""The suite cannot leave the machine."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from tests.offline import NetworkBlocked


def test_a_connection_beyond_loopback_is_refused() -> None:
    with socket.socket() as probe, pytest.raises(NetworkBlocked, match=r"198\.51\.100\.7"):
        probe.connect(("198.51.100.7", 80))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkBlocked, match=r"shop\.example"):
        socket.getaddrinfo("shop.example", 443)


def test_http_clients_are_stopped_too() -> None:
    with pytest.raises(NetworkBlocked):
        httpx.get("http://198.51.100.7/", timeout=1)

    async def ask() -> None:
        async with httpx.AsyncClient(timeout=1) as client:
            await client.get("http://198.51.100.7/")

    with pytest.raises(NetworkBlocked):
        asyncio.run(ask())


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
