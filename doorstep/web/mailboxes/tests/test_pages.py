"""Settings, Mailboxes: connected with a word about what is wrong, changed, retired, and nothing secret shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.base.ctx import Ctx
from doorstep.messaging import mailboxes, queries
from tests.factories import make_ctx, signed_in
from tests.sandboxes import Server, borrowed
from tests.serving import free_port

pytestmark = pytest.mark.django_db
FORM = {"name": "Support", "address": "Help@moru.example", "provider": "imap", "host": "127.0.0.1", "port": "1",
        "username": "help", "password": "very-secret", "security": "tls", "folder": "INBOX", "smtp_url": ""}  # fmt: skip


@pytest.fixture
def letters(tmp_path: Path, settings: Any) -> Iterator[Server]:
    with borrowed("mailbox") as server:
        settings.SANDBOX_MAILBOX_URL = str(server.http.base_url)
        yield server


def told(client: Any, path: str, form: dict[str, str] | None = None) -> str:
    """What the page that follows says."""
    answer = client.post(path, form or {}, follow=True)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return str(answer.content.decode())


def connect(ctx: Ctx, **changes: str) -> int:
    settings = {"host": "imap.moru.example", "username": "help", "password": "very-secret", **changes}
    return mailboxes.connect(ctx, name="Support", address="help@moru.example", provider="imap", settings=settings)


def test_a_mailbox_is_connected_and_says_at_once_what_is_wrong() -> None:
    ctx = make_ctx()
    page = told(
        signed_in(ctx), "/settings/mailboxes/connect/", FORM | {"smtp_url": "smtps://u:well-kept@smtp.moru.example"}
    )
    [row] = queries.list_mailboxes(ctx)
    assert (row.address, row.provider, row.settings["host"], row.look) == (
        "help@moru.example",
        "imap",
        "127.0.0.1",
        "failing",
    )
    assert "The server does not answer." in page
    assert "very-secret" not in page
    assert "well-kept" not in page


def test_a_mailbox_that_opens_says_so(letters: Server) -> None:
    ctx = make_ctx()
    form = FORM | {"provider": "sandbox_mailbox", "url": str(letters.http.base_url), "token": "sandbox"}
    client = signed_in(ctx)
    assert "Support opens." in told(client, "/settings/mailboxes/connect/", form)
    [row] = queries.list_mailboxes(ctx)
    mailboxes.note_problem(ctx, mailbox_id=row.id, problem="host: away")
    assert "Support opens." in told(client, f"/settings/mailboxes/{row.id}/test/")
    assert queries.get_mailbox(ctx, mailbox_id=row.id).problem == ""


def test_a_sandbox_that_is_not_there_is_not_offered(settings: Any) -> None:
    settings.SANDBOX_MAILBOX_URL = ""
    ctx = make_ctx()
    client = signed_in(ctx)
    form = FORM | {"provider": "sandbox_mailbox", "url": f"http://127.0.0.1:{free_port()}"}
    assert client.post("/settings/mailboxes/connect/", form).status_code == 422
    assert queries.list_mailboxes(ctx) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": " "}, "Write a name"),
        ({"address": "nobody"}, "This is not an address such as help@"),
        ({"host": "a b"}, "This is not a host"),
        ({"port": "70000"}, "A port is a number"),
        ({"security": "rot13"}, "Choose one of the list"),
        ({"smtp_url": "ftp://x"}, "This is not an address such as smtps"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_connected(changes: dict[str, str], says: str) -> None:
    ctx = make_ctx()
    answer = signed_in(ctx).post("/settings/mailboxes/connect/", FORM | changes)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert queries.list_mailboxes(ctx) == []


def test_a_change_keeps_secrets_that_were_not_typed() -> None:
    ctx = make_ctx()
    id = connect(ctx, host="127.0.0.1", port="1", security="tls")
    before = queries.get_mailbox(ctx, mailbox_id=id)
    told(signed_in(ctx), f"/settings/mailboxes/{id}/change/", FORM | {"password": "", "folder": "Shop"})
    after = queries.get_mailbox(ctx, mailbox_id=id)
    assert (after.settings["folder"], after.settings["password"]) == ("Shop", "very-secret")
    assert after.settings["webhook_secret"] == before.settings["webhook_secret"]


def test_a_password_that_is_kept_does_not_go_to_another_host_by_itself() -> None:
    ctx = make_ctx()
    id = connect(ctx, port="1", security="tls")
    before = queries.get_mailbox(ctx, mailbox_id=id)
    answer = signed_in(ctx).post(f"/settings/mailboxes/{id}/change/", FORM | {"password": ""})
    page = answer.content.decode()
    assert (answer.status_code, "Give the password or token again." in page) == (422, True)
    assert 'value="127.0.0.1"' in page
    assert queries.get_mailbox(ctx, mailbox_id=id) == before

    told(signed_in(ctx), f"/settings/mailboxes/{id}/change/", FORM | {"password": "new"})
    after = queries.get_mailbox(ctx, mailbox_id=id).settings
    assert (after["host"], after["password"]) == ("127.0.0.1", "new")


def test_a_mailbox_is_retired_and_taken_back() -> None:
    ctx = make_ctx()
    id, client = connect(ctx), signed_in(ctx)
    assert "Take back into use" in told(client, f"/settings/mailboxes/{id}/retire/")
    assert queries.get_mailbox(ctx, mailbox_id=id).active is False
    assert "took <b>Support</b> out of use" in told(client, f"/settings/mailboxes/{id}/bring-back/")
    assert queries.get_mailbox(ctx, mailbox_id=id).active is True


def test_only_who_may_set_things_sees_the_secret_or_changes_anything() -> None:
    ctx = make_ctx()
    id = connect(ctx)
    secret = queries.get_mailbox(ctx, mailbox_id=id).settings["webhook_secret"]
    assert secret in signed_in(ctx).get(f"/settings/mailboxes/{id}/").content.decode()
    manager = signed_in(ctx, "manager")
    answer = manager.get(f"/settings/mailboxes/{id}/")
    assert secret not in answer.content.decode()
    assert manager.post(f"/settings/mailboxes/{id}/retire/").status_code == 403
    assert signed_in(make_ctx("Other")).get(f"/settings/mailboxes/{id}/").status_code == 404
    assert queries.get_mailbox(ctx, mailbox_id=id).active is True
