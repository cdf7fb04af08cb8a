"""Somebody who works for several organisations chooses one in the top bar."""

from __future__ import annotations

import pytest
from django.test import Client

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.base.ctx import Ctx
from tests.factories import PASSWORD, make_ctx, signed_in

pytestmark = pytest.mark.django_db


def person_of(*places: Ctx) -> str:
    for n, ctx in enumerate(places):
        role = "owner" if n == 0 else "viewer"
        accounts.add_staff(ctx, email="both@example.com", name="Both", role=role, password=PASSWORD if n == 0 else None)
    return "both@example.com"


def browser(email: str, *, checks: bool = False) -> Client:
    client = Client(enforce_csrf_checks=checks)
    client.get("/sign-in/")
    words = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post("/sign-in/", words).status_code == 302
    return client


def token(client: Client, path: str) -> str:
    return str(client.get(path).context["csrf_token"])


def test_the_top_bar_offers_the_other_organisation_and_goes_there_with_the_role_one_has_there() -> None:
    first, second = make_ctx("First brand"), make_ctx("Second brand")
    client = browser(person_of(first, second))
    page = client.get("/settings/staff/").content.decode()
    assert 'aria-label="Organisation: First brand. Change it"' in page
    assert f'name="organisation" value="{second.organisation_id}"' in page
    moved = client.post("/parts/organisation/", {"organisation": second.organisation_id})
    assert (moved.status_code, moved["Location"]) == (302, "/")
    assert client.get("/settings/staff/").status_code == 403
    assert 'aria-label="Organisation: Second brand. Change it"' in client.get("/orders/").content.decode()


def test_who_works_for_one_sees_its_name_and_no_choice() -> None:
    page = signed_in(make_ctx("Only brand")).get("/orders/").content.decode()
    assert 'class="top-organisation" title="Only brand"' in page
    assert "/parts/organisation/" not in page


@pytest.mark.parametrize("wanted", ["stranger", "", "x", "0"])
def test_an_organisation_where_one_does_not_work_is_not_found(wanted: str) -> None:
    first, second, stranger = make_ctx("First brand"), make_ctx(), make_ctx()
    client = browser(person_of(first, second))
    id = str(stranger.organisation_id) if wanted == "stranger" else wanted
    assert client.post("/parts/organisation/", {"organisation": id}).status_code == 404
    assert "Organisation: First brand." in client.get("/orders/").content.decode()


def test_who_is_removed_from_the_chosen_one_is_back_in_the_first() -> None:
    first, second = make_ctx("First brand"), make_ctx("Second brand")
    client = browser(person_of(first, second))
    client.post("/parts/organisation/", {"organisation": second.organisation_id})
    accounts.add_staff(second, email="owner2@example.com", name="Owner", role="owner")
    there = queries.staff_with_email(email="both@example.com")[1]
    accounts.remove_staff(second, id=there.id)
    assert 'title="First brand"' in client.get("/orders/").content.decode()


def test_a_page_of_the_former_one_in_another_tab_can_change_nothing_and_hears_nothing() -> None:
    first, second = make_ctx("First brand"), make_ctx("Second brand")
    client = browser(person_of(first, second), checks=True)
    old = token(client, "/settings/staff/")
    moving = {"organisation": second.organisation_id, "csrfmiddlewaretoken": token(client, "/orders/")}
    assert client.post("/parts/organisation/", moving).status_code == 302
    stale = {"name": "Renamed", "accent": "#112233", "support_email": "", "language": "en", "csrfmiddlewaretoken": old}
    assert client.post("/settings/organisation/change/", stale).status_code == 403
    assert client.get(f"/events?room={first.organisation_id}").status_code == 204
    with_new = {"theme": "dark", "csrfmiddlewaretoken": token(client, "/orders/")}
    assert client.post("/parts/theme/", with_new).status_code == 302
