"""The 4×6 inch label as ZPL II for a thermal printer."""

from pathlib import Path

from PIL import Image

from doorstep.shipping.labels import codes
from doorstep.shipping.labels.fonts import Fonts, find_fonts
from doorstep.shipping.labels.scene import HEIGHT_MM, WIDTH_MM, Bars, Box, Mark, Scene, Squares, Text, compose_label
from doorstep.shipping.labels.values import LabelFields

DPMM = (8, 12)

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:/()'+#-")


def render_label(fields: LabelFields, *, dpmm: int = 8, fonts: Path | None = None) -> bytes:
    """One label as ZPL, ASCII only: text in font 0, what font 0 lacks as compressed pictures, a `^BC` and a QR code.

    No text of the caller can become a command.  Units: dots per millimetre, 8 (203 dpi) or 12 (300 dpi).
    Shapes: `fonts` is a folder with Pretendard, by default that of the assets step; a label all in Latin-1 needs none.
    Refuses: with `FontsMissing` where a needed font is not there, with `ValueError` another resolution.
    Source: ZPL II Programming Guide (Zebra P1099958).
    """
    if dpmm not in DPMM:
        raise ValueError(f"ZPL labels are drawn at {DPMM} dots per millimetre, not {dpmm}")
    scene = Scene(dpmm, resident=True, given_fonts=find_fonts(fonts) if fonts else None)
    marks = compose_label(fields, scene)
    head = f"^XA^CI28^LH0,0^PW{int(WIDTH_MM * dpmm)}^LL{int(HEIGHT_MM * dpmm)}"
    body = [_write(mark, scene) for mark in marks]
    return "\n".join([head, *body, "^PQ1", "^XZ", ""]).encode("ascii")


def escape(text: str) -> str:
    """Field data for `^FH`: every byte but plain letters, digits and harmless signs as `_` and two hex digits."""
    return "".join(c if c in _PLAIN else "".join(f"_{byte:02X}" for byte in c.encode("utf-8", "ignore")) for c in text)


def _write(mark: Mark, scene: Scene) -> str:
    at = f"^FO{mark.x},{mark.y}"
    match mark:
        case Box():
            return f"{at}^GB{mark.wide},{mark.high},{min(mark.wide, mark.high)}^FS"
        case Bars():
            return f"{at}^BY{mark.module},3,{mark.high}^BCN,{mark.high},N,N,N,A^FH_^FD{escape(mark.payload)}^FS"
        case Squares():
            return f"{at}{_picture(_draw_squares(mark))}^FS"
        case Text(resident=True):
            reverse = "^FR" if mark.reverse else ""
            return f"{at}{reverse}^A0N,{mark.size},{mark.size}^FH_^FD{escape(mark.text)}^FS"
        case Text():
            return _write_drawn(mark, scene.fonts())


def _write_drawn(mark: Text, fonts: Fonts) -> str:
    image = fonts.draw(mark.text, mark.size, bold=mark.bold)
    box = image.getbbox()
    if box is None:
        return ""
    reverse = "^FR" if mark.reverse else ""
    return f"^FO{mark.x + box[0]},{max(0, mark.y + box[1])}{reverse}{_picture(image.crop(box))}^FS"


def _draw_squares(mark: Squares) -> Image.Image:
    rows = codes.draw_qr(mark.payload)
    image = Image.new("1", (len(rows), len(rows)))
    image.putdata([255 * dark for row in rows for dark in row])
    return image.resize((len(rows) * mark.module,) * 2, Image.Resampling.NEAREST)


def _picture(image: Image.Image) -> str:
    row_bytes = (image.width + 7) // 8
    total = row_bytes * image.height
    return f"^GFA,{total},{total},{row_bytes},{compress(image.tobytes(), row_bytes)}"


def compress(data: bytes, row_bytes: int) -> str:
    """A bitmap in Zebra's run-length hexadecimal, which every ZPL II printer reads.

    Source: ZPL II Programming Guide, "Alternative Data Compression Scheme for ~DG and ~DB": G–Y repeat 1–19 times, g–z
    repeat 20–400 times, `,` fills the row with 0, `:` repeats the row above.  Not `!`: emulators misread it.
    """
    rows: list[str] = []
    above = ""
    for at in range(0, len(data), row_bytes):
        row = data[at : at + row_bytes].hex().upper()
        rows.append(":" if row == above else _compress_row(row))
        above = row
    return "".join(rows)


def _compress_row(row: str) -> str:
    kept = row.rstrip("0")
    parts: list[str] = []
    at = 0
    while at < len(kept):
        end = at + 1
        while end < len(kept) and kept[end] == kept[at]:
            end += 1
        parts.append(_repeat(kept[at], end - at))
        at = end
    return "".join(parts) + ("," if len(kept) < len(row) else "")


def _repeat(digit: str, count: int) -> str:
    many = "z" * (count // 400)
    twenties, ones = divmod(count % 400, 20)
    if count > 2:
        many += chr(ord("f") + twenties) if twenties else ""
        return many + (chr(ord("F") + ones) if ones else "") + digit
    return digit * count
