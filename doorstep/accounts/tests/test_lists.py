"""Views under a name, chosen columns, and whole reports."""

from __future__ import annotations

import pytest

from doorstep.accounts import actions as accounts
from doorstep.accounts import bulk_jobs, queries, rules
from doorstep.accounts.values import UNSAFE_VIEW, SavedView
from doorstep.base import outbox
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db
PARAMETERS = ("view", "q", "country")


def person(ctx: Ctx, email: str) -> Ctx:
    added = accounts.add_staff(ctx, email=email, name=email.partition("@")[0], role="service").member
    return ctx.as_actor(Actor("staff", added.user_id, added.name))


@pytest.fixture
def house() -> Ctx:
    return make_ctx()


@pytest.fixture
def jiho(house: Ctx) -> Ctx:
    return person(house, "jiho@example.com")


@pytest.fixture
def sora(house: Ctx) -> Ctx:
    return person(house, "sora@example.com")


def save(ctx: Ctx, name: str = "Held in Korea", query: str = "view=held&country=KR", **more: bool) -> SavedView:
    return accounts.save_view(ctx, listing="orders", name=name, query=query, parameters=PARAMETERS, **more)


def names(ctx: Ctx) -> list[str]:
    return [view.name for view in queries.list_views(ctx, listing="orders")]


def test_a_view_is_its_makers_until_it_is_shared(jiho: Ctx, sora: Ctx) -> None:
    view = save(jiho)
    assert (names(jiho), names(sora)) == (["Held in Korea"], [])
    with pytest.raises(Refused) as caught:
        queries.get_view(sora, id=view.id)
    assert caught.value.code == "not_found"
    accounts.change_view(jiho, id=view.id, name="Korea, held", is_shared=True, role="service")
    assert (names(jiho), names(sora)) == (["Korea, held"], ["Korea, held"])


def test_another_house_sees_no_view_even_a_shared_one(jiho: Ctx) -> None:
    view = save(jiho, is_shared=True)
    stranger = person(make_ctx(), "stranger@example.com")
    assert names(stranger) == []
    for act in (
        lambda: queries.get_view(stranger, id=view.id),
        lambda: accounts.change_view(stranger, id=view.id, name="Mine", is_shared=True, role="owner"),
        lambda: accounts.remove_view(stranger, id=view.id, role="owner"),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "not_found"
    assert names(jiho) == ["Held in Korea"]


def test_a_person_of_two_houses_keeps_their_views_apart(jiho: Ctx) -> None:
    other = make_ctx()
    accounts.add_staff(other, email="jiho@example.com", name="Jiho", role="owner")
    save(jiho)
    assert names(other.as_actor(jiho.actor)) == []


def test_a_shared_view_is_changed_by_its_maker_or_a_manager(jiho: Ctx, sora: Ctx) -> None:
    view = save(jiho, is_shared=True)
    for act in (
        lambda: accounts.change_view(sora, id=view.id, name="Hers", is_shared=False, role="service"),
        lambda: accounts.remove_view(sora, id=view.id, role="service"),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "forbidden"
    assert names(jiho) == ["Held in Korea"]
    accounts.remove_view(sora, id=view.id, role="manager")
    assert names(jiho) == []


def test_a_name_stands_once_per_person_and_list(jiho: Ctx, sora: Ctx) -> None:
    save(jiho)
    save(sora)
    with pytest.raises(Refused) as caught:
        save(jiho, query="country=DE")
    assert caught.value.code == "view_name_taken"
    other = save(jiho, "Germany", "country=DE")
    with pytest.raises(Refused) as caught:
        accounts.change_view(jiho, id=other.id, name="Held in Korea", is_shared=False, role="service")
    assert caught.value.code == "view_name_taken"
    assert names(jiho) == ["Germany", "Held in Korea"]


def test_nobody_keeps_more_views_than_can_be_looked_through(jiho: Ctx) -> None:
    for n in range(50):
        save(jiho, f"View {n}")
    with pytest.raises(Refused) as caught:
        save(jiho, "One more")
    assert caught.value.code == "too_many_views"
    assert len(names(jiho)) == 50


@pytest.mark.parametrize(
    "query",
    [
        "javascript:alert(1)", "next=//evil.example", "view=held&after=abc", "q=" + "x" * 1001, "q=a%00b", "q=%0d%0aX",
        "q=%ff", "&".join(f"q={n}" for n in range(31)), "x" * 5000, "view", "q=a;view=held;evil=1&evil=1",
    ],
)  # fmt: skip
def test_a_query_that_is_not_the_lists_is_refused(jiho: Ctx, query: str) -> None:
    with pytest.raises(Refused) as caught:
        save(jiho, query=query)
    assert caught.value.refusal is UNSAFE_VIEW
    assert names(jiho) == []


def test_a_query_is_kept_as_an_address_writes_it() -> None:
    kept = rules.require_query("q=%EA%B9%80+%3Cb%3E&view=&country=KR", parameters=PARAMETERS)
    assert kept == "q=%EA%B9%80+%3Cb%3E&country=KR"
    assert rules.require_query("", parameters=PARAMETERS) == ""


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb"])
def test_a_view_needs_a_name_that_fits(jiho: Ctx, name: str) -> None:
    with pytest.raises(Refused) as caught:
        save(jiho, name)
    assert caught.value.code == "invalid"
    assert names(jiho) == []


def test_events_tell_nothing_of_what_a_person_keeps_to_themselves(jiho: Ctx) -> None:
    secret = save(jiho, "Customers I suspect")
    told = outbox.timeline(jiho, of=[f"saved_view:{secret.id}"])
    assert [(event.type, event.data) for event in told] == [
        ("saved_view.saved", {"listing": "orders", "shared": False})
    ]
    accounts.remove_view(jiho, id=secret.id, role="service")
    assert "suspect" not in str([event.data for event in outbox.timeline(jiho, of=[f"saved_view:{secret.id}"])])


def test_columns_are_chosen_by_person_and_list(jiho: Ctx, sora: Ctx) -> None:
    assert queries.columns_of(jiho, listing="orders") is None
    accounts.choose_columns(jiho, listing="orders", columns=["total"])
    accounts.choose_columns(jiho, listing="orders", columns=["total", "country"])
    assert queries.columns_of(jiho, listing="orders") == ["total", "country"]
    assert queries.columns_of(jiho, listing="stock") is None
    assert queries.columns_of(sora, listing="orders") is None
    accounts.choose_columns(jiho, listing="orders", columns=None)
    assert queries.columns_of(jiho, listing="orders") is None


def test_a_report_holds_every_failure_however_many(house: Ctx) -> None:
    job = bulk_jobs.start_bulk_job(house, verb="test", arguments={}, total=2600)
    for at in range(0, 2600, 650):
        failures = [{"key": str(n), "problem": "No"} for n in range(at, at + 650)]
        bulk_jobs.advance_bulk_job(house, id=job.id, done=0, failures=failures)
    found = queries.get_bulk_job(house, id=job.id)
    assert found.failed == 2600
    keys = [line.line["key"] for line in queries.failures_of_bulk_job(house, job_id=job.id)]
    assert keys == [str(n) for n in range(2600)]
    assert queries.list_bulk_failures(make_ctx(), job_id=job.id) == []
