"""The ZPL label: only our own commands, everything in its place, readable by a scanner."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from doorstep.shipping.labels import codes, zpl
from doorstep.shipping.labels import scene as layout
from doorstep.shipping.labels.fonts import FontsMissing, find_fonts, measure_resident
from doorstep.shipping.labels.scene import Bars, Box, Scene, Squares, Text
from doorstep.shipping.labels.tests import samples
from doorstep.shipping.labels.values import LabelAddress, LabelFields

HEAD = re.compile(r"\^XA\^CI28\^LH0,0\^PW(812|1219)\^LL(1219|1828)")
BODY = re.compile(
    r"\^FO\d+,\d+(?:\^FR)?(?:"
    r"\^GB\d+,\d+,\d+"
    r"|\^A0N,\d+,\d+\^FH_\^FD[^\^~\\]*"
    r"|\^GFA,\d+,\d+,\d+,[0-9A-Yg-z,:]*"
    r"|\^BY\d+,3,\d+\^BCN,\d+,N,N,N,A\^FH_\^FD[^\^~\\]*"
    r")\^FS|"
)
BYTES_MAX = {8: 60_000, 12: 110_000}

words = st.text(max_size=60) | st.just(samples.HOSTILE) | st.text("^~\\_FSXZ가힣 -", max_size=200)
addresses = st.builds(
    LabelAddress,
    name=words,
    company=words,
    lines=st.lists(words, max_size=7).map(tuple),
    postal_code=words,
    city=words,
    region=words,
    country=words | st.sampled_from(["KR", "JP", "DE", "US", "GB", "AE"]),
    phone=words,
)
labels = st.builds(
    LabelFields,
    carrier=words,
    tracking_number=st.from_regex(r"[0-9A-Z]{1,24}", fullmatch=True),
    recipient=addresses,
    sender=addresses,
    service=words,
    sort_code=words,
    reference=words,
    weight_g=st.integers(),
    parcel=st.integers(),
    parcels=st.integers(),
    note=words,
    language=st.sampled_from(["en", "ko"]),
)


def assert_only_our_commands(data: bytes) -> None:
    head, *body, copies, end, nothing = data.decode("ascii").split("\n")
    assert HEAD.fullmatch(head)
    assert all(BODY.fullmatch(line) for line in body)
    assert (copies, end, nothing) == ("^PQ1", "^XZ", "")


def extent(mark: layout.Mark, scene: Scene) -> tuple[int, int, int, int]:
    match mark:
        case Box():
            wide, high = mark.wide, mark.high
        case Bars():
            wide, high = len(codes.draw_code128(mark.payload)) * mark.module, mark.high
        case Squares():
            wide = high = len(codes.draw_qr(mark.payload)) * mark.module
        case Text():
            measured = measure_resident(mark.text, mark.size) if mark.resident else None
            wide = round(
                measured if measured is not None else scene.fonts().measure(mark.text, mark.size, bold=mark.bold)
            )
            high = mark.size
    return mark.x, mark.y, mark.x + wide, mark.y + high


def assert_in_place(fields: LabelFields, dpmm: int, *, resident: bool) -> None:
    scene = Scene(dpmm, resident=resident, given_fonts=find_fonts(samples.fonts_folder()))
    marks = layout.compose_label(fields, scene)
    boxes = [(mark, extent(mark, scene)) for mark in marks if not isinstance(mark, Box)]
    for mark, (left, top, right, bottom) in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= layout.WIDTH_MM * dpmm
        assert bottom <= layout.HEIGHT_MM * dpmm, mark
    for index, (mark, one) in enumerate(boxes):
        quiet = 10 * mark.module if isinstance(mark, Bars) else 0
        for other, two in boxes[index + 1 :]:
            apart = one[2] + quiet <= two[0] or two[2] + quiet <= one[0] or one[3] <= two[1] or two[3] <= one[1]
            assert apart, (mark, other)


@pytest.mark.parametrize("dpmm", zpl.DPMM)
@pytest.mark.parametrize("name", samples.ALL)
def test_a_scanner_reads_both_codes_of_the_printed_label(name: str, dpmm: int) -> None:
    fields = samples.ALL[name]()
    picture = samples.picture_of_zpl(zpl.render_label(fields, dpmm=dpmm, fonts=samples.fonts_folder()), dpmm)
    assert samples.read_codes(picture) == {"Code128": fields.linear_payload, "QRCode": fields.matrix_payload}


def test_a_korean_name_is_printed_glyph_for_glyph() -> None:
    fonts = find_fonts(samples.fonts_folder())
    fields = samples.korean()
    scene = Scene(8, resident=True, given_fonts=fonts)
    mark = next(m for m in layout.compose_label(fields, scene) if isinstance(m, Text) and m.text == "김민서")
    drawn = fonts.draw("김민서", mark.size, bold=True)
    picture = samples.picture_of_zpl(zpl.render_label(fields, fonts=fonts.directory), 8)
    printed = picture.crop((mark.x, mark.y, mark.x + drawn.width, mark.y + drawn.height)).point(
        lambda v: 255 * (v < 128)
    )
    assert mark.size >= 6 * 8
    assert printed.tobytes() == drawn.convert("L").tobytes()


def test_a_latin_label_is_text_and_needs_no_font_file() -> None:
    data = zpl.render_label(samples.german()).decode()
    assert "^FDJ_C3_B6rg M_C3_BC_C3_9Figbrodt^FS" in data
    assert data.count("^GFA") == 1
    assert len(data) < 3000


def test_hangul_without_a_font_is_refused_loudly(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing):
        zpl.render_label(samples.korean(), fonts=tmp_path)


def test_another_resolution_is_refused() -> None:
    with pytest.raises(ValueError, match="not 6"):
        zpl.render_label(samples.german(), dpmm=6)


@pytest.mark.parametrize("dpmm", zpl.DPMM)
@pytest.mark.parametrize("name", samples.ALL)
def test_every_mark_has_its_own_place(name: str, dpmm: int) -> None:
    assert_in_place(samples.ALL[name](), dpmm, resident=True)
    assert_in_place(samples.ALL[name](), dpmm, resident=False)


def test_the_template_keeps_its_structure() -> None:
    commands = re.findall(r"\^(?!F[OSDH])[A-Z][A-Z0-9]", zpl.render_label(samples.american()).decode())
    kinds = {command: commands.count(command) for command in dict.fromkeys(commands)}
    boxes = {"^XA": 1, "^CI": 1, "^LH": 1, "^PW": 1, "^LL": 1, "^A0": 15, "^GB": 9, "^FR": 2}
    assert kinds == boxes | {"^GF": 1, "^BY": 1, "^BC": 1, "^PQ": 1, "^XZ": 1}


@pytest.mark.parametrize("dpmm", zpl.DPMM)
@pytest.mark.parametrize("name", samples.ALL)
def test_no_sample_smuggles_a_command(name: str, dpmm: int) -> None:
    data = zpl.render_label(samples.ALL[name](), dpmm=dpmm, fonts=samples.fonts_folder())
    assert_only_our_commands(data)
    assert len(data) < BYTES_MAX[dpmm]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(fields=labels, dpmm=st.sampled_from(zpl.DPMM))
def test_no_text_whatsoever_breaks_the_label(fields: LabelFields, dpmm: int) -> None:
    data = zpl.render_label(fields, dpmm=dpmm, fonts=samples.fonts_folder())
    assert_only_our_commands(data)
    assert len(data) < BYTES_MAX[dpmm]
    assert_in_place(fields, dpmm, resident=True)


@given(st.text())
def test_escaped_text_is_plain_and_comes_back(text: str) -> None:
    escaped = zpl.escape(text)
    assert not set(escaped) & set("^~\\")
    assert escaped.isascii()
    back = re.sub(rb"_([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), escaped.encode())
    assert back.decode() == text


def decompress(data: str, row_bytes: int) -> bytes:
    rows: list[str] = []
    row, count = "", 0
    for sign in data:
        if sign == ":":
            rows.append(rows[-1])
        elif sign == ",":
            rows.append(row.ljust(row_bytes * 2, "0"))
            row = ""
        elif "G" <= sign <= "Y":
            count += ord(sign) - ord("F")
        elif "g" <= sign <= "z":
            count += (ord(sign) - ord("f")) * 20
        else:
            row, count = row + sign * (count or 1), 0
            if len(row) == row_bytes * 2:
                rows.append(row)
                row = ""
    return bytes.fromhex("".join(rows))


@given(st.integers(1, 300), st.lists(st.sampled_from([0, 0, 0, 255, 255, 15, 240, 170]), min_size=1, max_size=900))
def test_a_compressed_picture_comes_back(row_bytes: int, pixels: list[int]) -> None:
    whole = bytes(pixels * (row_bytes // len(pixels) + 1))
    data = whole[: len(whole) // row_bytes * row_bytes]
    assert decompress(zpl.compress(data, row_bytes), row_bytes) == data


def test_a_picture_is_sent_without_loss() -> None:
    image = find_fonts(samples.fonts_folder()).draw("서울특별시", 40, bold=False)
    row_bytes = (image.width + 7) // 8
    back = decompress(zpl.compress(image.tobytes(), row_bytes), row_bytes)
    assert Image.frombytes("1", image.size, back).tobytes() == image.tobytes()
