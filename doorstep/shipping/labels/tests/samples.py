"""Labels as they leave real warehouses, and the machines that turn them back into pictures."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from doorstep.shipping.labels.fonts import FontsMissing, find_fonts
from doorstep.shipping.labels.values import LabelAddress, LabelFields

REPOSITORY = Path(__file__).resolve().parents[4]
HOSTILE = "^FS^XZ~HS_5E\\& ^XA^DFR:X^FS #set page() $x$ *b* `r` @r <l> %n %A"


def fonts_folder() -> Path:
    """The folder of the assets step; skips where it is not there."""
    try:
        return find_fonts().directory
    except FontsMissing:
        pytest.skip("Pretendard is missing: run bin/bootstrap dev")


def korean() -> LabelFields:
    return LabelFields(
        carrier="한진택배",
        service="익일 배송",
        tracking_number="512345678901",
        sort_code="A1-420",
        sender=LabelAddress(
            name="도어스텝 물류센터", lines=("물류단지로 55",), city="이천시", region="경기도", country="KR"
        ),
        recipient=LabelAddress(
            name="김민서",
            lines=("월드컵북로 396",),
            city="마포구",
            region="서울특별시",
            postal_code="03925",
            country="KR",
            phone="010-1234-5678",
        ),
        reference="#KR-10294",
        weight_g=1240,
        note="부재 시 문 앞에 놓아주세요",
        language="ko",
    )


def german() -> LabelFields:
    return LabelFields(
        carrier="Deutsche Post DHL",
        service="PAKET PRIO",
        tracking_number="00340434161094042557",
        sort_code="46-12",
        sender=LabelAddress(
            company="Doorstep GmbH", lines=("Lagerstraße 12",), postal_code="10115", city="Berlin", country="DE"
        ),
        recipient=LabelAddress(
            name="Jörg Müßigbrodt",
            company="Käthe Größl & Söhne",
            lines=("Königsallee 92a",),
            postal_code="40212",
            city="Düsseldorf",
            country="DE",
        ),
        weight_g=800,
        parcel=2,
        parcels=3,
    )


def american() -> LabelFields:
    return LabelFields(
        carrier="UPS",
        service="GROUND",
        tracking_number="1Z999AA10123456784",
        sort_code="CA 941 9-03",
        matrix="https://example.com/t/1Z999AA10123456784?x=1&y=_^~",
        recipient=LabelAddress(
            name="Jordan Smith",
            lines=("1455 Market Street", "Suite 600"),
            city="San Francisco",
            region="CA",
            postal_code="94103",
            country="US",
        ),
    )


def crowded() -> LabelFields:
    company = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG " * 2
    return LabelFields(
        carrier="Österreichische Post Aktiengesellschaft Paketdienst " * 3,
        service="International Express Saver Worldwide " * 4,
        tracking_number="ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        sort_code="VIE-HUB-7781-NORTH-EAST-14 " * 6,
        sender=LabelAddress(name=company, company=company, lines=(company,) * 9, city="Wien", country="AT"),
        recipient=LabelAddress(
            name=company,
            company=company,
            lines=(company,) * 9,
            postal_code="1040" * 40,
            city="Wien" * 40,
            region="Wien" * 40,
            country="AT",
            phone="+43 1 234 56 78 90 " * 9,
        ),
        reference="ORDER-2026-11-" * 12,
        weight_g=10**9,
        parcel=12345678,
        parcels=98765432,
        note="Achtung: Glas! " * 20,
    )


def strange() -> LabelFields:
    return LabelFields(
        carrier="CJ Logistics 🚚",
        service=HOSTILE,
        tracking_number="EE123456789KR",
        sort_code=HOSTILE,
        recipient=LabelAddress(
            name="😀 Zoë Łukasiewicz 👨‍👩‍👧",
            company="東京カフェ ☕",
            lines=("ul. Świętokrzyska 14", HOSTILE),
            postal_code="00-050",
            city=HOSTILE,
            country="PL",
            phone=HOSTILE,
        ),
        reference=HOSTILE,
        note=HOSTILE,
    )


ALL = {"korean": korean, "german": german, "american": american, "crowded": crowded, "strange": strange}


def picture_of_zpl(zpl: bytes, dpmm: int) -> Image.Image:
    """The label as an offline ZPL renderer draws it; skips where node or the renderer is missing."""
    node = shutil.which("node")
    module = REPOSITORY / ".assets" / "dev" / "zpl-renderer.cjs"
    if node is None or not module.is_file():
        pytest.skip("zpl-renderer-js is missing: run bin/bootstrap dev, with node on the path")
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "label.png"
        script = Path(__file__).with_name("render_zpl.cjs")
        subprocess.run([node, script, module, str(dpmm), png], input=zpl, check=True, timeout=60)
        return Image.open(png).convert("L")


def picture_of_pdf(pdf: bytes, dpi: int = 203) -> Image.Image:
    """The first page of a PDF at the resolution of a label printer; skips where poppler is missing."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is missing: install poppler-utils")
    with tempfile.TemporaryDirectory() as folder:
        command = ["pdftoppm", "-r", str(dpi), "-gray", "-png", "-singlefile", "-", f"{folder}/page"]
        subprocess.run(command, input=pdf, check=True, timeout=60)
        return Image.open(f"{folder}/page.png").convert("L")


def read_codes(picture: Image.Image) -> dict[str, str]:
    """What a scanner reads, by kind of code."""
    return {
        str(code.format).removeprefix("BarcodeFormat.").replace(" ", ""): code.text
        for code in zxingcpp.read_barcodes(picture)
    }
