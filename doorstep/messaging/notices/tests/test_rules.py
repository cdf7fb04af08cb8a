"""What notices say, how long texts are, when it is night, what is still true: without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import process_time

import pytest

from doorstep.base.refusals import Refused
from doorstep.messaging.notices.defaults import DEFAULTS
from doorstep.messaging.notices.rules import quiet, sms, stopping, text, truth
from doorstep.messaging.notices.rules.truth import Now
from doorstep.messaging.notices.values import Hours, NoticeKind, Way, Why, Words

FACTS = {"customer.name": "<Kim>", "order.name": "#1", "brand.name": "Moru", "tracking.link": "https://x.example/t/1/?a=1&b=2"}
NINE_TO_EIGHT = Hours(Way.SMS, time(21), time(8))


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_standard_text_may_be_saved_as_it_is(kind: NoticeKind) -> None:
    subject, body, short = DEFAULTS[kind]
    assert text.check(kind, subject=subject, body=body, sms=short) == (subject, body, short)


def test_a_line_with_a_hole_is_left_out_whole() -> None:
    body = "Hello {{customer.name}},\n\nOrder {{order.name}}.\nIt comes on {{tracking.estimated}}.\n\n\n{{tracking.link}}"
    assert text.fill(body, FACTS, label="Track it") == (
        "Hello <Kim>,\n\nOrder #1.\n\nTrack it:\nhttps://x.example/t/1/?a=1&b=2"
    )
    assert text.fill(body, FACTS | {"customer.name": ""}).startswith("Order #1.")


def test_marks_become_markup_and_values_never_do() -> None:
    body = "**Dear** {{customer.name}}\n[here]({{tracking.link}}) [bad](javascript:alert)\n\n- a\n- <b>\n\n{{tracking.link}}"
    facts = FACTS | {"customer.name": "**x** {{brand.name}} <i>"}
    assert text.blocks_of(body, facts) == [
        ("html", '<p><b>Dear</b> **x** {{brand.name}} &lt;i&gt;<br>'
         '<a href="https://x.example/t/1/?a=1&amp;b=2">here</a> bad (javascript:alert)</p>'),
        ("html", "<ul><li>a</li><li>&lt;b&gt;</li></ul>"),
        ("button", "https://x.example/t/1/?a=1&b=2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "said", "code"),
    [
        ("body", "{{nonsense}}", "unknown_variable"), ("body", "{{order.name", "unknown_variable"),
        ("body", "a {{order.items}}", "bad_notice"), ("sms", "x\n{{order.items}}", "bad_notice"), ("body", "  \n ", "bad_notice"),
        ("subject", "Hi {{customer.name}}", "bad_notice"), ("sms", "Hi {{customer.name}}", "bad_notice"),
        ("body", "{{delay.reason}}\nx", "unknown_variable"), ("sms", "x" * 1001, "bad_notice"), ("sms", "가" * 700, "bad_notice"),
    ],
)  # fmt: skip
def test_what_could_not_be_sent_is_not_saved(field: str, said: str, code: str) -> None:
    texts = {"subject": "s", "body": "b", "sms": "m", field: said}
    with pytest.raises(Refused) as refused:
        text.check(NoticeKind.SHIPPED, **texts)
    assert (refused.value.code, refused.value.facts["field"]) == (code, field)


def test_spaces_of_every_kind_stay_spaces_and_what_nobody_sees_goes() -> None:
    said = "Hello\u00a0World\tyou\u2003\u202e\u200b👨\u200d👩\x07"
    subject, body, short = text.check(NoticeKind.SHIPPED, subject=said, body=said, sms=said)
    assert (subject, body, short) == ("Hello World you 👨\u200d👩",) + ("Hello World you 👨\u200d👩",) * 2
    for field in ("subject", "body", "sms"):
        with pytest.raises(Refused, match="nothing written"):
            text.check(NoticeKind.SHIPPED, **{"subject": "s", "body": "b", "sms": "m", field: "\u200b \u200d\n\u202e"})


def test_long_nonsense_takes_no_time() -> None:
    nonsense = "[" * 200_000
    began = process_time()
    text.blocks_of(nonsense, FACTS)
    text.fill(nonsense, FACTS)
    assert process_time() - began < 1
    shown = text.clipped(Words(NoticeKind.SHIPPED, "en", nonsense, nonsense, nonsense))
    assert (len(shown.subject), len(shown.body), len(shown.sms)) == (150, 5000, 1000)


@pytest.mark.parametrize(
    ("said", "encoding", "units", "segments", "korean"),
    [
        ("", "gsm7", 0, 0, "sms"), ("a" * 160, "gsm7", 160, 1, "lms"), ("a" * 161, "gsm7", 161, 2, "lms"),
        ("€" * 80, "gsm7", 160, 1, "lms"), ("a" * 152 + "€" + "b" * 153, "gsm7", 307, 3, "lms"), ("가" * 45, "ucs2", 45, 1, "sms"),
        ("가" * 46, "ucs2", 46, 1, "lms"), ("가" * 71, "ucs2", 71, 2, "lms"), ("😀" * 35, "ucs2", 70, 1, "sms"),
        ("😀" * 36, "ucs2", 72, 2, "sms"), ("가" * 1001, "ucs2", 1001, 15, "too_long"),
    ],
)  # fmt: skip
def test_how_long_a_text_is(said: str, encoding: str, units: int, segments: int, korean: str) -> None:
    size = sms.size_of(said)
    assert (size.encoding, size.units, size.segments, size.korean) == (encoding, units, segments, korean)


@pytest.mark.parametrize(
    ("now", "zone", "end"),
    [
        ("2026-11-27T13:00", "Asia/Seoul", "2026-11-27T23:00"),  # 22:00 there, until 08:00
        ("2026-11-27T22:59", "Asia/Seoul", "2026-11-27T23:00"),
        ("2026-11-27T23:00", "Asia/Seoul", None),
        ("2026-11-27T11:59", "Asia/Seoul", None),
        ("2026-03-28T21:00", "Europe/Berlin", "2026-03-29T06:00"),  # the night that clocks go on: an hour less
        ("2026-10-24T21:00", "Europe/Berlin", "2026-10-25T07:00"),  # and the one that they go back
    ],
)
def test_quiet_hours_end_by_the_customers_clocks(now: str, zone: str, end: str | None) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert quiet.ends_at(NINE_TO_EIGHT, at, zone=zone) == (datetime.fromisoformat(end).replace(tzinfo=UTC) if end else None)
    assert quiet.ends_at(Hours(Way.MAIL, time(0), time(0)), at, zone=zone) is None


@dataclass(frozen=True)
class Row:
    id: int
    kind: str
    parcel_id: int
    key: str = ""
    wanted_at: datetime = datetime(2026, 11, 27, tzinfo=UTC)


def test_of_what_waited_the_furthest_that_still_holds_is_told_once() -> None:
    waited = [Row(1, "shipped", 7), Row(2, "out_for_delivery", 7), Row(3, "shipped", 8), Row(4, "delayed_before_shipping", 0)]
    now = {0: Now("open", True), 7: Now("open", True, "handed_over", "out_for_delivery"),
           8: Now("open", True, "handed_over", "in_transit")}  # fmt: skip
    told, dropped = truth.choose(waited, now)
    assert [row.id for row in told] == [2, 3]
    assert [(row.id, why) for row, why in dropped] == [(4, Why.UNTRUE), (1, Why.UNTRUE)]
    now[7] = Now("closed", True, "handed_over", "delivered")
    told, dropped = truth.choose([Row(1, "out_for_delivery", 7), Row(5, "delivered", 7)], now)
    assert ([row.id for row in told], dropped) == ([5], [(Row(1, "out_for_delivery", 7), Why.UNTRUE)])
    now[7] = Now("open", True, "handed_over", "delayed")
    told, dropped = truth.choose([Row(1, "shipped", 7), Row(2, "delay", 7)], now)
    assert ([row.id for row in told], dropped) == ([2], [(Row(1, "shipped", 7), Why.OVERTAKEN)])


def test_a_delay_is_told_only_while_it_lasts_and_what_is_cancelled_in_any_case() -> None:
    waits, over = Now("open", False, waits=True), Now("open", False)
    parked, gone = Row(1, "delayed_before_shipping", 0), Row(2, "part_cancelled", 0, "part_cancelled:order:1:cancelled:9")
    other = Row(3, "part_cancelled", 0, "part_cancelled:order:1:cancelled:12")
    assert [row.id for row in truth.choose([parked, gone, other], {0: waits})[0]] == [1, 2, 3]
    told, dropped = truth.choose([parked, gone, other], {0: over})
    assert ([row.id for row in told], dropped) == ([2, 3], [(parked, Why.UNTRUE)])
    before, after = (Row(1, "delay", 7).wanted_at + timedelta(hours=n) for n in (-1, 1))
    silent, late = Row(1, "delay", 7, "delay:parcel:7:silent"), Row(2, "delay", 7, "delay:parcel:7:late")
    for at, ids in ((before, [2]), (after, [2])):
        now = {7: Now("open", True, "handed_over", "in_transit", scanned_at=at)}
        assert [row.id for row in truth.choose([silent, late], now)[0]] == ids
    moved = {7: Now("open", True, "handed_over", "in_transit", scanned_at=after)}
    assert truth.choose([silent], moved) == ([], [(silent, Why.UNTRUE)])


def test_some_items_stand_as_a_list_in_a_mail_and_as_lines_in_its_text() -> None:
    body = "Gone:\n{{delay.items}}\n\nBye {{order.name}}"
    facts = FACTS | {"delay.items": "- <b>Shirt</b> × 2\n- Sock × 1"}
    assert text.blocks_of(body, facts)[1] == ("html", "<ul><li>&lt;b&gt;Shirt&lt;/b&gt; × 2</li><li>Sock × 1</li></ul>")
    assert text.fill(body, facts).splitlines()[1:3] == ["- <b>Shirt</b> × 2", "- Sock × 1"]


@pytest.mark.parametrize(
    ("said", "stops", "starts", "all_said"),
    [
        ("STOP", True, False, True), (" stop. ", True, False, True), ("수신거부", True, False, True), ("start", False, True, True),
        ("Cancel", True, False, False), ("please stop by at six", False, False, False), ("주문 취소해 주세요", False, False, False),
    ],
)  # fmt: skip
def test_a_word_that_stands_alone_ends_texts(said: str, stops: bool, starts: bool, all_said: bool) -> None:
    assert (stopping.is_stop(said), stopping.is_start(said), stopping.is_all_said(said)) == (stops, starts, all_said)
