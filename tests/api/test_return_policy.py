"""The return policy through the API: the same versions and the same refusals as under Settings, Returns policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.api.v1 import paging
from doorstep.returns import queries
from tests.api.conftest import Api, refused, rows_everywhere
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db
WITHIN = {"field": "days_since_delivery", "op": "at_most", "value": 14}
FAR = {"all": [{"field": "country", "op": "one_of", "value": ["US", "KR"]}, {"not": WITHIN}]}


def policy(**more: Any) -> dict[str, Any]:
    rules = [
        {"name": "Far and late", "when": FAR, "action": "reject"},
        {
            "name": "Two weeks",
            "when": WITHIN,
            "action": "approve",
            "timing": "on_receipt",
            "outcomes": ["store_credit"],
        },
    ]
    return {"rules": rules, "note": "Summer", **more}


def test_a_brand_begins_with_a_policy(api: Api) -> None:
    found = api.get("/returns/policy").json()

    assert (found["version"], found["in_force"], found["published_at"], found["by"]) == (0, True, None, "")
    assert [(rule["name"], rule["action"], rule["never_reached"]) for rule in found["rules"]] == [
        ("Final sale", "reject", False), ("More than 30 days after delivery", "reject", False),
        ("Within 30 days of delivery", "approve", False),
    ]  # fmt: skip
    assert api.get("/returns/policy/versions/0").json() == found


def test_a_new_one_is_put_in_force_and_the_others_stay(api: Api) -> None:
    first = api.ask("PUT", "/returns/policy", policy(), idempotency_key="k1")
    again = api.ask("PUT", "/returns/policy", policy(), idempotency_key="k1")
    second = api.ask("PUT", "/returns/policy", policy(note="Autumn"))

    assert (first.status_code, first.json()["version"], first.json()["by"]) == (200, 1, "Web store")
    assert again.json() == first.json()
    assert (second.json()["version"], second.json()["in_force"]) == (2, True)
    assert api.get("/returns/policy").json() == second.json()
    kept = api.get("/returns/policy/versions/1").json()
    assert (kept["in_force"], kept["note"]) == (False, "Summer")
    assert kept["rules"][0] == {
        "name": "Far and late", "when": FAR, "action": "reject", "question": "", "question_ko": "",
        "outcomes": ["refund_original", "store_credit", "exchange_variant"], "timing": "on_inspection", "free_label": True,
        "keep_item": False, "never_reached": False,
    }  # fmt: skip
    assert queries.list_policies(api.brand.ctx)[1].rules[1]["timing"] == "on_receipt"


def test_what_was_read_is_written_again_with_its_korean_questions(api: Api) -> None:
    both = {"name": "Both", "when": FAR, "action": "ask", "question": "Why?", "question_ko": "왜입니까?"}
    korean = {"name": "Korean", "when": WITHIN, "action": "ask", "question_ko": "무엇이 맞지 않습니까?"}
    api.ask("PUT", "/returns/policy", {"rules": [both, korean]})

    read = api.get("/returns/policy").json()["rules"]
    written = [{name: value for name, value in rule.items() if name != "never_reached"} for rule in read]
    again = api.ask("PUT", "/returns/policy", {"rules": written})

    assert (again.status_code, again.json()["version"], again.json()["rules"]) == (200, 2, read)
    assert [(rule["question"], rule["question_ko"]) for rule in read] == [("Why?", "왜입니까?"), ("", "무엇이 맞지 않습니까?")]
    newest, before, _ = queries.list_policies(api.brand.ctx)
    assert newest.rules == before.rules


def test_versions_are_listed_page_by_page(api: Api) -> None:
    for _ in range(3):
        api.ask("PUT", "/returns/policy", policy())

    seen, address = [], "/returns/policy/versions?limit=2"
    for _ in range(2):
        page = api.get(address).json()
        seen.append([(row["version"], row["in_force"]) for row in page["versions"]])
        address = f"/returns/policy/versions?limit=2&cursor={page['next']}"

    assert seen == [[(3, True), (2, False)], [(1, False), (0, False)]]
    assert page["next"] is None
    refused(api.get("/returns/policy/versions?cursor=x"), 422, "invalid")
    far = paging.pack("return_policies", (paging.BIGGEST,))
    assert [row["version"] for row in api.get(f"/returns/policy/versions?cursor={far}").json()["versions"]] == [3, 2, 1, 0]


def test_a_preview_says_which_rules_are_never_reached_and_publishes_nothing(api: Api) -> None:
    body = policy(preview=True)
    body["rules"].insert(0, {"name": "All", "when": {"all": []}, "action": "review"})
    before = rows_everywhere()

    seen = api.ask("PUT", "/returns/policy", body)

    assert (seen.status_code, seen.json()["version"], seen.json()["in_force"]) == (200, None, False)
    assert [rule["never_reached"] for rule in seen.json()["rules"]] == [False, True, True]
    assert rows_everywhere() == before
    assert api.get("/returns/policy").json()["version"] == 0


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("rule", "code", "says"),
    [({"when": {"field": "moon", "op": "is", "value": "full"}}, "bad_policy", "rules[0].when"),
     ({"when": {"field": "country", "op": "at_most", "value": 3}}, "bad_policy", "rules[0].when"),
     ({"when": {}}, "bad_policy", "rules[0].when"),
     ({"action": "ask"}, "bad_policy", "rules[0].question"),
     ({"action": "ask", "question_ko": "?" * 501}, "invalid", "/rules/0/question_ko"),
     ({"action": "burn"}, "invalid", "/rules/0/action"),
     ({"outcomes": []}, "invalid", "/rules/0/outcomes"),
     ({"colour": "red"}, "invalid", "/rules/0/colour")],
)  # fmt: skip
def test_what_is_no_policy_is_refused_and_nothing_changes(
    api: Api, rule: dict[str, Any], code: str, says: str, preview: bool
) -> None:
    body = {"rules": [{"name": "One", "when": WITHIN, "action": "approve"} | rule], "preview": preview}

    problem = refused(api.ask("PUT", "/returns/policy", body), 422, code)

    assert says in problem["detail"]
    assert [row.version for row in queries.list_policies(api.brand.ctx)] == [0]


def test_versions_that_never_were_are_not_found(api: Api) -> None:
    api.ask("PUT", "/returns/policy", policy())

    for version in (2, 2**31 - 1):
        refused(api.get(f"/returns/policy/versions/{version}"), 404, "not_found")
    refused(api.get("/returns/policy/versions/-1"), 422, "invalid")


def test_what_can_be_asked_is_listed_with_its_operators(api: Api) -> None:
    fields = {row["name"]: row for row in api.get("/returns/policy/fields").json()["fields"]}

    assert fields["final_sale"] == {"name": "final_sale", "kind": "boolean", "operators": ["is"], "choices": []}
    assert fields["stated"]["choices"] == ["unopened", "opened", "used", "damaged"]
    assert "between" in fields["days_since_delivery"]["operators"]


def test_a_key_without_the_scope_reads_and_writes_nothing(api: Api, as_key: Callable[..., Api]) -> None:
    reader, other = as_key(api.brand, "settings:read"), as_key(api.brand, "returns:write", "returns:read")

    assert reader.get("/returns/policy").status_code == 200
    refused(reader.ask("PUT", "/returns/policy", policy()), 403, "missing_scope")
    refused(other.get("/returns/policy"), 403, "missing_scope")
    assert [row.version for row in queries.list_policies(api.brand.ctx)] == [0]


def test_a_policy_is_its_brands_alone(api: Api) -> None:
    api.ask("PUT", "/returns/policy", policy())

    assert [row.version for row in queries.list_policies(make_ctx())] == [0]
