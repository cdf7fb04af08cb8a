"""The paper of a manifest: what a driver signs for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from doorstep.shipping.labels import codes, pdf
from doorstep.shipping.labels.fonts import find_fonts
from doorstep.shipping.labels.text import clean
from doorstep.shipping.labels.values import Language, Paper

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "manifest": "Manifest", "tracking": "Tracking no.", "order": "Order", "to": "To", "service": "Service", "weight": "Weight",
        "missed": "Not on this manifest", "driver": "Driver", "time": "Date and time", "parcels": "Parcels",
    },
    "ko": {
        "manifest": "집하 목록", "tracking": "운송장 번호", "order": "주문", "to": "받는 분", "service": "서비스", "weight": "무게",
        "missed": "이 목록에서 빠진 박스", "driver": "기사 서명", "time": "날짜와 시각", "parcels": "박스",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One parcel.  Units: grams."""

    tracking_number: str
    order: str
    to: str
    service: str
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFields:
    """Everything one manifest says.  `code`: what its bar code carries.  Shapes: `closed_on` is written for the reader.

    Refuses: with `ValueError`, a code that Code 128 cannot carry.
    """

    carrier: str
    location: str
    code: str
    closed_on: str
    lines: tuple[ManifestLine, ...]
    missed: tuple[str, ...] = ()
    language: Language = "en"

    def __post_init__(self) -> None:
        codes.check_code128(self.code)


def render_manifest_pdf(fields: ManifestFields, *, paper: Paper = "a4", fonts: Path | None = None) -> bytes:
    """A manifest as PDF, its table running over as many pages as it needs; equal fields give equal bytes.

    Refuses: with `FontsMissing` where `fonts`, by default the folder of the assets step, holds no Pretendard.
    """
    found, words = find_fonts(fonts), WORDS[fields.language]

    def show(text: str) -> str:
        return pdf.soften(found.printable(clean(text)))

    count, weight_g = len(fields.lines), sum(line.weight_g for line in fields.lines)
    facts = [show(fields.location), show(fields.closed_on), f"{words['parcels']} {count}", kilograms(weight_g)]
    lines = [
        {"number": str(n), "tracking": show(line.tracking_number), "order": show(line.order), "to": show(line.to),
         "service": show(line.service), "weight": kilograms(line.weight_g)}
        for n, line in enumerate(fields.lines, start=1)
    ]  # fmt: skip
    data = {
        "words": words, "paper": paper, "language": fields.language, "carrier": show(fields.carrier),
        "facts": "  ·  ".join(filter(None, facts)), "code": fields.code, "lines": lines,
        "bars": pdf.svg((codes.draw_code128(fields.code),), stretch=True), "missed": [show(text) for text in fields.missed],
    }  # fmt: skip
    return pdf.compile_page("manifest.typ", data, found)


def kilograms(weight_g: int) -> str:
    """A weight as it is printed."""
    return f"{weight_g // 1000}.{weight_g % 1000 // 10:02} kg"
