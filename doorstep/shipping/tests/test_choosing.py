"""The cheapest service that still arrives by the promised day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.base.money import Money
from doorstep.shipping import choosing
from doorstep.shipping.choosing import Choice, Offer, Wishes

MON, TUE, WED, THU = (date(2026, 11, 23 + n) for n in range(4))


def offer(carrier: int, service: str, won: int | None, arrives: date | None, **more: object) -> Offer:
    price = None if won is None else Money(won, str(more.pop("currency", "KRW")))
    return Offer(carrier, f"Carrier {carrier}", service, price, 1 if arrives else None, arrives, **more)  # type: ignore[arg-type]


SLOW, QUICK, OTHER = offer(1, "Slow", 3000, THU), offer(1, "Quick", 6000, TUE), offer(2, "Post", 3500, WED)


def verdicts(choice: Choice) -> dict[str, str]:
    return {o.service or o.carrier: o.verdict for o in choice.offers}


def choose(*offers: Offer, by: date | None = None, never: set[tuple[int, str]] | None = None, first: int | None = None) -> Choice:
    return choosing.choose(offers, promised_on=by, wishes=Wishes(frozenset(never or ()), first))


@pytest.mark.parametrize(
    ("by", "chosen"), [(None, "Slow"), (THU, "Slow"), (WED, "Post"), (TUE, "Quick"), (MON, "Quick")]
)
def test_the_cheapest_in_time_is_chosen_and_of_late_ones_the_soonest(by: date | None, chosen: str) -> None:
    choice = choose(SLOW, QUICK, OTHER, by=by)
    assert choice.best is not None
    assert choice.best.service == chosen


def test_every_other_offer_says_why_not() -> None:
    assert verdicts(choose(SLOW, QUICK, OTHER, by=WED)) == {"Post": "chosen", "Slow": "late", "Quick": "dearer"}
    assert verdicts(choose(SLOW, QUICK, OTHER, by=MON)) == {"Quick": "chosen", "Slow": "late", "Post": "late"}


def test_a_preferred_carrier_comes_first_only_as_long_as_it_is_in_time() -> None:
    assert verdicts(choose(SLOW, OTHER, first=2, by=THU)) == {"Post": "chosen", "Slow": "less_liked"}
    assert verdicts(choose(SLOW, OTHER, first=1, by=WED)) == {"Post": "chosen", "Slow": "late"}


def test_what_is_never_bought_is_not_and_the_rest_is() -> None:
    assert verdicts(choose(SLOW, OTHER, never={(1, "Slow")})) == {"Post": "chosen", "Slow": "never"}
    assert choose(SLOW, never={(1, "Slow")}).best is None


def test_prices_in_another_currency_and_days_that_nobody_knows_are_not_compared() -> None:
    dollars = offer(3, "USPS", 5, MON, currency="USD")
    assert verdicts(choose(SLOW, OTHER, dollars)) == {"Slow": "chosen", "Post": "dearer", "USPS": "other_money"}
    vague = offer(3, "Vague", 100, None)
    assert verdicts(choose(SLOW, vague, by=THU)) == {"Slow": "chosen", "Vague": "no_day"}
    assert verdicts(choose(SLOW, vague)) == {"Vague": "chosen", "Slow": "dearer"}


def unknown(carrier: int, days: int | None, won: int = 3000) -> Offer:
    return Offer(carrier, f"Carrier {carrier}", f"S{carrier}", Money(won, "KRW"), days, None)


def test_at_the_same_price_nothing_is_said_of_days_that_nobody_knows() -> None:
    alike = offer(2, "Post", 3000, THU)
    later = offer(3, "Later", 3000, date(2026, 11, 27))
    assert verdicts(choose(SLOW, alike, later, unknown(4, None))) == {
        "Slow": "chosen", "Post": "alike", "Later": "slower", "S4": "alike_no_day",
    }  # fmt: skip
    # Without a pick-up no day is known, and how long each is on its way is.
    assert verdicts(choose(unknown(1, 3), unknown(2, 1), unknown(3, 1), unknown(4, None))) == {
        "S2": "chosen", "S3": "alike", "S1": "slower", "S4": "alike_no_day",
    }  # fmt: skip


def test_what_nobody_knows_is_not_called_late_and_nothing_is_said_to_be_in_time() -> None:
    late = choose(SLOW, unknown(2, None), unknown(3, 1), by=MON)
    assert verdicts(late) == {"Slow": "chosen", "S2": "no_day", "S3": "no_pick_up"}
    text, facts = choosing.sentence(choose(unknown(2, 1), by=MON).as_json(promised_on=MON))
    assert text % facts == "Nobody knows what arrives by 2026-11-23; this is the cheapest."


def test_carriers_without_an_answer_stand_in_the_table() -> None:
    silent = Offer(4, "Silent", verdict=choosing.SILENT)
    full = Offer(5, "Full")
    assert verdicts(choose(SLOW, silent, full)) == {"Slow": "chosen", "Silent": "silent", "Full": "takes_not"}


def test_the_sentence_says_the_reason() -> None:
    def said(choice: Choice, by: date | None) -> str:
        text, facts = choosing.sentence(choice.as_json(promised_on=by))
        return text % facts

    assert said(choose(SLOW, OTHER, by=WED), WED) == "The cheapest that arrives by 2026-11-25, the promised day."
    assert said(choose(SLOW, OTHER, by=MON), MON) == "Nothing arrives by 2026-11-23 any more; this is the soonest."
    assert said(choose(SLOW, OTHER, first=2), None) == "Your rule: Carrier 2 comes first as long as it is in time."


OFFERS = st.lists(
    st.builds(
        lambda c, s, p, d: offer(c, s, p, d), st.integers(1, 3), st.sampled_from("ABCDE"), st.integers(1, 9) | st.none(),
        st.sampled_from([MON, TUE, WED, THU]) | st.none(),
    ), max_size=8, unique_by=lambda o: (o.carrier_id, o.service),
)  # fmt: skip


@given(OFFERS, st.sampled_from([MON, TUE, WED, THU]) | st.none())
def test_nothing_cheaper_in_time_is_left_lying(offers: list[Offer], by: date | None) -> None:
    choice = choosing.choose(offers, promised_on=by, wishes=Wishes())
    assert len(choice.offers) == len(offers)
    assert all(o.verdict for o in choice.offers)
    priced = [o for o in offers if o.price]
    assert (choice.best is None) is (not priced)
    timely = [o for o in priced if by is None or (o.arrives_on and o.arrives_on <= by)]
    if timely and choice.best and choice.best.price:
        assert choice.best.price.minor == min(o.price.minor for o in timely if o.price)
