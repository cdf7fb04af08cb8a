"""Bars and squares: the modules of Code 128 and QR codes, independent of what draws them."""

import re
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, cast

import zxingcpp

if TYPE_CHECKING:
    from typing_extensions import Buffer

MODULES_MAX = 360
MATRIX_BYTES_MAX = 180

_LINEAR = re.compile(r"[0-9A-Za-z .$/+%:\-]+")

Rows = tuple[tuple[bool, ...], ...]


def check_code128(payload: str) -> None:
    """Refuse, with `ValueError`, a payload that is empty, uses signs no carrier uses, or is too wide for 4 inches."""
    if not _LINEAR.fullmatch(payload) or payload.strip() != payload or len(payload) > 60:
        raise ValueError(f"A Code 128 here carries letters, digits and .$/+%:- only, not {payload!r}")
    if len(draw_code128(payload)) > MODULES_MAX:
        raise ValueError(f"{payload!r} is too long for a Code 128 on a 4 inch label")


def check_matrix(payload: str) -> None:
    """Refuse, with `ValueError`, a QR payload that is empty, holds control characters or is over 180 bytes of UTF-8."""
    if not payload or not payload.isprintable() or len(payload.encode()) > MATRIX_BYTES_MAX:
        raise ValueError(f"A QR code here carries 1 to {MATRIX_BYTES_MAX} bytes of printable text, not {payload!r}")


@lru_cache(maxsize=512)
def draw_qr(payload: str) -> Rows:
    """The modules of a QR code (error correction M) without quiet zone, True is dark."""
    return _read_modules(zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level="M"))


@lru_cache(maxsize=512)
def draw_code128(payload: str) -> tuple[bool, ...]:
    """The modules of a Code 128 from left to right without quiet zones, True is a bar."""
    return _read_modules(zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.Code128))[0]


def _read_modules(code: zxingcpp.Barcode) -> Rows:
    image = code.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    height, width = image.shape
    pixels = bytes(memoryview(cast("Buffer", image)))
    return tuple(tuple(pixels[row * width + column] < 128 for column in range(width)) for row in range(height))


def list_runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Start and length of every dark run of a row of modules."""
    runs: list[tuple[int, int]] = []
    at = 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            runs.append((at, length))
        at += length
    return runs
