"""Rate sheets: what is pasted is read, or said line by line what is wrong; parcels cost what the sheet says."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.base.money import Money
from doorstep.shipping.sheets import reading, rules
from doorstep.shipping.sheets.examples import AMERICAN, EXAMPLES, KOREAN
from doorstep.shipping.sheets.values import FROM_ELSEWHERE, NO_ZONE, NOT_SOLD_TO, TOO_HEAVY, NotQuoted, Quoted, Sheet

SEOUL, BUSAN, JEJU, ISLE = (rules.place("KR", code) for code in ("04524", "48094", "63122", "40205"))


@cache
def sheet(text: str) -> Sheet:
    preview = reading.read(text)
    assert preview.problems == ()
    assert preview.sheet is not None
    return preview.sheet


def quote(text: str, *, to: rules.Place, grams: int, origin: str = "KR", **more: object) -> dict[str, Quoted | NotQuoted]:
    found = rules.quote(sheet(text), origin=rules.place(origin, ""), to=to, weight_g=grams, **more)  # type: ignore[arg-type]
    return {one.service: one for one in found}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_examples_can_be_read_with_commas_tabs_and_semicolons(name: str) -> None:
    text = EXAMPLES[name]
    others = (text.replace(",", "\t"), text.replace(",", ";"), "\ufeff" + text.replace("\n", "\r\n"))
    assert [sheet(other) for other in others] == [sheet(text)] * 3


def test_a_korean_parcel_costs_by_zone_and_weight() -> None:
    near, far = quote(KOREAN, to=SEOUL, grams=2000), quote(KOREAN, to=BUSAN, grams=2001)
    assert near["Standard"] == Quoted("Standard", Money(3200, "KRW"), 1)
    assert far["Standard"] == Quoted("Standard", Money(4000, "KRW"), 1)
    assert far["Same day"] == NotQuoted("Same day", NOT_SOLD_TO)
    assert quote(KOREAN, to=JEJU, grams=900)["Standard"].price == Money(5500, "KRW")  # type: ignore[union-attr]


def test_remote_areas_cost_more_and_take_longer() -> None:
    isle = quote(KOREAN, to=ISLE, grams=900)["Standard"]
    assert isle == Quoted("Standard", Money(6500, "KRW"), 2)


def test_volume_counts_where_it_weighs_more() -> None:
    bulky = quote(KOREAN, to=BUSAN, grams=900, dims_mm=(600, 400, 300))["Standard"]
    assert bulky == quote(KOREAN, to=BUSAN, grams=12_000)["Standard"] == Quoted("Standard", Money(6500, "KRW"), 1)


def test_too_heavy_and_elsewhere_are_said() -> None:
    assert quote(KOREAN, to=SEOUL, grams=20_001)["Standard"] == NotQuoted("Standard", TOO_HEAVY)
    assert quote(KOREAN, to=rules.place("JP", "1000001"), grams=1)["Standard"] == NotQuoted("Standard", NO_ZONE)
    assert quote(KOREAN, to=SEOUL, grams=1, origin="US")["Standard"] == NotQuoted("Standard", FROM_ELSEWHERE)


def test_an_american_parcel_costs_by_distance_with_fuel_and_each_pound_begun() -> None:
    boston = rules.place("US", "02108")
    near = quote(AMERICAN, to=boston, grams=453, origin="US", km=240)["Ground"]
    assert near == Quoted("Ground", Money(687, "USD"), 1)  # 12.5 % of 6.10 is 0.7625
    unknown = quote(AMERICAN, to=boston, grams=453, origin="US")["Ground"]  # the zone that holds the whole country
    assert unknown == quote(AMERICAN, to=boston, grams=453, origin="US", km=2000)["Ground"] != near
    twelve = quote(AMERICAN, to=boston, grams=5000, origin="US", km=2000)["Ground"]  # 11.02 lb: two pounds begun above ten
    assert isinstance(twelve, Quoted)
    assert twelve.price == Money(1980 + 2 * 120 + 278, "USD")  # fuel is 277.5
    hawaii = quote(AMERICAN, to=rules.place("US", "96815"), grams=453, origin="US", km=8000)["Ground"]
    assert hawaii == Quoted("Ground", Money(1280 + 160 + 650, "USD"), 9)


def test_cubic_inches_to_a_pound_are_the_same_volume_weight() -> None:
    """A cubic foot of 1,728 in³ weighs 12.43 lb at 139 in³/lb."""
    assert rules.billable_g(1, (305, 305, 305), sheet(AMERICAN).divisor) == pytest.approx(1728 / 139 * 453.592, rel=0.003)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (KOREAN.replace("currency,KRW", "currency,WON"), 1, "WON"),
        (KOREAN.replace("zone,Jeju,KR,63", "zone,Jeju,Korea,63"), 6, "Korea"),
        (KOREAN.replace(",KR,01-23", ",KR,01-234"), 5, "01-234"),
        (KOREAN.replace("service,Standard,Capital area,Mainland", "service,Standard,Capital area,Busan"), 9, "Busan"),
        (KOREAN.replace("3200,3500", "3200.5,3500"), 11, "3200.5"),
        (KOREAN.replace("3200,3500", "-3200,3500"), 11, "-3200"),
        (KOREAN.replace("up to 5 kg,,3700", "up to 1 kg,,3700"), 12, "rise"),
        (KOREAN.replace("days,,1,1,2", "tage,,1,1,2"), 10, "tage"),
        (KOREAN.replace("days,,1,1,2", "days,,1,1,999999"), 10, "999999"),
        (KOREAN.replace("service,Standard,Capital area,Mainland", "service,Standard,Mainland,Mainland"), 9, "Mainland"),
        (KOREAN + f"service,{'x' * 40}1,Mainland\nservice,{'x' * 40}2,Mainland\n", KOREAN.count("\n") + 2, "twice"),
        ("zone,Near,KR,km 100-50\n", 1, "100-50"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, says: str) -> None:
    preview = reading.read(text)
    assert preview.sheet is None
    assert (preview.problems[0].line, says in preview.problems[0].said) == (line, True)


@pytest.mark.parametrize("text", ["", "currency,KRW\n", "currency,KRW\norigin,KR\n"])
def test_a_sheet_that_says_too_little_is_no_sheet(text: str) -> None:
    preview = reading.read(text)
    assert preview.sheet is None
    assert preview.problems


@given(st.text(max_size=400))
def test_whatever_is_pasted_is_read_or_refused_in_words(text: str) -> None:
    preview = reading.read(text)
    assert (preview.sheet is None) is bool(preview.problems)


@given(st.integers(1, 20_000), st.integers(0, 5_000))
def test_a_heavier_parcel_never_costs_less(grams: int, more: int) -> None:
    light, heavy = (quote(KOREAN, to=BUSAN, grams=g)["Standard"] for g in (grams, min(20_000, grams + more)))
    assert isinstance(light, Quoted)
    assert isinstance(heavy, Quoted)
    assert light.price <= heavy.price


@pytest.mark.parametrize(("price", "minor"), [("4,50", 450), ("1.234,50", 123_450), ("4.500", None)])
def test_a_price_is_read_as_its_country_writes_it_or_refused(price: str, minor: int | None) -> None:
    preview = reading.read(f"currency;EUR\norigin;DE\nzone;Home;DE\nservice;Parcel;Home\nup to 1 kg;;{price}\ndays;;2\n")
    assert (preview.sheet.services[0].breaks[0].prices["Home"] if preview.sheet else None) == minor


@pytest.mark.parametrize(
    ("weight", "grams"), [("1,000 g", 1000), ("1,5 kg", 1500), ("0,500 kg", 500), ("1,500 kg", None), ("2 lb", 907)]
)
def test_a_weight_is_read_as_its_country_writes_it_or_refused(weight: str, grams: int | None) -> None:
    text = f"currency;EUR\norigin;DE\nzone;Home;DE\nservice;Parcel;Home\nup to {weight};;4,00\n"
    preview = reading.read(text)
    assert (preview.sheet.services[0].breaks[0].up_to_g if preview.sheet else None) == grams


def test_a_line_that_is_wrong_makes_no_other_line_wrong() -> None:
    for line, wrong in ((5, (",KR,01-23", ",KR,23-01")), (9, ("Mainland,Jeju", "Mainland,Busan"))):
        preview = reading.read(KOREAN.replace(*wrong).replace("3200,3500", "3200,abc"))
        assert [one.line for one in preview.problems] == [line, 11]


def test_no_part_of_a_sheet_is_left_out_in_silence() -> None:
    assert reading.read(KOREAN + "# \n" * reading.MOST_LINES).sheet is None
    assert reading.read(KOREAN + f'zone,"{"x" * 140_000}",KR\n').sheet is None
    other = reading.read(KOREAN + "currency,USD\n")
    assert (other.sheet, other.problems[0].said) == (None, "USD is there twice")


def test_all_others_are_those_that_no_other_zone_has_wherever_they_stand() -> None:
    zones = ("zone,World,*", "zone,Rest,KR", "zone,Jeju,KR,63", "zone,Halla,KR,6312")
    text = "currency,KRW\norigin,KR\n{}\nservice,S,World,Rest,Jeju,Halla\nup to 1 kg,,1,2,3,4\n"
    for order in (zones, zones[::-1], (*zones[2:], *zones[:2])):
        made = text.format("\n".join(order))
        costs = [quote(made, to=to, grams=9)["S"].price.minor  # type: ignore[union-attr]
                 for to in (rules.place("JP", "1"), BUSAN, rules.place("KR", "63000"))]  # fmt: skip
        assert costs == [1, 2, 3]
    assert quote(text.format("\n".join(zones)), to=JEJU, grams=9)["S"].price.minor == 3  # type: ignore[union-attr]  # the first


@pytest.mark.parametrize(
    ("text", "won"),
    [
        (KOREAN.replace("service,Standard,Capital area,Mainland", "service,Standard,Mainland,Mainland"), 3500),
        (KOREAN + "zone,Near,KR,km 100-50\n", 3500),
        (KOREAN + "service,Standard,Mainland\nup to 5 kg,,9000\n", 3500),
    ],
)
def test_a_sheet_that_counts_already_keeps_its_prices_where_a_new_one_is_refused(text: str, won: int) -> None:
    assert reading.read(text).sheet is None
    kept = reading.read(text, is_kept=True).sheet
    assert kept
    [first, *_rest] = rules.quote(kept, origin=rules.place("KR", "04524"), to=BUSAN, weight_g=1500)
    assert isinstance(first, Quoted)
    assert first.price.minor == won


def test_names_are_one_line_of_what_can_be_seen() -> None:
    read = sheet('currency,KRW\norigin,KR\nzone,"All\nof it",KR\nservice,S\x1b^XZ\x07,"All\nof it"\nup to 1 kg,,5\n')
    assert (read.services[0].name, read.zones[0].name) == ("S ^XZ", "All of it")


MANY_COLUMNS = "\n".join(f"zone,{n},KR" for n in range(3000)) + "\nservice,S" + ",2999" * 19_000


@pytest.mark.parametrize(
    "text",
    ["up to" + " " * 100_000 + "x", "zone,Z,KR,km" + " " * 100_000 + "x", MANY_COLUMNS, "divisor," + "9" * 19_000 + " in3/lb"],
    ids=["up to", "km", "columns", "inches"],
)
def test_long_nonsense_takes_no_time(text: str) -> None:
    began = time.process_time()
    assert reading.read(text).sheet is None
    assert time.process_time() - began < 1
