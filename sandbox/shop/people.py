"""Customers who do not exist, at addresses that could: the same number is always the same person.

Mail goes to example domains (https://www.rfc-editor.org/rfc/rfc2606), US telephones are 555-01xx.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from typing import Any

POOL = 600
FIRST_CUSTOMER_ID = 7_300_000_000_000

COUNTRIES = {"KR": "South Korea", "US": "United States", "GB": "United Kingdom", "DE": "Germany", "FR": "France"}
WEIGHTS = {"KR": 60, "US": 20, "GB": 7, "DE": 7, "FR": 6}
CURRENCIES = {"KR": "KRW", "US": "USD", "GB": "GBP", "DE": "EUR", "FR": "EUR"}
LOCALES = {"KR": "ko-KR", "US": "en-US", "GB": "en-GB", "DE": "de-DE", "FR": "fr-FR"}


@dataclass(frozen=True)
class Person:
    """A customer and where the parcel goes, in the shop's own shape."""

    country: str
    customer: dict[str, Any]
    address: dict[str, Any]


# (as written, as in a mail address)
_SURNAMES = {
    "KR": "김:kim 이:lee 박:park 최:choi 정:jung 강:kang 조:cho 윤:yoon 장:jang 임:lim 한:han 오:oh 서:seo 신:shin"
    " 남궁:namgung",
    "US": "Smith Johnson Williams Garcia Miller Davis Nguyen O'Brien Park Washington Rodriguez Chen",
    "GB": "Taylor Evans Patel MacDonald Hughes Clarke Okafor",
    "DE": "Müller:mueller Schäfer:schaefer Weiß:weiss Fischer Yılmaz:yilmaz Becker",
    "FR": "Lefèvre:lefevre Martin Dubois Moreau Benoît:benoit Haddad",
}
_GIVEN = {
    "KR": "서연:seoyeon 민준:minjun 지우:jiwoo 하은:haeun 도윤:doyun 수빈:subin 예준:yejun 지현:jihyun 유진:yujin"
    " 현우:hyunwoo 은지:eunji 태영:taeyoung 솔:sol 다온:daon",
    "US": "Emma Liam Olivia Noah Ava Mason Sophia Ethan Grace Hannah",
    "GB": "Amelia Oliver Isla Harry Freya Aisha",
    "DE": "Lena Jonas Jürgen:juergen Anna Lukas Zoë:zoe",
    "FR": "Chloé:chloe Hugo Élodie:elodie Louis Inès:ines",
}
# province | province code | city | zip | street, with {} for a number
_PLACES = {
    "KR": """서울특별시|KR-11|강남구|06236|테헤란로 {}
서울특별시|KR-11|마포구|04066|와우산로 {}
서울특별시|KR-11|송파구|05551|올림픽로 {}
서울특별시|KR-11|종로구|03154|종로 {}
경기도|KR-41|성남시 분당구|13494|판교역로 {}
경기도|KR-41|수원시 영통구|16677|광교중앙로 {}
인천광역시|KR-28|연수구|21984|송도과학로 {}
부산광역시|KR-26|해운대구|48058|센텀중앙로 {}
대구광역시|KR-27|수성구|42087|달구벌대로 {}
대전광역시|KR-30|유성구|34126|대학로 {}
광주광역시|KR-29|서구|61949|상무중앙로 {}
강원특별자치도|KR-42|강릉시|25470|경강로 {}
전북특별자치도|KR-45|전주시 완산구|55042|기린대로 {}
제주특별자치도|KR-49|제주시|63122|연북로 {}""",
    "US": """New York|NY|Brooklyn|11201|{} Court St
California|CA|Los Angeles|90026|{} Sunset Blvd
California|CA|San Francisco|94110|{} Valencia St
Texas|TX|Austin|78704|{} S Congress Ave
Illinois|IL|Chicago|60614|{} N Clark St
Washington|WA|Seattle|98103|{} Fremont Ave N
Florida|FL|Miami|33137|{} Biscayne Blvd
Hawaii|HI|Honolulu|96815|{} Kalakaua Ave""",
    "GB": """England|ENG|London|E8 3PN|{} Mare Street
England|ENG|Manchester|M4 1HQ|{} Oldham Street
Scotland|SCT|Edinburgh|EH6 6JH|{} Leith Walk""",
    "DE": """Berlin|DE-BE|Berlin|10119|Torstraße {}
Bayern|DE-BY|München|80799|Türkenstraße {}
Hamburg|DE-HH|Hamburg|20357|Schanzenstraße {}""",
    "FR": """Île-de-France|FR-IDF|Paris|75011|{} rue Oberkampf
Auvergne-Rhône-Alpes|FR-ARA|Lyon|69001|{} rue de la République""",
}
_ROOMS = {
    "KR": ("{}동 {}호", "{}층 {}호", "래미안아파트 {}동 {}호", "오피스텔 {}동 {}호"),
    "US": ("Apt {1}", "Unit {0}", "# {1}"),
    "GB": ("Flat {0}",),
    "DE": ("{0}. Etage",),
    "FR": ("Bât. {0}",),
}


def person(number: int) -> Person:
    """The customer of that number, for ever the same."""
    dice = random.Random(f"person:{number}")
    country = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    last, last_mail = _name(dice, _SURNAMES[country])
    first, first_mail = _name(dice, _GIVEN[country])
    province, province_code, city, postcode, street = dice.choice(_PLACES[country].splitlines()).split("|")
    phone = _phone(dice, country)
    room = dice.choice(_ROOMS[country]).format(dice.randint(1, 29), dice.randint(1, 25) * 100 + dice.randint(1, 8))
    full = f"{last}{first}" if country == "KR" else f"{first} {last}"
    host = dice.choice(("example.com", "example.net", "example.org"))
    return Person(
        country=country,
        customer={
            "id": FIRST_CUSTOMER_ID + number,
            "first_name": first,
            "last_name": last,
            "email": f"{first_mail}.{last_mail}{number}@{host}",
            "phone": phone if dice.random() < 0.8 else None,
            "locale": LOCALES[country],
            "accepts_marketing": dice.random() < 0.4,
        },
        address={
            "name": full,
            "first_name": first,
            "last_name": last,
            "company": None,
            "address1": street.format(dice.randint(1, 480)),
            "address2": room if dice.random() < 0.8 else None,
            "city": city,
            "province": province,
            "province_code": province_code,
            "zip": postcode,
            "country": COUNTRIES[country],
            "country_code": country,
            "phone": phone,
        },
    )


def choose(dice: random.Random, *, country: str | None) -> Person:
    """Somebody of the pool, of that country where one is asked for; some come back often."""
    while True:
        # the square makes low numbers likelier: returning customers
        chosen = person(int(POOL * dice.random() ** 2))
        if country in (None, chosen.country):
            return chosen


def with_changes(buyer: Person, changes: dict[str, Any]) -> dict[str, Any]:
    """The customer with other details; another mail address is another customer, the same one always the same."""
    customer = {**buyer.customer, **changes}
    if changes.get("email") and "id" not in changes:
        customer["id"] = FIRST_CUSTOMER_ID + POOL + zlib.crc32(str(changes["email"]).lower().encode())
    return customer


def _name(dice: random.Random, names: str) -> tuple[str, str]:
    written, _, mail = dice.choice(names.split()).partition(":")
    return written, mail or written.lower().replace("'", "")


def _phone(dice: random.Random, country: str) -> str:
    a, b = dice.randint(2000, 9999), dice.randint(0, 9999)
    if country == "KR":
        return dice.choice((f"010-{a}-{b:04}", f"+8210{a}{b:04}", f"+82 10-{a}-{b:04}"))
    if country == "US":
        return f"+1 {dice.choice((212, 310, 512, 206))}-555-01{b % 100:02}"
    if country == "FR":
        return f"+33 1 99 00 {b // 100:02} {b % 100:02}"
    return f"+44 7700 900{b % 1000:03}" if country == "GB" else f"+49 30 23125{b % 1000:03}"
