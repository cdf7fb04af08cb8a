"""Moru, a brand that does not exist: paper, tableware and small things for the desk, designed in Seoul.

All of it is made up here; e-mail addresses end in .example and barcodes lie in GS1's range for use within a company.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.base.money import Money
from doorstep.catalog.values import Handling, ProductDraft, VariantDraft
from doorstep.locations.values import LocationDraft, LocationKind
from doorstep.payments.till.paper import Paper

NAME = "Moru"
SUPPORT = "help@moru.example"
ACCENT = "#2f6f5e"


@dataclass(frozen=True, slots=True)
class Series:
    """A motif that runs through the whole range.  `colour`: as red, green, blue."""

    code: str
    en: str
    ko: str
    colour: tuple[int, int, int]
    says: str


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of thing.  Units: won, grams.  `shape`: how its picture is drawn."""

    code: str
    en: str
    ko: str
    category: str
    price_krw: int
    weight_g: int
    hs_code: str
    shape: str
    option: str = ""
    choices: tuple[tuple[str, str, int], ...] = ()


GIFT = "GIFT-HR"
IN_THE_GIFT = (("POT-HR", 1), ("CUP-HR-1", 2))
COLOURS = (("IV", "Ivory", 0), ("CL", "Clay", 0), ("NV", "Navy", 0))
RULINGS = (("LN", "Lined", 0), ("DT", "Dotted", 0), ("PL", "Plain", 0))
SIZES = (("S", "S", 0), ("M", "M", 6000), ("L", "L", 14000))
# About how big each shape is, in millimetres, and which of them breaks.
SIZES_MM = {
    "book": (210, 148, 16), "sheet": (230, 160, 12), "pen": (190, 45, 25), "bottle": (75, 75, 110), "pouch": (210, 130, 30),
    "box": (250, 180, 90), "round": (190, 190, 45), "cup": (120, 95, 100), "pot": (200, 140, 140), "bowl": (130, 130, 75),
    "bag": (300, 220, 35),
}  # fmt: skip
FRAGILE = ("bottle", "round", "cup", "pot", "bowl")
PAIR = (("1", "Single", 0), ("2", "Set of 2", 16000))

SERIES = (
    Series("HR", "Haru", "하루", (214, 164, 92), "the light of an ordinary day"),
    Series("BD", "Bada", "바다", (62, 112, 146), "the sea at Gangneung in winter"),
    Series("SP", "Sup", "숲", (64, 110, 82), "a forest path after rain"),
    Series("DL", "Dal", "달", (120, 116, 150), "the moon over low roofs"),
    Series("GL", "Gaeul", "가을", (178, 92, 62), "persimmons drying under the eaves"),
    Series("NN", "Nun", "눈", (150, 168, 178), "the first quiet snow"),
    Series("DN", "Dan", "단", (168, 66, 78), "painted temple beams"),
    Series("ON", "On", "온", (196, 140, 120), "a warm floor in January"),
)

FORMS = (
    Form("NB5", "notebook A5", "노트 A5", "Paper", 12000, 240, "482010", "book", "Ruling", RULINGS),
    Form("NB6", "pocket notebook", "포켓 노트", "Paper", 7000, 110, "482010", "book", "Ruling", RULINGS[:2]),
    Form("PLN", "weekly planner", "위클리 플래너", "Paper", 24000, 380, "482010", "book"),
    Form("LTR", "letter set", "편지지 세트", "Paper", 9000, 160, "481720", "sheet"),
    Form("CRD", "card set", "카드 세트", "Paper", 11000, 140, "490900", "sheet"),
    Form("WRP", "wrapping paper", "포장지", "Paper", 8000, 180, "481149", "sheet"),
    Form("PEN", "rollerball pen", "롤러볼 펜", "Writing", 18000, 45, "960810", "pen", "Colour", COLOURS),
    Form("PCL", "pencil set", "연필 세트", "Writing", 10000, 70, "960910", "pen"),
    Form("INK", "ink 30 ml", "잉크 30ml", "Writing", 16000, 150, "321590", "bottle"),
    Form("CSE", "pencil case", "필통", "Writing", 26000, 120, "420232", "pouch", "Colour", COLOURS[:2]),
    Form("TRY", "desk tray", "데스크 트레이", "Desk", 34000, 620, "442190", "box", "Size", SIZES[:2]),
    Form("BKE", "bookend", "북엔드", "Desk", 29000, 900, "732690", "box"),
    Form("CLK", "table clock", "탁상시계", "Desk", 58000, 480, "910519", "round"),
    Form("MUG", "mug", "머그", "Table", 24000, 380, "691200", "cup", "Colour", COLOURS),
    Form("CUP", "tea cup", "찻잔", "Table", 19000, 210, "691200", "cup", "Set", PAIR),
    Form("POT", "tea pot", "찻주전자", "Table", 68000, 820, "691200", "pot"),
    Form("PLT", "plate", "접시", "Table", 27000, 560, "691200", "round", "Size", SIZES),
    Form("BWL", "rice bowl", "밥공기", "Table", 22000, 340, "691200", "bowl", "Set", PAIR),
    Form("SPN", "spoon and chopsticks", "수저 세트", "Table", 32000, 130, "821599", "pen"),
    Form("CTH", "linen cloth", "리넨 행주", "Home", 15000, 90, "630239", "sheet", "Colour", COLOURS),
    Form("CSH", "cushion cover", "쿠션 커버", "Home", 36000, 260, "630492", "pouch", "Size", SIZES[:2]),
    Form("CDL", "candle", "캔들", "Home", 33000, 420, "340600", "bottle", "Size", SIZES[:2]),
    Form("INC", "incense", "인센스", "Home", 17000, 80, "330741", "pen"),
    Form("BAG", "tote bag", "토트백", "Bags", 42000, 280, "420222", "bag", "Colour", COLOURS),
    Form("PCH", "pouch", "파우치", "Bags", 23000, 100, "420222", "pouch", "Size", SIZES[:2]),
)

WAREHOUSES = (
    LocationDraft(
        "ICN", "Incheon warehouse · 인천 물류센터", "KR", company=NAME, lines=("공항동로 296",), postal_code="22382",
        city="인천", region="인천광역시", phone="+82 32 000 0100", latitude=37.4602, longitude=126.4407, timezone="Asia/Seoul",
    ),
    LocationDraft(
        "EWR", "New Jersey warehouse", "US", company=NAME, lines=("120 Raritan Center Pkwy",), postal_code="08837",
        city="Edison", region="NJ", phone="+1 732 555 0142", latitude=40.5187, longitude=-74.4121,
        timezone="America/New_York", serves=("US", "CA", "MX"),
    ),
    LocationDraft(
        "VLO", "Venlo warehouse", "NL", company=NAME, lines=("Columbusweg 12",), postal_code="5928 LC", city="Venlo",
        phone="+31 77 000 0118", latitude=51.3959, longitude=6.1089, timezone="Europe/Amsterdam",
        serves=("DE", "FR", "NL", "BE", "AT", "GB", "ES", "IT"),
    ),
)  # fmt: skip
SHOPS = (
    LocationDraft(
        "SSU", "Seongsu shop · 성수 매장", "KR", LocationKind.SHOP, company=NAME, lines=("연무장길 34",),
        postal_code="04782", city="서울", region="서울특별시", phone="+82 2 000 0177", latitude=37.5425, longitude=127.0560,
        timezone="Asia/Seoul", fulfils_online=False,
    ),
    LocationDraft(
        "BER", "Berlin shop", "DE", LocationKind.SHOP, company=NAME, lines=("Torstr. 66",), postal_code="10119",
        city="Berlin", phone="+49 30 0000 0164", latitude=52.5292, longitude=13.4016, timezone="Europe/Berlin",
        fulfils_online=False,
    ),
)  # fmt: skip
# What the receipts of each shop say; the numbers are of nobody.
PAPERS = {
    "SSU": Paper(
        "모루 주식회사", "000-00-00000", "교환과 환불은 영수증을 가지고 14일 안에 오시면 됩니다.", {"": 1000}
    ),
    "BER": Paper("Moru GmbH", "DE000000000", "Umtausch mit Beleg innerhalb von 14 Tagen.", {"": 1900}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shelf:
    """A product as the brand plans it."""

    form: Form
    series: Series
    product: ProductDraft
    variants: tuple[VariantDraft, ...]


def shelves() -> list[Shelf]:
    """The whole range, 200 products; the same every time."""
    made = []
    number = 0
    for form in FORMS:
        for series in SERIES:
            drafts = []
            for code, label, more in form.choices or (("", "", 0),):
                number += 1
                drafts.append(
                    VariantDraft(
                        sku="-".join(part for part in (form.code, series.code, code) if part),
                        price=Money(form.price_krw + more, "KRW"),
                        barcode=gtin(number),
                        options=(label,) if label else (),
                        weight_g=form.weight_g + more // 100,
                        hs_code=form.hs_code,
                        country_of_origin="KR",
                        handling=Handling(SIZES_MM.get(form.shape), fragile=form.shape in FRAGILE),
                    )
                )
            product = ProductDraft(
                title=f"{series.en} {form.en} · {series.ko} {form.ko}",
                description=f"{series.en} tells of {series.says}. Made in small batches in Korea.\n\n"
                f"{series.ko} 연작의 {form.ko}입니다. 국내 공방에서 조금씩 만듭니다.",
                category=form.category,
                option_names=(form.option,) if form.option else (),
            )
            made.append(Shelf(form, series, product, tuple(drafts)))
    return made


def gift() -> Shelf:
    """A set that is sold as one and lies on the shelves as a pot and two cups."""
    form = Form("GIFT", "tea gift set", "차 선물 세트", "Table", 98000, 0, "", "pot")
    product = ProductDraft(
        title="Haru tea gift set · 하루 차 선물 세트",
        description="A tea pot and two cups of the Haru series.\n\n하루 연작의 찻주전자 하나와 찻잔 두 개입니다.",
        category=form.category,
    )
    return Shelf(form, SERIES[0], product, (VariantDraft(GIFT, Money(form.price_krw, "KRW"), country_of_origin="KR"),))


def pictures_of_skus() -> dict[str, tuple[str, tuple[int, int, int]]]:
    """How each SKU is drawn: its shape and its colour."""
    return {v.sku: (shelf.form.shape, shelf.series.colour) for shelf in shelves() for v in shelf.variants}


def gtin(number: int) -> str:
    """A GTIN-13 from the range that no company owns.  Source: GS1 General Specifications, 2.1.10, prefixes 200-299."""
    body = f"290{number:09d}"
    odd_even = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-odd_even % 10}"


def price_in(currency: str, won: int) -> Money:
    """What a thing costs elsewhere: round, and a little under the next whole."""
    if currency == "KRW":
        return Money(won, currency)
    per = {"USD": 1300, "EUR": 1400, "GBP": 1600}[currency]
    return Money(max(round(won / per), 1) * 100 + 90, currency)
