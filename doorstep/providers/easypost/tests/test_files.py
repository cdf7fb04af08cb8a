"""A label's file is fetched from where EasyPost keeps files and from nowhere else, whatever its answer names."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from doorstep.providers.easypost import files
from doorstep.shipping.port import Declined

BASE = "https://api.easypost.com"
BUCKET = "easypost-files.s3.us-west-2.amazonaws.com"


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
    assert files.fetch(url, base=BASE, language="pdf") == Declined(files.NOT_THERE)


def test_files_lie_with_the_interface_itself_or_where_easypost_keeps_them() -> None:
    base = "http://127.0.0.1:4010"
    assert files.may_hold(f"{base}/files/x.pdf", base=base)
    assert not files.may_hold("http://127.0.0.1:4011/files/x.pdf", base=base)
    assert files.may_hold(f"https://{BUCKET}/files/postage_label/x.pdf?v=1#page", base=BASE)


def test_a_name_of_easyposts_that_leads_into_our_own_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def look_up(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("127.0.0.1", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    settings.VENDOR_REACH, settings.SANDBOXES = "public", []
    with pytest.raises(httpx.ConnectError, match="our own network"):
        files.fetch(f"https://{BUCKET}/x.pdf", base=BASE, language="pdf")


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
