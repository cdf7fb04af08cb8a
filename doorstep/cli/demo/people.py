"""Customers who do not exist, where their parcels would go."""

from __future__ import annotations

import random
from dataclasses import dataclass

from doorstep.orders.values import Address, Buyer

_KR_FAMILY = (
    ("김", "kim"), ("이", "lee"), ("박", "park"), ("최", "choi"), ("정", "jung"), ("강", "kang"), ("조", "cho"), ("윤", "yoon"),
    ("장", "jang"), ("임", "lim"), ("한", "han"), ("오", "oh"), ("서", "seo"), ("신", "shin"), ("남궁", "namgung"),
)  # fmt: skip
_KR_GIVEN = (
    ("민서", "minseo"), ("서연", "seoyeon"), ("지우", "jiwoo"), ("하윤", "hayoon"), ("도윤", "doyoon"), ("예준", "yejun"),
    ("수아", "sua"), ("지호", "jiho"), ("은우", "eunwoo"), ("다인", "dain"), ("유나", "yuna"), ("태현", "taehyun"),
    ("소율", "soyul"), ("현우", "hyunwoo"), ("채원", "chaewon"), ("시온", "sion"), ("나래", "narae"), ("재민", "jaemin"),
)  # fmt: skip
_WEST = {
    "US": (
        ("Olivia", "Noah", "Emma", "Liam", "Ava", "Mia", "Ethan", "Zoe"),
        ("Carter", "Nguyen", "Garcia", "Reed", "O'Neill", "Brooks"),
    ),
    "DE": (
        ("Lena", "Jonas", "Mila", "Felix", "Jürgen", "Käthe", "Emil"),
        ("Schäfer", "Weber", "Krause", "Böhm", "Vogt", "Lindner"),
    ),
    "FR": (("Chloé", "Hugo", "Inès", "Léo", "Zoé", "Rémi"), ("Lefèvre", "Moreau", "Girard", "Petit", "Marchand")),
    "NL": (("Sanne", "Daan", "Lotte", "Bram", "Fleur"), ("de Vries", "Jansen", "Bakker", "van Dijk")),
    "GB": (("Isla", "George", "Freya", "Arthur", "Poppy"), ("Hughes", "Patel", "Walker", "Bennett")),
}  # fmt: skip
# country -> (city, region, first part of the postal code, streets)
_PLACES: dict[str, tuple[tuple[str, str, str, tuple[str, ...]], ...]] = {
    "KR": (
        ("서울", "서울특별시", "04", ("성수이로", "왕십리로", "독서당로")),
        ("서울", "서울특별시", "06", ("테헤란로", "논현로", "선릉로")),
        ("부산", "부산광역시", "48", ("해운대로", "광안해변로")), ("대전", "대전광역시", "34", ("대덕대로", "유성대로")),
        ("광주", "광주광역시", "61", ("금남로", "상무대로")), ("제주", "제주특별자치도", "63", ("연북로", "노형로")),
        ("수원", "경기도", "16", ("정조로", "매영로")),
    ),
    "US": (
        ("Brooklyn", "NY", "112", ("Bedford Ave", "Union St")), ("Los Angeles", "CA", "900", ("Sunset Blvd", "Melrose Ave")),
        ("Chicago", "IL", "606", ("N Clark St", "W Belmont Ave")), ("Seattle", "WA", "981", ("Pike St", "Fremont Ave N")),
        ("Austin", "TX", "787", ("S Congress Ave", "E 6th St")),
    ),
    "DE": (
        ("Berlin", "", "10", ("Torstr.", "Kastanienallee")),
        ("Hamburg", "", "20", ("Lange Reihe", "Schanzenstr."),
    ),
           ("München", "", "80", ("Türkenstr.", "Hohenzollernstr."))),
    "FR": (("Paris", "", "75", ("rue de Charonne", "rue des Martyrs")), ("Lyon", "", "69", ("rue Mercière", "cours Lafayette"))),
    "NL": (("Amsterdam", "", "10", ("Haarlemmerdijk", "Ceintuurbaan")), ("Utrecht", "", "35", ("Oudegracht", "Nachtegaalstraat"))),
    "GB": (("London", "", "E", ("Columbia Rd", "Mare St")), ("Bristol", "", "BS", ("Gloucester Rd", "North St"))),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Someone:
    """A customer, and where they live."""

    buyer: Buyer
    address: Address


def crowd(dice: random.Random, *, country: str, size: int, start: int) -> list[Someone]:
    """People of one country; `start` numbers their e-mail addresses, which are nobody's twice."""
    return [_someone(dice, country, start + n) for n in range(size)]


def _someone(dice: random.Random, country: str, number: int) -> Someone:
    if country == "KR":
        (family, romanised), (given, latin) = dice.choice(_KR_FAMILY), dice.choice(_KR_GIVEN)
        name, handle, language = f"{family}{given}", f"{latin}.{romanised}", "ko"
        phone = f"010-{dice.randint(2000, 9999)}-{dice.randint(0, 9999):04d}"
    else:
        first, last = dice.choice(_WEST[country][0]), dice.choice(_WEST[country][1])
        name, language, phone = f"{first} {last}", "en", ""
        handle = "".join(c for c in f"{first}.{last}".lower() if c.isascii() and (c.isalpha() or c == "."))
    buyer = Buyer(
        name=name, email=f"{handle}{number}@mail.example", phone=phone, language=language,
        accepts_marketing=dice.random() < 0.4,
    )  # fmt: skip
    return Someone(buyer, _address(dice, country, name, phone))


def _address(dice: random.Random, country: str, name: str, phone: str) -> Address:
    city, region, prefix, streets = dice.choice(_PLACES[country])
    street, house = dice.choice(streets), dice.randint(1, 180)
    lines: tuple[str, ...]
    if country == "KR":
        lines = (f"{street} {house}", f"{dice.randint(101, 112)}동 {dice.randint(2, 18)}0{dice.randint(1, 4)}호")
    elif country in ("DE", "NL"):
        lines = (f"{street} {house}",)
    else:
        lines = (f"{house} {street}",)
    return Address(
        name=name, lines=lines, city=city, country=country, region=region, phone=phone,
        postal_code=_postal_code(dice, country, prefix),
    )  # fmt: skip


def _postal_code(dice: random.Random, country: str, prefix: str) -> str:
    if country == "GB":
        return f"{prefix}{dice.randint(1, 8)} {dice.randint(1, 9)}AB"
    if country == "NL":
        return f"{prefix}{dice.randint(11, 99)} {dice.choice(('AB', 'KD', 'LC'))}"
    return prefix + "".join(str(dice.randint(0, 9)) for _ in range(5 - len(prefix)))
