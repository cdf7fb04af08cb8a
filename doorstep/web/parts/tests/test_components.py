"""Cursors, tags, timelines, navigation and search."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.web.parts import cursor, navigation, timeline
from doorstep.web.parts.navigation import Hit, Screen
from doorstep.web.parts.pages import words_of
from tests.factories import make_ctx, signed_in

AT = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


def render(text: str, **values: object) -> str:
    return Template(text).render(Context(values))


def test_a_cursor_comes_back_as_it_was_and_a_mangled_one_is_none() -> None:
    token = cursor.pack((AT, 42, "가"))
    assert cursor.unpack(token, datetime, int, str) == (AT, 42, "가")
    assert cursor.unpack(token, datetime, int) is None
    assert cursor.unpack(token, int, int, str) is None
    for wrong in ("", "x", token[:-3], "%%%", "bnVsbA", cursor.pack((2**70,))):
        assert cursor.unpack(wrong, int) is None


@pytest.mark.parametrize(
    "told",
    [
        '[{"t":"0001-01-01T00:00:00+23:00"},1,"a"]', '[{"t":"2026-11-23T09:00:00"},1,"a"]', "[" * 100_000,
        '[{"t":"2026-11-23T09:00:00+00:00"},1,"\\u0000"]', '[{"t":"2026-11-23T09:00:00+00:00"},1,"\\ud800"]',
    ],
    ids=["before all time", "no zone", "nested", "NUL", "half a letter"],
)  # fmt: skip
def test_a_token_that_nothing_can_be_asked_with_is_none(told: str) -> None:
    token = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
    assert cursor.unpack(token, datetime, int, str) is None


def test_a_page_is_cut_and_the_next_address_keeps_the_filters() -> None:
    request = RequestFactory().get("/orders/?state=open&after=old")
    page = cursor.paged(request, [5, 4, 3], limit=2, key=lambda n: (n,))
    assert page.rows == [5, 4]
    assert page.first_url == "/orders/?state=open"
    assert page.next_url == f"/orders/?state=open&after={cursor.pack((4,))}"
    last = cursor.paged(RequestFactory().get("/orders/"), [5, 4], limit=2, key=lambda n: (n,))
    assert (last.next_url, last.first_url) == ("", "")


def test_money_is_written_as_the_reader_writes_it() -> None:
    assert render("{% money m %}", m=Money(129000, "KRW")) == '<span class="money">₩129,000</span>'
    assert render('{% money 12345 "USD" %}') == '<span class="money">$123.45</span>'
    assert render("{% money none %}", none=None) == ""


def test_a_state_shows_icon_word_and_tone() -> None:
    shown = render('{% badge "fulfilment_order" "on_hold" %}')
    assert "state-waiting" in shown
    assert "#hand-stop" in shown
    assert "On hold" in shown
    assert "state-over" in render('{% badge "order" "never_heard_of" %}')
    assert "Never heard of" in render('{% badge "order" "never_heard_of" %}')


@pytest.mark.parametrize(
    ("passed", "english", "korean"),
    [
        (timedelta(seconds=20), "just now", "방금"),
        (timedelta(minutes=5), "5 min. ago", "5분 전"),
        (timedelta(hours=3), "3 hr. ago", "3시간 전"),
    ],
)
def test_a_time_says_how_long_since_and_exactly_when(passed: timedelta, english: str, korean: str) -> None:
    at = timezone.now() - passed
    shown = render("{% ago at %}", at=at)
    assert f">{english}</time>" in shown
    assert f'datetime="{at.isoformat(timespec="seconds")}"' in shown
    assert "data-ago" in shown
    if passed >= timedelta(minutes=1):
        with translation.override("ko"):
            assert f">{korean}</time>" in render("{% ago at %}", at=at)


def test_what_people_typed_is_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    for text in (
        '{% field name="n" label=evil value=evil help=evil %}', "{% card title=evil %}{{ evil }}{% endcard %}",
        '{% choice name="n" label=evil options=options value=evil %}', "{% area name='n' label=evil value=evil %}",
        "{% avatar evil %}", "{% country evil %}", "{% why %}{{ evil }}{% endwhy %}", "{% empty title=evil %}{% endempty %}",
        '{% facts %}{% fact label=evil %}{{ evil }}{% endfact %}{% endfacts %}', '{% badge "order" evil %}',
    ):  # fmt: skip
        assert "<script>" not in render(text, evil=evil, options=[(evil, evil)]), text


def test_a_field_ties_label_help_and_error_together() -> None:
    shown = render(
        '{% field name="email" label="E-mail" error="Wrong." help="Yours." required=True autocomplete="email" %}'
    )
    assert '<label for="field-email">E-mail</label>' in shown
    assert 'aria-invalid="true" aria-describedby="field-email-about"' in shown
    assert 'id="field-email-about"' in shown
    assert " required " in shown
    assert "Wrong." in shown
    assert "Yours." not in shown


def event(type: str, **data: object) -> Event:
    return Event(1, 1, 1, type, "order:1", "order:1", data, "staff", 7, "Minji", "t", AT)


def test_events_are_told_as_sentences_and_unknown_ones_say_their_name() -> None:
    timeline.register({"test.packed": timeline.Telling("packed %(units)s into %(parcel)s", "package", "moving")})
    known, unknown = timeline.told([event("test.packed", units=2, parcel="<P>"), event("test.never_described")])
    assert known.sentence == "packed <b>2</b> into <b>&lt;P&gt;</b>"
    assert (known.actor, known.icon, known.tone, known.is_minor) == ("Minji", "package", "moving", False)
    assert unknown.sentence == "test never described"


def test_neighbouring_machine_events_are_folded_and_single_ones_are_not() -> None:
    def item(minor: bool) -> timeline.Item:
        return timeline.told([event("test.minor" if minor else "test.major")])[0]

    timeline.register({"test.minor": timeline.Telling("m", is_minor=True), "test.major": timeline.Telling("M")})
    lines = timeline.folded([item(True), item(True), item(False), item(True), item(False)])
    assert [type(line).__name__ for line in lines] == ["Fold", "Item", "Item", "Item"]
    assert "2 machine events" in render("{% timeline items %}", items=[item(True), item(True)])


def test_a_refusal_s_facts_are_translated_and_kept_plain() -> None:
    refused = Refused(INVALID, {"field": "name", "problem": "Write something here."})
    assert words_of(refused) == ("name: Write something here.", "Correct it and send it again.")

    with translation.override("ko"):
        assert words_of(Refused(NOT_FOUND, {"what": "customer", "key": "Owner"}))[0] == "고객 Owner: 찾을 수 없습니다."


@pytest.mark.django_db
def test_the_navigation_shows_what_a_role_may_open_and_what_waits_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_screens", dict(navigation._screens))
    ctx = make_ctx()
    client = signed_in(ctx, "warehouse")
    navigation.register(
        Screen("analytics", "Numbers", "settings:profile", "rosette", "orders:read", count=lambda _: 1234)
    )
    page = client.get("/settings/profile/").content.decode()
    assert "1,234" in page
    assert 'data-room="settings"' not in page
    away = client.get("/shipments/manifests/").content.decode()
    assert re.findall(r'<a href="([^"]+)" class="rail-link active" aria-current="page"', away) == ["/fulfilment/"]
    fragment = client.get("/parts/counts/", headers={"HX-Request": "true"}).content.decode()
    assert '<span class="rail-count" id="count-analytics" hx-swap-oob="true">1,234' in fragment
    with pytest.raises(KeyError):
        navigation.register(Screen("basement", "x", "settings:index", "x", None))


@pytest.mark.django_db
def test_the_palette_searches_only_what_a_role_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_searches", {})
    ctx = make_ctx()
    hits = [Hit(f"found <{n}>", "", "/x/", "box") for n in range(9)]
    navigation.register_search(
        "a", label="Letters", permission="orders:read", search=lambda _, text: hits if text == "가" else []
    )
    navigation.register_search("b", label="Secrets", permission="settings:read", search=lambda *_: hits)
    found = signed_in(ctx, "viewer").get("/parts/search/?q=%EA%B0%80%00").content.decode()
    assert found.count("palette-item") == 5
    assert "found &lt;0&gt;" in found
    assert "Secrets" not in found
    assert signed_in(ctx).get("/parts/search/?q=").content.decode().strip() == ""
