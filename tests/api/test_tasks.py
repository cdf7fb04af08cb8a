"""Tasks through the API: found, given to somebody, ended once."""

from __future__ import annotations

import pytest

from doorstep.accounts import queries as accounts
from doorstep.tasks import actions
from doorstep.tasks.values import TaskDraft
from tests.api.conftest import Api, refused
from tests.factories import add_person

pytestmark = pytest.mark.django_db


def asked(api: Api, count: int = 1, kind: str = "look_twice") -> list[int]:
    drafts = [TaskDraft(f"{kind}-{n}", kind, "parcel:1", "order:1", {"order": "#1"}) for n in range(count)]
    return actions.create(api.brand.ctx, tasks=drafts)


def found(api: Api, query: str) -> list[int]:
    return [task["id"] for task in api.get(f"/tasks?{query}").json()["tasks"]]


def test_tasks_are_found_by_state_kind_and_person(api: Api) -> None:
    add_person(api.brand.ctx)
    [person] = accounts.list_staff(api.brand.ctx)
    [look, other] = [*asked(api), *asked(api, kind="call")]
    assert found(api, "") == [other, look]
    assert found(api, "kind=call") == [other]

    taken = api.post(f"/tasks/{look}/assign", {"assignee_id": person.user_id}).json()
    assert taken["assignee_id"] == person.user_id
    assert found(api, f"assignee_id={person.user_id}") == [look]

    done = api.post(f"/tasks/{look}/end", {"outcome": " All was well. "}).json()
    assert (done["state"], done["outcome"], done["ended_at"] is not None) == ("done", "All was well.", True)
    assert api.post(f"/tasks/{other}/end", {"dropped": True}).json()["state"] == "dropped"
    assert (found(api, ""), found(api, "state=done"), found(api, "state=dropped")) == ([], [look], [other])
    assert found(api, "state=all") == [other, look]
    one = api.get(f"/tasks/{look}").json()
    assert (one["kind"], one["subject"], one["timeline"], one["facts"]) == (
        "look_twice", "parcel:1", "order:1", {"order": "#1"},
    )  # fmt: skip


def test_pages_of_tasks_repeat_and_skip_nothing(api: Api) -> None:
    ids = asked(api, 5)
    first = api.get("/tasks?limit=3").json()
    second = api.get(f"/tasks?limit=3&cursor={first['next']}").json()
    assert [task["id"] for task in first["tasks"] + second["tasks"]] == sorted(ids, reverse=True)
    assert second["next"] is None
    refused(api.get("/tasks?cursor=abc"), 422, "invalid")


def test_a_task_ends_once_under_its_key_and_never_twice(api: Api) -> None:
    [id] = asked(api)
    first, again = (api.post(f"/tasks/{id}/end", {"outcome": "Done."}, idempotency_key="t1") for _ in range(2))
    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")

    refused(api.post(f"/tasks/{id}/end", {"dropped": True}), 409, "task_over")
    refused(api.post(f"/tasks/{id}/assign", {"assignee_id": None}), 409, "task_over")
    assert api.get(f"/tasks/{id}").json() == first.json()


def test_a_task_is_given_to_nobody_who_is_not_here(api: Api) -> None:
    [id] = asked(api)
    before = api.get(f"/tasks/{id}").json()
    refused(api.post(f"/tasks/{id}/assign", {"assignee_id": 999_999}), 404, "not_found")
    refused(api.post(f"/tasks/{id}/end", {"outcome": "a\x07b"}), 422, "invalid")
    assert api.get(f"/tasks/{id}").json() == before
