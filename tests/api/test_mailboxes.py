"""Mailboxes through the API: connected, tested, changed, retired, and nothing secret told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from doorstep.flows import fetch_mail
from doorstep.messaging import queries
from tests.api.conftest import Api, make_key, refused, rows_everywhere
from tests.factories import Brand, make_ctx, together
from tests.sandboxes import Server, borrowed
from tests.serving import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("api_mailboxes")]
IMAP = {
    "name": "Support", "address": "Help@moru.example", "host": "127.0.0.1", "port": 993, "username": "help",
    "password": "very-secret", "smtp_url": "smtps://u:well-kept@smtp.moru.example",
}  # fmt: skip


@pytest.fixture
def api() -> Api:
    brand = Brand(make_ctx(), 0, 0, {})
    return Api(brand, make_key(brand))


@pytest.fixture
def letters(tmp_path: Path, settings: Any) -> Iterator[Server]:
    with borrowed("mailbox") as server:
        settings.SANDBOX_MAILBOX_URL = str(server.http.base_url)
        yield server


def test_a_mailbox_is_connected_changed_and_retired_and_tells_no_secret(api: Api) -> None:
    first, again = (api.post("/mailboxes", IMAP, idempotency_key="mb1") for _ in range(2))
    made = first.json()
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert (made["address"], made["state"], made["host"], made["port"], made["security"], made["folder"]) == (
        "help@moru.example", "new", "127.0.0.1", 993, "tls", "INBOX",
    )  # fmt: skip
    path = f"/mailboxes/{made['id']}"
    changed = api.patch(path, {"name": "Help", "folder": "Shop"})
    assert (changed.json()["name"], changed.json()["folder"], changed.json()["has_smtp"]) == ("Help", "Shop", True)
    [row] = queries.list_mailboxes(api.brand.ctx)
    assert (row.settings["password"], row.settings["smtp_url"]) == ("very-secret", IMAP["smtp_url"])

    retired, listed = api.post(f"{path}/retire"), api.get("/mailboxes")
    assert (retired.json()["state"], retired.json()["is_default"]) == ("off", False)
    assert listed.json() == {"mailboxes": [retired.json()], "next": None}
    back = api.post(f"{path}/bring-back")
    assert (back.json()["state"], back.json()["is_default"], api.get(path).json()) == ("new", True, back.json())
    secrets = ("very-secret", "well-kept", row.settings["webhook_secret"])
    for answer in (first, changed, retired, listed, back):
        assert not any(secret.encode() in answer.content for secret in secrets)


def test_mailboxes_that_cannot_be_are_refused_and_nothing_is_kept(api: Api) -> None:
    id = api.post("/mailboxes", IMAP).json()["id"]
    before = rows_everywhere()
    other = IMAP | {"address": "other@moru.example", "name": "Other"}

    refused(api.post("/mailboxes", IMAP | {"name": "Again"}), 409, "mailbox_address_taken")
    refused(api.post("/mailboxes", IMAP | {"address": "other@moru.example"}), 409, "mailbox_code_taken")
    refused(api.post("/mailboxes", other | {"provider": "pigeon"}), 422, "unknown_choice")
    refused(api.post("/mailboxes", {"name": "Other", "address": "other@moru.example"}), 422, "invalid")
    refused(api.post("/mailboxes", other | {"address": "nobody"}), 422, "invalid")
    refused(api.post("/mailboxes", other | {"port": 0}), 422, "invalid")
    refused(api.post("/mailboxes", other | {"username": "a\r\nb"}), 422, "invalid")
    [mistake] = refused(api.patch(f"/mailboxes/{id}", {"token": "x"}), 422, "invalid")["errors"]
    assert (mistake["pointer"], mistake["code"]) == ("/token", "not_together")
    assert rows_everywhere() == before

    api.post(f"/mailboxes/{id}/retire")
    api.post("/mailboxes", IMAP | {"name": "Anew"})
    refused(api.post(f"/mailboxes/{id}/bring-back"), 409, "mailbox_address_taken")
    assert api.get(f"/mailboxes/{id}").json()["state"] == "off"


def test_a_sandbox_that_is_not_there_is_not_offered(api: Api, settings: Any) -> None:
    settings.SANDBOX_MAILBOX_URL = ""
    sandbox = {"name": "S", "address": "s@moru.example", "provider": "sandbox_mailbox", "url": "http://127.0.0.1:9"}
    refused(api.post("/mailboxes", sandbox), 422, "unknown_choice")
    assert queries.list_mailboxes(api.brand.ctx) == []


def test_a_test_says_whether_a_mailbox_opens_and_what_is_wrong(api: Api, letters: Server) -> None:
    url = str(letters.http.base_url)
    sandbox = {"name": "S", "address": "s@moru.example", "provider": "sandbox_mailbox", "url": url, "token": "sandbox"}
    path = f"/mailboxes/{api.post('/mailboxes', sandbox).json()['id']}"
    assert (api.post(f"{path}/test").json()["opens"], api.get(path).json()["problem"]) == (True, "")

    api.patch(path, {"url": f"http://127.0.0.1:{free_port()}", "token": "sandbox"})
    shut = api.post(f"{path}/test", idempotency_key="try-1").json()
    assert (shut["opens"], shut["state"], shut["problem"]) == (False, "failing", "host")
    assert shut["problem_detail"] != ""
    api.patch(path, {"url": url, "token": "sandbox"})
    assert api.post(f"{path}/test", idempotency_key="try-1").json() == shut
    assert api.post(f"{path}/test", idempotency_key="try-2").json()["opens"] is True


@pytest.mark.parametrize(
    "place", [{"host": "mine.example"}, {"port": 143}, {"security": "none"}, {"username": "me"}], ids=str
)
def test_a_password_is_not_sent_to_another_place_by_whoever_cannot_read_it(api: Api, place: dict[str, Any]) -> None:
    path = f"/mailboxes/{api.post('/mailboxes', IMAP).json()['id']}"
    before = rows_everywhere()

    problem = refused(api.patch(path, {"name": "Mine", **place}), 422, "secret_needed_again")
    assert "Give the password or token again." in str(problem)
    assert rows_everywhere() == before

    moved = api.patch(path, {**place, "password": "new"}).json()
    assert {name: moved[name] for name in place} == place
    assert queries.get_mailbox(api.brand.ctx, mailbox_id=moved["id"]).settings["password"] == "new"


def test_a_token_of_the_sandbox_is_not_sent_to_another_address(api: Api, settings: Any) -> None:
    settings.SANDBOX_MAILBOX_URL = "http://127.0.0.1:9"
    sandbox = {"name": "S", "address": "s@moru.example", "provider": "sandbox_mailbox", "url": "http://127.0.0.1:9"}
    made = api.post("/mailboxes", sandbox | {"token": "sandbox"}).json()
    before = rows_everywhere()

    assert made["port"] is None
    refused(api.patch(f"/mailboxes/{made['id']}", {"url": "http://127.0.0.1:10"}), 422, "secret_needed_again")
    assert rows_everywhere() == before


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_mailbox_lose_nothing(api: Api) -> None:
    ctx, id = api.brand.ctx, api.post("/mailboxes", IMAP).json()["id"]
    path = f"/mailboxes/{id}"

    for n in range(5):
        name, address = f"Shop {n}", f"shop{n}@moru.example"
        together(lambda name=name: api.patch(path, {"name": name}), lambda to=address: api.patch(path, {"address": to}))
        row = queries.get_mailbox(ctx, mailbox_id=id)
        assert (row.name, row.address) == (name, address)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_a_mail_server(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    open_meanwhile: list[bool] = []

    class Watching:
        def check(self) -> None:
            open_meanwhile.append(connection.in_atomic_block)

    id = api.post("/mailboxes", IMAP).json()["id"]
    monkeypatch.setattr(fetch_mail, "mailbox_of", lambda row: Watching())

    assert api.post(f"/mailboxes/{id}/test", idempotency_key="once").json()["opens"] is True
    assert api.post(f"/mailboxes/{id}/test", idempotency_key="once").headers["Idempotent-Replayed"] == "true"
    assert open_meanwhile == [False]
