"""The one layout of the 4×6 inch label, in dots, before it is ZPL or PDF."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from doorstep.shipping.labels import codes
from doorstep.shipping.labels.addresses import Printed, format_address
from doorstep.shipping.labels.fonts import Fonts, find_fonts, is_resident, measure_resident
from doorstep.shipping.labels.text import Item, Width, clean, fit
from doorstep.shipping.labels.values import LabelFields
from doorstep.shipping.labels.words import WORDS

WIDTH_MM, HEIGHT_MM = 101.6, 152.4
_EDGE, _INNER = 3.5, 94.6
_QUIET, _PACKING = 20, 11  # modules kept free: both quiet zones, and one symbol a printer may pack worse than we do
_SPOKEN = (
    re.compile(r"(1Z)(\w{3})(\w{3})(\w\w)(\w{4})(\w{4})"),
    re.compile(r"([A-Z]{2})(\d{3})(\d{3})(\d{3})([A-Z]{2})"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """One line: `x`, `y` its left end and the top of its capitals; `resident` where the printer sets it by itself."""

    x: int
    y: int
    size: int
    text: str
    bold: bool
    resident: bool
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A filled black rectangle."""

    x: int
    y: int
    wide: int
    high: int


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128 of so many dots per module, without quiet zones."""

    x: int
    y: int
    high: int
    module: int
    payload: str


@dataclass(frozen=True, slots=True)
class Squares:
    """A QR code of so many dots per module, without quiet zone."""

    x: int
    y: int
    module: int
    payload: str


Mark = Text | Box | Bars | Squares


@dataclass(slots=True)
class Scene:
    """Marks gathered at a resolution; `resident` allows the printer's own face where it suffices.

    Units: `dpmm` dots per millimetre; the positions given to its methods are millimetres.
    """

    dpmm: float
    resident: bool
    given_fonts: Fonts | None = None
    marks: list[Mark] = field(default_factory=list)

    def dots(self, mm: float) -> int:
        """Millimetres in whole dots."""
        return round(mm * self.dpmm)

    def box(self, x: float, y: float, wide: float, high: float) -> None:
        """A filled rectangle."""
        self.marks.append(Box(self.dots(x), self.dots(y), self.dots(wide), max(1, self.dots(high))))

    def rule(self, y: float, thick: float = 0.4) -> None:
        """A line from edge to edge."""
        self.box(_EDGE, y, _INNER, thick)

    def block(
        self,
        area: tuple[float, float, float, float],
        items: Sequence[Item],
        *,
        sizes: tuple[float, float],
        align: str = "left",
        middle: bool = False,
        reverse: bool = False,
    ) -> int:
        """Text set as large as its area allows, all of it in one face; returns the dots it is high."""
        x, y, wide, high = (self.dots(value) for value in area)
        resident = self.resident and all(is_resident(item.text) for item in items)
        shown = list(items) if resident else [self._printable(item) for item in items]
        widths = {strong: self._width(resident, strong) for strong in (False, True)}
        limits = (self.dots(sizes[0]), self.dots(sizes[1]))
        lines = fit(shown, width=lambda item: widths[item.strong], wide=wide, high=high, sizes=limits)
        total = lines[-1].top + lines[-1].size if lines else 0
        down = max(0, (high - total) // 2) if middle else 0
        for line in lines:
            spare = wide - round(widths[line.strong](line.text, line.size))
            shift = {"left": 0, "center": spare // 2, "right": spare}[align]
            mark = Text(x + max(0, shift), y + down + line.top, line.size, line.text, line.strong, resident, reverse)
            self.marks.append(mark)
        return total

    def caption(self, x: float, y: float, text: str, *, wide: float = 40, align: str = "left") -> None:
        """A small heading."""
        self.block((x, y, wide, 3.2), [Item(text, strong=True)], sizes=(1.6, 2.3), align=align)

    def fonts(self) -> Fonts:
        """The fonts, looked for when first needed."""
        if self.given_fonts is None:
            self.given_fonts = find_fonts()
        return self.given_fonts

    def _printable(self, item: Item) -> Item:
        return Item(" ".join(self.fonts().printable(item.text).split()), item.scale, item.strong)

    def _width(self, resident: bool, strong: bool) -> Width:
        if resident:
            return measure_resident
        fonts = self.fonts()
        return lambda text, size: fonts.measure(text, size, bold=strong)


def compose_label(fields: LabelFields, scene: Scene) -> list[Mark]:
    """Every mark of a shipping label, in drawing order; none leaves its own band of the label."""
    _header(fields, scene)
    _sender(fields, scene)
    _recipient(fields, scene)
    _routing(fields, scene)
    _bars(fields, scene)
    _footer(fields, scene)
    return scene.marks


def _header(fields: LabelFields, scene: Scene) -> None:
    service = Item(clean(fields.service), strong=True)
    wide = 36.0 if service.text else 0.0
    carrier = [Item(clean(fields.carrier), strong=True)]
    scene.block((_EDGE, 4, _INNER - wide - 2, 11.5), carrier, sizes=(3.6, 9), middle=True)
    if service.text:
        scene.box(_EDGE + _INNER - wide, 3.5, wide, 12.5)
        area = (_EDGE + _INNER - wide + 1.5, 4.5, wide - 3, 10.5)
        scene.block(area, [service], sizes=(2.6, 6), align="center", middle=True, reverse=True)
    scene.rule(17.2, 0.6)


def _sender(fields: LabelFields, scene: Scene) -> None:
    words = WORDS[fields.language]
    scene.caption(_EDGE, 19.2, words["from"])
    sender = format_address(fields.sender, home=fields.recipient.country)
    scene.block((_EDGE, 22.6, 62, 15.4), _items(sender, words["phone"], headline=1.1), sizes=(1.6, 3.1))
    column = 69.0
    scene.box(column, 17.2, 0.3, 22)
    scene.caption(column + 2, 19.2, words["parcel"], wide=26)
    count = [Item(f"{fields.parcel} / {fields.parcels}", strong=True)]
    scene.block((column + 2, 22.4, 27, 6), count, sizes=(2.4, 5.2))
    if fields.weight_g > 0:
        scene.caption(column + 2, 29.4, words["weight"], wide=26)
        weight = [Item(f"{fields.weight_g / 1000:.2f} kg", strong=True)]
        scene.block((column + 2, 32.6, 27, 6), weight, sizes=(2.4, 5.2))
    scene.rule(39.2, 0.6)


def _recipient(fields: LabelFields, scene: Scene) -> None:
    words = WORDS[fields.language]
    scene.box(_EDGE, 41.2, 17, 5)
    title = [Item(words["to"], strong=True)]
    scene.block((_EDGE + 0.5, 42.1, 16, 3.4), title, sizes=(1.6, 2.8), align="center", middle=True, reverse=True)
    recipient = format_address(fields.recipient, home=fields.sender.country)
    area = (_EDGE + 2, 48.2, _INNER - 4, 33.3)
    scene.block(area, _items(recipient, words["phone"], headline=1.35, strong=True), sizes=(1.8, 6.2))
    scene.rule(83, 0.6)


def _items(address: Printed, phone: str, *, headline: float, strong: bool = False) -> list[Item]:
    names = [Item(name, headline, True) for name in (address.name, address.company)[:1] if name]
    company = address.company if address.name else ""
    if not names and address.company:
        names = [Item(address.company, headline, True)]
    return [
        *names,
        Item(company, 0.95),
        *(Item(line, 1.0, strong) for line in address.street),
        *(Item(line, 1.0, True) for line in address.locality),
        Item(f"{phone} {address.phone}" if address.phone else "", 0.85),
    ]


def _routing(fields: LabelFields, scene: Scene) -> None:
    rows = codes.draw_qr(fields.matrix_payload)
    module = max(1, min(scene.dots(23) // len(rows), scene.dots(0.9)))
    side = module * len(rows)
    x, y = scene.dots(_EDGE + 1.5 + 11.5) - side // 2, scene.dots(85.6 + 11.5) - side // 2
    scene.marks.append(Squares(x, y, module, fields.matrix_payload))
    scene.box(31.5, 83, 0.3, 28.2)
    postal_code, country = clean(fields.recipient.postal_code), clean(fields.recipient.country).upper()
    sort_code = clean(fields.sort_code) or postal_code
    below = "  ".join(filter(None, (country, postal_code if fields.sort_code else "")))
    high = 17.0 if below else 23.0
    scene.block((33.5, 85.2, 63, high), [Item(sort_code, strong=True)], sizes=(4, 16), align="center", middle=True)
    scene.block((33.5, 103.6, 63, 6.6), [Item(below, strong=True)], sizes=(2.4, 5.4), align="center", middle=True)
    scene.rule(111.2, 0.6)


def _bars(fields: LabelFields, scene: Scene) -> None:
    scene.caption(_EDGE, 113, WORDS[fields.language]["tracking"])
    number = [Item(group_digits(clean(fields.tracking_number)), strong=True)]
    scene.block((27, 112.6, _EDGE + _INNER - 27, 5.4), number, sizes=(1.6, 4.6), align="right")
    modules = len(codes.draw_code128(fields.linear_payload))
    room = scene.dots(WIDTH_MM - 1)
    module = max(1, min(room // (modules + _QUIET + _PACKING), scene.dots(0.5)))
    x = (scene.dots(WIDTH_MM) - module * modules) // 2
    scene.marks.append(Bars(x, scene.dots(119.4), scene.dots(20.4), module, fields.linear_payload))
    scene.rule(141.6, 0.6)


def _footer(fields: LabelFields, scene: Scene) -> None:
    words = WORDS[fields.language]
    reference, note = clean(fields.reference), clean(fields.note)
    wide = 30.0 if note else _INNER
    if reference:
        item = [Item(f"{words['reference']} {reference}", strong=True)]
        scene.block((_EDGE, 143.2, wide, 6.6), item, sizes=(1.8, 3.4), middle=True)
    if note:
        x = _EDGE + (32 if reference else 0)
        scene.block((x, 143.2, _EDGE + _INNER - x, 6.6), [Item(note)], sizes=(1.7, 3.2), middle=True)


def group_digits(number: str) -> str:
    """A long number in the groups in which people read it aloud; one that has spaces or hyphens stays as it is.

    Source: UPS tracking number (1Z), UPU S10 (two letters, nine digits, country); otherwise groups of four.
    """
    for pattern in _SPOKEN:
        if spoken := pattern.fullmatch(number):
            return " ".join(spoken.groups())
    if not number.isalnum() or len(number) < 9:
        return number
    groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    if len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return " ".join(groups)
