"""What stands for trust on the network is read once, and mail keeps to its own."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from doorstep.base import tls


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Of a server that speaks HTTP to whoever asks for it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    kept = tmp_path_factory.mktemp("tls") / "here.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kept.write_bytes(plain + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(kept)
    context.set_alpn_protocols(["http/1.1"])
    return context


def agreed(client: ssl.SSLContext, server: ssl.SSLContext) -> str | None:
    """The protocol that a server agrees to when it has heard a client's first words."""
    asked, answered = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(answered, asked, server_hostname="here")
    there = server.wrap_bio(asked, answered, server_side=True)
    for end in (here, there):
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()
    assert answered.pending > 0
    return there.selected_alpn_protocol()


def test_authorities_are_read_once() -> None:
    assert tls.trusted() is tls.trusted()
    assert tls.trusted_by_mail() is tls.trusted_by_mail()


def test_a_client_of_http_that_asks_for_http_does_not_ask_mail_servers_for_it(server: ssl.SSLContext) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, httpx.Client(verify=tls.trusted(), timeout=0.2) as client:
        with pytest.raises(httpx.TransportError):
            client.get(f"https://127.0.0.1:{deaf.getsockname()[1]}/")

    assert agreed(tls.trusted(), server) == "http/1.1"
    assert agreed(tls.trusted_by_mail(), server) is None
