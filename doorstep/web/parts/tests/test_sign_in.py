"""The door: signing in, being locked out, roles, languages."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.accounts.models import User
from tests.factories import PASSWORD, add_person, make_ctx, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def test_the_right_password_opens_the_page_that_was_asked_for() -> None:
    email = add_person(make_ctx())
    client = Client()
    asked = client.get("/settings/keys/")
    assert (asked.status_code, asked["Location"]) == (302, "/sign-in/?next=%2Fsettings%2Fkeys%2F")
    answer = client.post(asked["Location"], {"login": email.upper(), "password": PASSWORD, "next": "/settings/keys/"})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/keys/")
    assert client.get("/settings/keys/").status_code == 200


def test_an_address_elsewhere_is_never_gone_to() -> None:
    answer = Client().post(
        "/sign-in/", {"login": add_person(make_ctx()), "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer["Location"] == "/"


def test_an_unknown_address_and_a_wrong_password_get_the_same_words() -> None:
    known = Client().post("/sign-in/", {"login": add_person(make_ctx()), "password": "wrong-password"})
    unknown = Client().post("/sign-in/", {"login": "nobody@example.com", "password": "wrong-password"})
    words = "E-mail and password do not go together."
    assert (known.status_code, unknown.status_code) == (422, 422)
    assert words in known.content.decode()
    assert words in unknown.content.decode()


def test_after_five_wrong_passwords_even_the_right_one_waits_and_others_do_not() -> None:
    ctx = make_ctx()
    email, other = add_person(ctx), add_person(ctx, "viewer")
    client = Client()
    wrong = [client.post("/sign-in/", {"login": email, "password": f"wrong-{n}"}).status_code for n in range(5)]
    assert wrong == [422] * 5
    locked = Client(headers={"Host": "localhost"}).post("/sign-in/", {"login": email.upper(), "password": PASSWORD})
    assert locked.status_code == 429
    assert (
        "Too many wrong passwords, so signing in is paused. Wait five minutes, then try again."
        in locked.content.decode()
    )
    assert client.get("/settings/").status_code == 302
    assert Client().post("/sign-in/", {"login": other, "password": PASSWORD}).status_code == 302


def test_a_forgotten_password_is_made_anew_on_the_command_line_which_ends_sessions_and_the_lock_out() -> None:
    ctx = make_ctx()
    email = add_person(ctx)
    client, other = Client(), signed_in(ctx, "viewer")
    client.post("/sign-in/", {"login": email, "password": PASSWORD})
    for n in range(5):
        Client().post("/sign-in/", {"login": email, "password": f"wrong-{n}"})
    assert Client().post("/sign-in/", {"login": email, "password": PASSWORD}).status_code == 429
    out = StringIO()
    call_command("staff", "reset-password", email.upper(), stdout=out)
    password = out.getvalue().strip()
    assert re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}", password)
    assert client.get("/settings/").status_code == 302
    assert other.get("/settings/").status_code == 200
    assert Client().post("/sign-in/", {"login": email, "password": PASSWORD}).status_code == 422
    assert Client().post("/sign-in/", {"login": email, "password": password}).status_code == 302
    with pytest.raises(CommandError, match=r"Nobody on the staff signs in as nobody@example\.com"):
        call_command("staff", "reset-password", "nobody@example.com")


def test_a_new_password_given_on_the_settings_page_ends_the_lock_out_too() -> None:
    ctx = make_ctx()
    owner, email = signed_in(ctx), add_person(ctx, "viewer")
    for n in range(5):
        Client().post("/sign-in/", {"login": email, "password": f"wrong-{n}"})
    viewer = next(p for p in queries.list_staff(ctx) if p.email == email)
    shown = owner.post(f"/settings/staff/{viewer.id}/password/").content.decode()
    password = re.search(r'id="shown-secret">([^<]+)<', shown)
    assert password
    assert Client().post("/sign-in/", {"login": email, "password": password[1]}).status_code == 302


def test_nobody_signs_up() -> None:
    for path in ("/sign-up/", "/signup/", "/accounts/signup/"):
        assert Client().get(path).status_code == 404


def test_signing_out_ends_the_session() -> None:
    client = signed_in(make_ctx())
    assert client.get("/parts/sign-out/").status_code == 405
    assert client.post("/parts/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/settings/").status_code == 302


def test_a_language_chosen_on_the_sign_in_page_is_kept_for_the_person() -> None:
    ctx = make_ctx()
    email = add_person(ctx)
    client = Client()
    chosen = client.post("/parts/language/", {"language": "ko", "next": "/sign-in/"})
    assert (chosen["Location"], chosen.cookies["django_language"].value) == ("/sign-in/", "ko")
    assert '<html lang="ko"' in client.get("/sign-in/").content.decode()
    client.post("/sign-in/", {"login": email, "password": PASSWORD})
    assert User.objects.get(email=email).language == "ko"
    assert '<html lang="ko"' in client.get("/settings/").content.decode()


def test_the_person_s_language_wins_over_the_browser_s() -> None:
    client = signed_in(make_ctx(), language="ko")
    page = client.get("/settings/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="ko"' in page


def test_an_unknown_language_is_refused_and_a_foreign_address_ignored() -> None:
    client = Client()
    assert client.post("/parts/language/", {"language": "xx"}).status_code == 422
    assert client.post("/parts/language/", {"language": "en", "next": "//evil.example"})["Location"] == "/"


def test_who_is_removed_is_out_at_the_next_page() -> None:
    ctx = make_ctx()
    signed_in(ctx, "owner")
    client = signed_in(ctx, "viewer")
    assert client.get("/settings/").status_code == 200
    viewer = next(p for p in queries.list_staff(ctx) if p.role == "viewer")
    accounts.remove_staff(ctx, id=viewer.id)
    answer = client.get("/settings/")
    assert answer.status_code == 403
    assert "on the staff of no organisation" in answer.content.decode()
    assert client.get("/events").status_code == 401


def test_every_answer_carries_a_policy_without_inline_scripts() -> None:
    for client, path in ((Client(), "/sign-in/"), (Client(), "/nowhere/"), (signed_in(make_ctx()), "/settings/")):
        answer = client.get(path)
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        assert policy["script-src"] == "'self'"
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        text = answer.content.decode()
        assert "<script>" not in text
        assert not any(handler in text for handler in (" onclick=", " onload=", " onsubmit=", "javascript:"))
