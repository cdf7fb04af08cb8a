"""What stands for trust on the network is read once, and mail keeps to its own."""

from __future__ import annotations

from doorstep.base import tls


def test_authorities_are_read_once() -> None:
    assert tls.trusted() is tls.trusted()
    assert tls.trusted_by_mail() is tls.trusted_by_mail()


def test_a_client_of_http_that_asks_for_http_does_not_ask_mail_servers_for_it() -> None:
    assert tls.trusted_by_mail() is not tls.trusted()
