"""How long a text message is, and what it is charged as.

Source: 3GPP TS 23.038 (the GSM 7 bit default alphabet and its extension), 3GPP TS 23.040, 9.2.3.24 (six octets of header in each of
several parts).  Korean networks count by EUC-KR bytes: up to 90 an SMS, up to 2,000 an LMS.
"""

from __future__ import annotations

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a letter: two places, never parted
GSM, UCS = "gsm7", "ucs2"
ALONE, JOINED = {GSM: 160, UCS: 70}, {GSM: 153, UCS: 67}
KOREAN_SMS, KOREAN_LMS = 90, 2000
MOST_PARTS = 10  # vendors take no more: https://www.twilio.com/docs/sms/api/message-resource (1,600 characters)


@dataclass(frozen=True, slots=True)
class Size:
    """`units`: septets of GSM 7, or UTF-16 units.  `left`: what still fits into the last part.  `korean`: sms, lms or too_long."""

    encoding: str
    units: int
    segments: int
    left: int
    korean_bytes: int
    korean: str


def size_of(text: str) -> Size:
    """How a text goes over the air; "" needs no message."""
    widths = [_gsm(char) for char in text]
    encoding = GSM if all(widths) else UCS
    if encoding == UCS:
        widths = [len(char.encode("utf-16-be")) // 2 for char in text]
    units = sum(widths)
    segments, left = _parts(widths, encoding)
    korean_bytes = len(text.encode("euc-kr", "replace"))
    korean = "sms" if korean_bytes <= KOREAN_SMS else "lms" if korean_bytes <= KOREAN_LMS else "too_long"
    return Size(encoding, units, segments, left, korean_bytes, korean)


def _gsm(char: str) -> int:
    """Places in the GSM alphabet; 0 where it has none."""
    return 1 if char in BASIC else 2 if char in EXTENDED else 0


def _parts(widths: list[int], encoding: str) -> tuple[int, int]:
    """How many parts, and what is left of the last; a letter of two places stands in one part whole."""
    if sum(widths) <= ALONE[encoding]:
        return (1 if widths else 0), ALONE[encoding] - sum(widths)
    parts, used = 1, 0
    for width in widths:
        if used + width > JOINED[encoding]:
            parts, used = parts + 1, 0
        used += width
    return parts, JOINED[encoding] - used
