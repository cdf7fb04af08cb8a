"""The mailbox keeps its promises to a house, and shows customers what they got."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from tests.sandbox.test_sandbox_carrier import buy, codes_of

ANSWER = (
    b"From: <help@moru.example>\r\nTo: <minseo@example.com>\r\nMessage-ID: <1@moru.example>\r\n"
    b"Subject: <b>x</b>\r\n\r\nHello\r\n"
)


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def send(mailbox: Any, *, status: int = 201, **changes: Any) -> Any:
    usual = {
        "message_id": "<1@moru.example>",
        "from": "help@moru.example",
        "to": "minseo@example.com",
        "raw": encoded(ANSWER),
    }
    return mailbox.post("/outgoing", usual | changes, status=status)


def raws(mailbox: Any, query: str = "") -> list[bytes]:
    return [base64.b64decode(one["raw"]) for one in mailbox.get(f"/messages?after=0{query}")["messages"]]


def test_a_mail_is_taken_once_and_found(run: Any) -> None:
    mailbox = run("mailbox")
    mailbox.get("/outgoing/by-message-id/%3C1%40moru.example%3E", status=404)
    send(mailbox)
    send(mailbox, status=200)
    found = mailbox.get("/outgoing/by-message-id/%3C1%40moru.example%3E")
    assert (found["to"], base64.b64decode(found["raw"])) == ("minseo@example.com", ANSWER)
    assert [one["times_taken"] for one in mailbox.get("/admin/books")["taken"]] == [2]
    assert raws(mailbox) == []


def test_what_a_customer_writes_waits_until_it_is_fetched_also_over_a_kill(run: Any) -> None:
    mailbox = run("mailbox")
    said = {
        "from": "minseo@example.com",
        "to": "help@moru.example",
        "subject": "교환",
        "text": "교환해 주세요",
        "charset": "euc-kr",
    }
    mailbox.post("/admin/write", said, status=201)
    mailbox.post("/admin/write", said | {"to": "other@moru.example"}, status=201)
    before = mailbox.get("/messages?after=0&address=help@moru.example")
    assert "교환해 주세요".encode("euc-kr") in raws(mailbox, "&address=HELP@moru.example")[0]
    mailbox.kill()
    mailbox.start()
    assert mailbox.get("/messages?after=0&address=help@moru.example") == before
    assert (len(before["messages"]), before["more"]) == (1, False)
    page = mailbox.get("/messages?after=0&limit=1")
    assert (page["cursor"], page["more"]) == (1, True)


@pytest.mark.parametrize(
    "wrong",
    [{"charset": "rot13"}, {"text": "한글", "charset": "us-ascii"}, {"raw": "not base64"}, {"from": ""}, {"to": 7}],
)
def test_what_cannot_be_written_is_refused_and_nothing_waits(run: Any, wrong: dict[str, Any]) -> None:
    mailbox = run("mailbox")
    mailbox.post("/admin/write", {"from": "a@example.com", "to": "b@moru.example", "text": "x"} | wrong, status=422)
    assert raws(mailbox) == []


def test_nobody_without_the_token_reads_or_writes(run: Any) -> None:
    mailbox = run("mailbox")
    with httpx.Client(base_url=mailbox.http.base_url, trust_env=False) as stranger:
        assert [
            stranger.get(path).status_code for path in ("/messages", "/admin/books", "/outgoing/by-message-id/x")
        ] == [401] * 3
        assert stranger.get("/").status_code == 200


def test_faults_strike_as_told(run: Any) -> None:
    mailbox = run("mailbox", "--hold-s", "0.1")
    mailbox.post("/admin/faults", {"timeout_after_success": 1, "duplicate": 1})
    with pytest.raises(httpx.TransportError):
        send(mailbox)
    send(mailbox, status=200)
    mailbox.post("/admin/write", {"from": "a@example.com", "to": "help@moru.example", "text": "x"}, status=201)
    first, second = raws(mailbox)
    assert first == second
    mailbox.post("/admin/faults", {"error_5xx": 1})
    send(mailbox, status=503, message_id="<2@moru.example>")
    mailbox.post("/admin/faults", {})
    assert len(mailbox.get("/admin/books")["taken"]) == 1


def test_a_customer_sees_what_they_got_and_answers_it(run: Any) -> None:
    mailbox = run("mailbox")
    send(mailbox)
    people = mailbox.http.get("/").text
    assert 'href="/people/minseo@example.com"' in people
    page = mailbox.http.get("/people/minseo@example.com").text
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    form = {"to": "help@moru.example", "subject": "Re: x", "in_reply_to": "<1@moru.example>", "text": "고맙습니다"}
    answered = mailbox.http.post("/people/minseo@example.com/answer", data=form)
    assert answered.status_code == 303
    [raw] = raws(mailbox, "&address=help@moru.example")
    assert b"In-Reply-To: <1@moru.example>" in raw
    assert "고맙습니다".encode() in raw
    assert b"> Hello" in raw
    assert "고맙습니다" in mailbox.http.get("/people/minseo@example.com").text


def test_a_mail_is_shown_as_designed_in_a_frame_where_nothing_runs_and_its_links_lead_on(run: Any) -> None:
    mailbox = run("mailbox")
    message = EmailMessage()
    message["From"], message["Subject"] = "help@moru.example", "x"
    message.set_content("Look: http://127.0.0.1:1/t/a?b=1&c=2.")
    message.add_alternative('<p onclick="x()">Look</p>', subtype="html")
    send(mailbox, raw=encoded(message.as_bytes()))

    page = mailbox.http.get("/people/minseo@example.com").text

    assert '<a href="http://127.0.0.1:1/t/a?b=1&amp;c=2" target="_blank"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;p onclick=&quot;x()&quot;&gt;' in page
    assert "<p onclick" not in page


def got(mailbox: Any, subject: str, text: str = "", *, n: int = 2) -> None:
    """Somebody gets a mail."""
    raw = (
        f"From: <help@moru.example>\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    send(mailbox, message_id=f"<{n}@moru.example>", to=f"c{n}@example.com", raw=encoded(raw.encode()))


def test_live_customers_write_about_the_order_in_their_mail_until_they_are_stopped(run: Any, until: Any) -> None:
    mailbox = run("mailbox")
    got(mailbox, "Order #KR10 has been shipped", n=2)
    got(mailbox, "No order here", n=3)
    assert mailbox.get("/admin/live") == {"on": False, "every_s": 15.0}
    mailbox.post("/admin/live", {"on": True, "every_s": 0.05, "house": "help@moru.example"})
    until(lambda: raws(mailbox), what="a question")
    mailbox.post("/admin/live", {"on": False})
    [written] = raws(mailbox)
    assert b'"c2@example.com" <c2@example.com>' in written
    assert b"To: help@moru.example" in written
    assert len(raws(mailbox)) == 1  # the same customer rests, however often somebody's turn comes


def test_a_customer_with_a_label_takes_the_parcel_to_the_carrier_once(run: Any, until: Any) -> None:
    mailbox, carrier = run("mailbox"), run("carrier")
    number = buy(carrier, "RETURN-1")["tracking_number"]
    got(mailbox, "The label for your return R1001 is ready", f"It goes with S, tracking number {number}.", n=2)
    got(mailbox, "Order #KR10 has been shipped", n=3)
    url = str(carrier.http.base_url).rstrip("/")
    mailbox.post("/admin/live", {"on": True, "every_s": 0.05, "carrier": url, "carrier_token": "sandbox"})
    until(lambda: raws(mailbox), what="the next doing, a mail")
    mailbox.post("/admin/live", {"on": False})
    assert codes_of(carrier, number).count("11") == 1


def test_books_of_another_house_begin_with_their_customers_asleep(run: Any) -> None:
    mailbox = run("mailbox")
    mailbox.post("/admin/live", {"on": True, "every_s": 60, "web": "http://127.0.0.1:1"})
    mailbox.stop()
    mailbox.options = ("--only-to", "http://127.0.0.1:2")
    mailbox.start()
    assert mailbox.get("/admin/live")["on"] is False
