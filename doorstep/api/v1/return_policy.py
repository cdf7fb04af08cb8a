"""The policy of returns: what is in force, its versions, and a new one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Path, Router
from pydantic import Field, StrictBool, StrictStr

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.return_shapes import Outcome
from doorstep.api.v1.shapes import INT4, Cursor, In, Limit, Out, text
from doorstep.api.v1.translate import Mistakes
from doorstep.base import conditions
from doorstep.returns import actions, queries, rules
from doorstep.returns.policies import PolicyRow

router = Router(tags=["Returns"])
Version = Annotated[int, Path(ge=0, le=INT4, description="0 is the policy that every brand begins with.")]
WITHIN = {"field": "days_since_delivery", "op": "at_most", "value": 30}
TO_GERMANY = {"field": "country", "op": "is", "value": "DE"}
When = Annotated[
    dict[str, Any],
    Field(
        description='A test, or tests joined by `all`, `any` and `not`; `{"all": []}` always holds. What can be asked: '
        "`GET /returns/policy/fields`.",
        examples=[WITHIN, {"all": [TO_GERMANY, {"not": WITHIN}]}],
    ),
]
Does = Literal["approve", "ask", "review", "reject"]
Timing = Literal["on_approval", "on_first_scan", "on_receipt", "on_inspection"]


class PolicyRuleIn(In):
    """The first rule that applies decides; one that asks is passed once its question is answered. `question_ko` is read by
    who reads Korean; written in one of the two only, it is asked so in both."""

    name: Annotated[StrictStr, text(120, required=True)]
    when: When
    action: Does
    question: Annotated[StrictStr, text(500)] = ""
    question_ko: Annotated[StrictStr, text(500)] = ""
    outcomes: Annotated[list[Outcome], Field(min_length=1, max_length=10)] = [
        "refund_original", "store_credit", "exchange_variant",
    ]  # fmt: skip
    timing: Annotated[Timing, Field(description="When the money is due.")] = "on_inspection"
    free_label: StrictBool = True
    keep_item: StrictBool = False


class PolicyIn(In):
    """`preview`: only read it and tell what it says; nothing is published."""

    rules: Annotated[list[PolicyRuleIn], Field(min_length=1, max_length=rules.MOST_RULES)]
    note: Annotated[StrictStr, text(500)] = ""
    preview: StrictBool = False


class PolicyRuleOut(Out):
    """`never_reached`: an earlier rule always decides where this one would, or asks: only the first question that holds is
    asked."""

    name: str
    when: When
    action: Does
    question: str
    question_ko: str
    outcomes: list[Outcome]
    timing: Timing
    free_label: bool
    keep_item: bool
    never_reached: bool


class PolicyOut(Out):
    """`version` is null for a preview. `in_force`: for orders that are placed from now on."""

    version: int | None
    in_force: bool
    rules: list[PolicyRuleOut]
    note: str
    by: str
    published_at: datetime | None


class PoliciesOut(Out):
    versions: list[PolicyOut]
    next: str | None


class PolicyFieldOut(Out):
    """`choices`: what a choice may be; empty where every value of the kind may be asked for."""

    name: str
    kind: Literal["text", "number", "money", "boolean", "date", "days", "choice", "words"]
    operators: list[str]
    choices: list[str]


class PolicyFieldsOut(Out):
    fields: list[PolicyFieldOut]
    next: str | None


def _shown(row: PolicyRow, *, newest: int) -> dict[str, Any]:
    return {
        "version": row.version, "in_force": row.version == newest, "note": row.note, "by": row.by,
        "published_at": row.published_at, "rules": _rules(row.rules),
    }  # fmt: skip


def _rules(form: list[dict[str, Any]]) -> list[dict[str, Any]]:
    policy = rules.parse_policy(form)
    told = zip(policy, rules.policy_as_json(policy), rules.never_reached(policy), strict=True)
    return [form | {"question_ko": rule.question_ko, "never_reached": is_never} for rule, form, is_never in told]


@operation(router, "GET", "/returns/policy", scope="settings:read", answers={200: PolicyOut})
def get_return_policy(request: Asked) -> dict[str, Any]:
    """The policy in force for orders that are placed from now on."""
    [row] = queries.list_policies(request.ctx, limit=1)
    return _shown(row, newest=row.version)


@operation(router, "PUT", "/returns/policy", scope="settings:write", answers={200: PolicyOut})
def publish_return_policy(request: Asked, given: PolicyIn) -> dict[str, Any]:
    """Puts a new version of the policy in force for orders that are placed from now on; earlier versions stay as they are,
    and decide about earlier orders. A rule that makes no sense is refused with `bad_policy`, which names its path. With
    `preview` it is only read."""
    wrong = Mistakes()
    note = wrong.text("/note", given.note, longest=500)
    wrong.refuse()
    form = [rule.model_dump() for rule in given.rules]
    if given.preview:
        told = {"version": None, "in_force": False, "note": note, "by": "", "published_at": None}
        return told | {"rules": _rules(form)}
    version = actions.publish_policy(request.ctx, policy=form, note=note)
    return _shown(queries.get_policy(request.ctx, version=version), newest=version)


@operation(router, "GET", "/returns/policy/fields", scope="settings:read", answers={200: PolicyFieldsOut})
def list_return_policy_fields(request: Asked) -> dict[str, Any]:  # noqa: ARG001  # the same for everybody
    """What the condition of a rule can ask about, and how."""
    fields = [
        {"name": field.name, "kind": field.kind, "choices": list(field.choices),
         "operators": list(conditions.OPERATORS[field.kind])}
        for field in rules.FIELDS.values()
    ]  # fmt: skip
    return {"fields": fields, "next": None}


@operation(router, "GET", "/returns/policy/versions", scope="settings:read", answers={200: PoliciesOut})
def list_return_policies(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Every version of the policy, newest first; 0 is the one that every brand begins with."""
    [newest] = queries.list_policies(request.ctx, limit=1)
    rows = queries.list_policies(request.ctx, before=paging.by_id(cursor, "return_policies"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="return_policies", key=lambda row: (row.version,))
    return {"versions": [_shown(row, newest=newest.version) for row in shown], "next": following}


@operation(router, "GET", "/returns/policy/versions/{version}", scope="settings:read", answers={200: PolicyOut})
def get_return_policy_version(request: Asked, version: Version) -> dict[str, Any]:
    """One version of the policy as it was published."""
    [newest] = queries.list_policies(request.ctx, limit=1)
    return _shown(queries.get_policy(request.ctx, version=version), newest=newest.version)
