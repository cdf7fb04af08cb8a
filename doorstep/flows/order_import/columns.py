"""What a file of orders may tell, in words, and how brands and marketplaces head it.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from doorstep.base.words import gettext_noop
from doorstep.flows.moving_in import columns
from doorstep.flows.moving_in.values import Column
from doorstep.flows.order_import import cells
from doorstep.flows.order_import.profiles import REQUIRED

# Names of columns are in Korean and English, as marketplaces and spreadsheets write them.
_COLUMNS: tuple[Column, ...] = (
    Column("order_id", gettext_noop("Order number"), (
        "order id", "order number", "order no", "order", "invoice no", "invoice", "주문번호", "주문 번호", "상품주문번호",
        "주문id",
    ), True),
    Column("placed_at", gettext_noop("When it was placed"), (
        "placed at", "order date", "ordered at", "created at", "purchase date", "invoice date", "date", "주문일시",
        "주문일", "주문일자", "결제일", "결제일시",
    ), True),
    Column("sku", "SKU", (
        "sku", "seller sku", "item sku", "stock code", "product code", "판매자상품코드", "자체상품코드", "상품코드",
        "품목코드", "옵션코드", "상품번호",
    ), True),
    Column("quantity", gettext_noop("Units"), ("quantity", "qty", "units", "수량", "주문수량", "구매수량"), True),
    Column("unit_price", gettext_noop("Price of one unit"), (
        "unit price", "price", "item price", "판매가", "단가", "상품가격", "판매가격",
    ), True),
    Column("title", gettext_noop("Title"), ("title", "product name", "item name", "description", "상품명", "품명", "제품명")),
    Column("line_discount", gettext_noop("Discount of the line"), (
        "line discount", "item discount", "discount", "할인", "할인액", "상품할인액",
    )),
    Column("currency", gettext_noop("Currency"), ("currency", "통화", "화폐")),
    Column("name", gettext_noop("Name of who receives it"), (
        "name", "recipient", "recipient name", "ship to name", "buyer name", "customer name", "수취인", "수취인명",
        "받는분", "받는사람", "수령인",
    )),
    Column("email", gettext_noop("E-mail"), ("email", "e mail", "buyer email", "이메일", "메일")),
    Column("phone", gettext_noop("Phone"), (
        "phone", "mobile", "telephone", "recipient phone", "수취인연락처", "수취인연락처1", "휴대폰", "전화번호", "연락처",
    )),
    Column("company", gettext_noop("Company"), ("company", "회사", "회사명", "상호")),
    Column("address1", gettext_noop("Address"), (
        "address1", "address 1", "address", "street", "ship address 1", "주소", "배송지", "배송지주소", "기본배송지",
    )),
    Column("address2", gettext_noop("Address, second line"), ("address2", "address 2", "ship address 2", "상세주소", "상세배송지")),
    Column("city", gettext_noop("City"), ("city", "ship city", "시군구", "도시")),
    Column("region", gettext_noop("State or province"), ("region", "state", "province", "ship state", "시도")),
    Column("postal_code", gettext_noop("Postal code"), ("postal code", "zip", "zip code", "postcode", "우편번호")),
    Column("country", gettext_noop("Country"), ("country", "country code", "ship country", "국가", "나라", "국가코드")),
    Column("shipping", gettext_noop("Shipping charge"), ("shipping", "shipping price", "delivery fee", "배송비", "배송비 합계")),
    Column("tax", gettext_noop("Tax"), ("tax", "vat", "부가세", "세금")),
    Column("taxes_included", gettext_noop("Prices include tax (yes or no)"), ("taxes included", "tax included", "세금포함")),
    Column("order_discount", gettext_noop("Discount of the order"), ("order discount", "cart discount", "주문할인", "쿠폰할인")),
    Column("payment_state", gettext_noop("Payment (paid or pending)"), ("payment state", "payment status", "결제상태")),
    Column("customer_id", gettext_noop("Customer number"), (
        "customer id", "customer no", "buyer id", "구매자id", "구매자 id", "고객번호", "회원번호",
    )),
    Column("language", gettext_noop("Language (ko, en)"), ("language", "locale", "언어")),
    Column("note", gettext_noop("Note"), ("note", "message", "delivery note", "배송메세지", "배송메시지", "요청사항", "메모")),
    Column("tags", gettext_noop("Tags"), ("tags", "tag", "태그")),
    Column("shipping_service", gettext_noop("Shipping service"), ("shipping service", "shipping method", "배송방법", "배송방식")),
    Column("customer_groups", gettext_noop("Groups of the customer"), ("customer groups", "customer tags", "고객등급", "회원등급")),
)  # fmt: skip
# The same in German.
_GERMAN: Mapping[str, tuple[str, ...]] = {
    "order_id": ("bestellnummer", "bestell nr", "auftragsnummer"),
    "placed_at": ("bestelldatum", "auftragsdatum", "kaufdatum", "datum"),
    "sku": ("artikelnummer", "artikel nr"), "quantity": ("menge", "anzahl"),
    "unit_price": ("einzelpreis", "stückpreis", "preis"), "title": ("artikelbezeichnung", "bezeichnung", "artikelname"),
    "line_discount": ("rabatt",), "currency": ("währung",), "name": ("empfänger", "kunde", "kundenname"),
    "phone": ("telefon", "telefonnummer"), "company": ("firma",), "address1": ("straße", "strasse", "adresse"),
    "address2": ("adresszusatz",), "city": ("ort", "stadt"), "region": ("bundesland",), "postal_code": ("plz", "postleitzahl"),
    "country": ("land",), "shipping": ("versandkosten", "versand"), "tax": ("mwst", "ust", "steuer"),
    "customer_id": ("kundennummer",), "note": ("bemerkung", "anmerkung"),
}  # fmt: skip
COLUMNS = tuple(replace(one, heads=(*one.heads, *_GERMAN.get(one.name, ()))) for one in _COLUMNS)
DATE_FORMS = ("iso", "%Y-%m-%d %H:%M", "%Y.%m.%d %H:%M", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M",
              "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")  # fmt: skip
SIGNS = {"point": (".", ""), "point_comma": (".", ","), "comma": (",", ""), "comma_point": (",", ".")}
AMOUNTS = ("unit_price", "line_discount", "shipping", "tax", "order_discount")
LOOKED_AT = 500  # rows


def guess(heads: Sequence[str], *, kept: Mapping[str, Any] | None) -> dict[str, int]:
    """Column of ours → column of the file: as it was kept where the file has those heads, else by their names."""
    if kept is not None:
        places = {head.strip().casefold(): i for i, head in reversed(list(enumerate(heads)))}
        named: Mapping[str, str] = kept.get("columns", {})
        found = {ours: places[head.casefold()] for ours, head in named.items() if head.casefold() in places}
        if found.keys() >= set(REQUIRED):
            return found
    return columns.guess_among(COLUMNS, heads)


def required_of(chosen: Mapping[str, int]) -> list[str]:
    """What is needed and was given no column, in words."""
    return [column.label for column in COLUMNS if column.required and column.name not in chosen]


def fitting_dates(rows: Sequence[Sequence[str]], chosen: Mapping[str, int], *, wished: str) -> str:
    """The form that is wished where every date of a file has it, else the first that they all have, else the one that is wished.

    Days that could be months are taken as days: most of the world writes them first.
    """
    found = _cells(rows, chosen, ("placed_at",))
    known = [form for form in (wished, *DATE_FORMS) if form in DATE_FORMS]
    return next((form for form in known if all(cells.moment(text, form, "UTC") is not None for text in found)), wished)


def fitting_signs(rows: Sequence[Sequence[str]], chosen: Mapping[str, int], *, wished: str) -> str:
    """The same for how amounts are written; `24,000` is taken as thousands."""
    found = _cells(rows, chosen, AMOUNTS)
    known = [name for name in (wished, *SIGNS) if name in SIGNS]
    return next((name for name in known if all(cells.number(text, *SIGNS[name]) is not None for text in found)), wished)


def _cells(rows: Sequence[Sequence[str]], chosen: Mapping[str, int], names: Sequence[str]) -> list[str]:
    """What stands in columns, each text once."""
    places = [chosen[name] for name in names if name in chosen]
    return list(dict.fromkeys(row[at] for row in rows[:LOOKED_AT] for at in places if row[at].strip()))


def document_of(
    heads: Sequence[str], chosen: Mapping[str, int], *, date_form: str, time_zone: str, signs: str, currency: str,
    country: str,
) -> dict[str, Any]:
    """What a person chose, as the profile of `order_import.profiles` says it."""
    decimal, thousands = SIGNS[signs]
    return {
        "columns": {ours: heads[i].strip() for ours, i in chosen.items()},
        "dates": {"form": date_form, "time_zone": time_zone},
        "numbers": {"decimal": decimal, "thousands": thousands},
        "money": {"currency": currency},
        "countries": {"": country} if country else {},
    }  # fmt: skip
