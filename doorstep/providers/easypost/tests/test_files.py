"""A label's file is fetched from where EasyPost keeps files and from nowhere else, whatever its answer names."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from doorstep.providers.easypost import files
from doorstep.providers.easypost.files import Way
from doorstep.shipping.port import Declined

BASE = "https://api.easypost.com"
BUCKET = "easypost-files.s3.us-west-2.amazonaws.com"


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def look_up(host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_a_file_is_fetched_from_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "10.0.0.7", "52.92.1.1")
    way = files.find_way(f"https://{BUCKET}/files/postage_label/x.pdf?v=1#page", base=BASE)
    assert way == Way("https://52.92.1.1/files/postage_label/x.pdf?v=1", BUCKET, "52.92.1.1")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1", "0.0.0.0"])
def test_a_name_that_leads_into_our_own_network_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    leads_to(monkeypatch, address)
    assert files.find_way(f"https://{BUCKET}/x.pdf", base=BASE) == Declined(files.NOT_THERE)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{BUCKET}/x.pdf",
        f"https://{BUCKET}:8443/x.pdf",
        f"https://user:secret@{BUCKET}/x.pdf",
        "https://easypost-files.s3.us-west-2.amazonaws.com.evil.example/x.pdf",
        "https://other-bucket.s3.us-west-2.amazonaws.com/x.pdf",
        "https://noteasypost.com/x.pdf",
        "https://169.254.169.254/latest/meta-data/",
        "http://api.easypost.com/x.pdf",
        "https://api.easypost.com:99999/x.pdf",
        "file:///etc/passwd",
        "//x",
        "",
    ],
)
def test_what_is_not_easyposts_is_refused_without_a_look_up(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def look_up(*_args: Any, **_named: Any) -> list[Any]:
        raise AssertionError("looked up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert files.find_way(url, base=BASE) == Declined(files.NOT_THERE)


def test_files_beside_the_interface_itself_are_reached_as_it_is() -> None:
    base = "http://127.0.0.1:4010"
    assert files.find_way(f"{base}/files/x.pdf", base=base) == Way(f"{base}/files/x.pdf", "127.0.0.1", "")
    assert files.find_way("http://127.0.0.1:4011/files/x.pdf", base=base) == Declined(files.NOT_THERE)


@pytest.mark.parametrize(
    ("data", "language", "is_one"),
    [
        (b"%PDF-1.4 ... %%EOF", "pdf", True),
        (b"%PDF-1.4 cut off", "pdf", False),
        (b"<html>^XA</html>^XZ", "zpl", False),
        (b"^XA^FO1,1^FDx^FS^XZ\n", "zpl", True),
        (b"CT~~CD,~CC^~CT~\n^XA^PW812^XZ", "zpl", True),
        (b"^XA^FO1,1^FDx", "zpl", False),
        (b"\x89PNG\r\n", "pdf", False),
        (b"", "zpl", False),
    ],
)
def test_a_label_is_known_by_its_bytes(data: bytes, language: str, is_one: bool) -> None:
    assert files.is_label(data, language) is is_one
