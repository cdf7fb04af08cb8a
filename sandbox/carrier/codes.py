"""The carrier's raw status codes, tracking numbers and sort codes.

Source: two-digit states in the manner of https://www.cjlogistics.com/ko/tool/parcel/tracking (own set, see README);
check digit (serial modulo 7) as in https://github.com/jkeen/tracking_number_data/blob/main/couriers/dhl.json.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sandbox.serving import Refusal


@dataclass(frozen=True)
class Code:
    """A raw status code: what it says, how far the parcel is (`stage`), and whether anything may follow."""

    code: str
    text_ko: str
    text_en: str
    stage: int
    is_last: bool = False


CREATED, PICKED_UP, DEPARTED, ARRIVED = "10", "11", "21", "22"
CUSTOMS_IN, CUSTOMS_OUT, AT_DEPOT, CORRECTED = "31", "32", "41", "50"
ABSENT, BAD_ADDRESS, DAMAGED, DELAYED = "71", "72", "73", "75"
OUT, DELIVERED, LEFT_WITH_GUARD, RETURNING, RETURNED, LOST = "82", "91", "92", "95", "96", "99"

CODES = {
    one.code: one
    for one in (
        Code(CREATED, "운송장접수", "label created", 0),
        Code(PICKED_UP, "집화처리", "picked up", 1),
        Code(DEPARTED, "간선상차", "loaded at hub", 2),
        Code(ARRIVED, "간선하차", "unloaded at hub", 2),
        Code(CUSTOMS_IN, "통관진행", "in customs", 3),
        Code(CUSTOMS_OUT, "통관완료", "cleared customs", 3),
        Code(AT_DEPOT, "배송지도착", "at delivery depot", 4),
        Code(CORRECTED, "정보수정", "information corrected", 4),
        Code(ABSENT, "미배달(수취인부재)", "recipient absent", 5),
        Code(BAD_ADDRESS, "미배달(주소불명)", "address unknown", 5),
        Code(DAMAGED, "파손", "damaged", 5),
        Code(DELAYED, "배송지연", "delayed", 2),
        Code(OUT, "배송출발", "out for delivery", 5),
        Code(DELIVERED, "배달완료", "delivered", 6, is_last=True),
        Code(LEFT_WITH_GUARD, "위탁배달(경비실)", "left with guard or in locker", 6, is_last=True),
        Code(RETURNING, "반송출발", "returning to sender", 6),
        Code(RETURNED, "반송완료", "returned to sender", 7, is_last=True),
        Code(LOST, "분실", "lost", 7, is_last=True),
    )
}
_FIRST_SERIAL = 60_100_000_000
_STRIDE = 13  # neighbours differ in more than the check digit


def tracking_number(count: int) -> str:
    """The number of the count-th label: 11 digits of serial, then the serial modulo 7."""
    serial = _FIRST_SERIAL + count * _STRIDE
    return f"{serial}{serial % 7}"


def is_tracking_number(text: str) -> bool:
    """Whether the text is twelve digits whose last is the first eleven modulo 7."""
    return len(text) == 12 and text.isascii() and text.isdigit() and int(text[:11]) % 7 == int(text[11])


def sort_code(to: dict[str, Any]) -> str:
    """Where the belt drops the parcel: country and postal prefix, terminal, driver; e.g. KR06-3-A17."""
    postcode = "".join(char for char in to["zip"] if char.isascii() and char.isalnum()).upper()
    digest = hashlib.sha256(f"{to['country_code']}{postcode}".encode()).digest()
    return f"{to['country_code']}{postcode[:2]}-{digest[0] % 9 + 1}-{'ABCDEFGH'[digest[1] % 8]}{digest[2] % 30 + 1:02}"


def get_code(code: str) -> Code:
    """A code of the set; refuses 422."""
    if code not in CODES:
        raise Refusal(422, "unknown_code", f"{code!r} is none of {', '.join(CODES)}")
    return CODES[code]
