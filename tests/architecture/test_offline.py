"""The suite cannot leave the machine."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

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


def test_asyncio_is_stopped_too() -> None:
    # A thread of its own, since the browser tests leave a running loop in this one.
    with ThreadPoolExecutor(1) as pool, pytest.raises(NetworkBlocked):
        pool.submit(lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection("198.51.100.7", 80), 1))).result()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
