# ruff: noqa: E501  # a table reads best with one column per line
"""Which columns each kind of file has, and how they are guessed from the names that a brand gave them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from doorstep.base.words import gettext_noop
from doorstep.flows.moving_in.values import Column, Kind, Table

_SKU = (
    "sku",
    "variant sku",
    "품목코드",
    "품번",
    "상품코드",
    "판매자상품코드",
    "자체상품코드",
    "재고코드",
    "item code",
    "product code",
    "stockcode",
    "상품번호",
)
_LOCATION = ("location", "warehouse", "location code", "창고", "창고코드", "로케이션", "지점", "매장", "위치")
_COUNTRY = ("country", "country code", "shipping country", "국가", "나라", "국가코드")
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.PRODUCTS: (
        Column("sku", "SKU", _SKU, True),
        Column("title", gettext_noop("Title"), ("title", "name", "product name", "item name", "description", "상품명", "품명", "품목명", "제품명", "이름"), True),
        Column("price", gettext_noop("Price"), ("price", "variant price", "unit price", "retail price", "판매가", "가격", "단가", "소비자가", "정가"), True),
        Column("currency", gettext_noop("Currency"), ("currency", "통화", "화폐")),
        Column("product", gettext_noop("Product that the variant belongs to"), ("product", "parent", "handle", "group", "parent title", "대표상품명", "상품그룹", "모상품")),
        Column("option1", gettext_noop("First option"), ("option1 value", "option 1", "option1", "colour", "color", "옵션1", "옵션", "색상", "컬러")),
        Column("option2", gettext_noop("Second option"), ("option2 value", "option 2", "option2", "size", "옵션2", "사이즈", "크기")),
        Column("barcode", gettext_noop("Barcode"), ("barcode", "variant barcode", "ean", "upc", "gtin", "jan", "바코드")),
        Column("category", gettext_noop("Category"), ("category", "type", "product type", "카테고리", "분류", "상품분류")),
        Column("weight_g", gettext_noop("Weight (g, or with its unit)"), ("weight", "weight g", "grams", "variant grams", "weight kg", "무게", "중량", "무게 g", "무게 kg")),
        Column("hs_code", gettext_noop("HS code"), ("hs code", "hscode", "hs", "tariff", "hs코드", "세번부호")),
        Column("country_of_origin", gettext_noop("Country of origin"), ("country of origin", "origin", "coo", "원산지", "제조국")),
        Column("length_mm", gettext_noop("Length (mm, or with its unit)"), ("length", "length mm", "depth", "길이", "세로", "길이 mm")),
        Column("width_mm", gettext_noop("Width (mm, or with its unit)"), ("width", "width mm", "너비", "가로", "폭", "가로 mm")),
        Column("height_mm", gettext_noop("Height (mm, or with its unit)"), ("height", "height mm", "높이", "높이 mm")),
        Column("own_box", gettext_noop("Ships in its own box"), ("own box", "ships alone", "ships in own container", "단독포장", "단독배송")),
        Column("fragile", gettext_noop("Fragile"), ("fragile", "do not stack", "파손주의", "깨지기쉬움")),
        Column("hazmat", gettext_noop("Dangerous goods"), ("hazmat", "dangerous goods", "un number", "위험물", "위험물 코드")),
    ),
    Kind.BUNDLES: (
        Column("bundle", gettext_noop("SKU of the bundle"), ("bundle sku", "bundle", "set sku", "parent sku", "묶음", "묶음 sku", "세트코드", "세트품목코드", "세트상품코드", "세트"), True),
        Column("component", gettext_noop("SKU of the component"), ("component sku", "component", "child sku", "item sku", "구성품", "구성품 sku", "구성품코드", "구성품목코드", "단품코드", *_SKU), True),
        Column("qty", gettext_noop("Units in one bundle"), ("quantity", "qty", "units", "수량", "구성수량", "개수"), True),
    ),
    Kind.STOCK: (
        Column("sku", gettext_noop("SKU or barcode"), (*_SKU, "barcode", "바코드"), True),
        Column("qty", gettext_noop("Units on hand"), ("quantity", "qty", "on hand", "stock", "inventory", "available", "count", "수량", "재고", "재고수량", "현재고", "실재고"), True),
        Column("location", gettext_noop("Location (code or name)"), _LOCATION),
        Column("bin", gettext_noop("Bin"), ("bin", "shelf", "bin location", "선반", "적치위치", "빈", "셀")),
    ),
    Kind.CUSTOMERS: (
        Column("name", gettext_noop("Name"), ("name", "customer name", "full name", "이름", "고객명", "성명", "구매자명", "회원명")),
        Column("first_name", gettext_noop("First name"), ("first name", "given name", "firstname")),
        Column("last_name", gettext_noop("Last name"), ("last name", "family name", "surname", "lastname")),
        Column("email", gettext_noop("E-mail"), ("email", "e mail", "email address", "이메일", "메일", "전자우편")),
        Column("phone", gettext_noop("Phone"), ("phone", "mobile", "telephone", "phone number", "전화", "전화번호", "휴대폰", "휴대전화", "연락처", "핸드폰")),
        Column("country", gettext_noop("Country"), _COUNTRY),
        Column("language", gettext_noop("Language"), ("language", "locale", "언어")),
        Column("consent", gettext_noop("Accepts marketing"), ("accepts marketing", "marketing", "accepts email marketing", "newsletter", "opt in", "마케팅 동의", "마케팅수신동의", "수신동의", "광고수신")),
    ),
    Kind.BINS: (
        Column("code", gettext_noop("Bin"), ("bin", "bin code", "code", "shelf", "선반", "빈", "셀", "적치위치", "로케이션코드"), True),
        Column("location", gettext_noop("Location (code or name)"), _LOCATION),
        Column("position", gettext_noop("Position on the walk"), ("position", "order", "sequence", "sort", "순서", "순번", "동선")),
    ),
}  # fmt: skip


def fold(head: str) -> str:
    """A column name as it is compared: NFKC, lower case, words apart by one space, no punctuation."""
    folded = unicodedata.normalize("NFKC", head).lower()
    return " ".join(re.sub(r"[^\w]+|_", " ", folded).split())


def guess(kind: Kind, heads: Sequence[str]) -> dict[str, int]:
    """Column of ours → column of the file, exact names before partial ones; a column of the file is used once."""
    return guess_among(COLUMNS[kind], heads)


def guess_among(columns: Sequence[Column], heads: Sequence[str]) -> dict[str, int]:
    """The same for any columns."""
    folded = [fold(head) for head in heads]
    bare = [head.replace(" ", "") for head in folded]
    found: dict[str, int] = {}
    for is_exact in (True, False):
        for column in columns:
            if column.name in found:
                continue
            for wanted in column.heads:
                place = _place(wanted, folded, bare, set(found.values()), is_exact)
                if place is not None:
                    found[column.name] = place
                    break
    return found


def left_out(table: Table, mapping: Mapping[str, int]) -> list[int]:
    """The columns of the file that no column of ours takes; those without a name and without any cell are none."""
    used = set(mapping.values())
    return [
        i
        for i, head in enumerate(table.heads)
        if i not in used and (head.strip() or any(row[i].strip() for row in table.rows))
    ]


def _place(wanted: str, folded: Sequence[str], bare: Sequence[str], used: set[int], is_exact: bool) -> int | None:
    for i, head in enumerate(folded):
        if i in used:
            continue
        if is_exact and bare[i] == wanted.replace(" ", ""):
            return i
        if not is_exact and (
            wanted in head.split() or (not wanted.isascii() and len(wanted) > 1 and wanted in bare[i])
        ):
            return i
    return None
