"""Settings, Returns policy: what is in force in words, its versions, and a form for what most brands want to say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.flows import return_links
from doorstep.returns import actions, queries, rules
from doorstep.returns.knobs import Knobs, knobs_of, rules_of
from doorstep.returns.policies import PolicyRow, PolicyRule
from doorstep.returns.refusals import BAD_POLICY
from doorstep.returns.values import OFFERED
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.returns import policy_knobs, policy_words, words
from doorstep.web.settings import sections

LONGEST_JSON = 200_000


def _facts(request: StaffRequest, row: PolicyRow) -> dict[str, Any]:
    policy = rules.parse_policy(row.rules)
    return {
        "policy": row, "rules": policy_words.told(policy), "json": _json(row.rules), "can_write": request.may("settings:write"),
        "section_groups": sections.grouped(request.staff), "portal_link": return_links.portal_link(request.ctx),
    }  # fmt: skip


def _json(policy: Sequence[Any]) -> str:
    return json.dumps(policy, ensure_ascii=False, indent=2)


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """The version in force, and those before it."""
    every = queries.list_policies(request.ctx)
    return render(request, "returns/policy.html", {**_facts(request, every[0]), "versions": every, "is_newest": True})


@page("settings:read")
def version(request: StaffRequest, number: int) -> HttpResponse:
    """One version as it was published.  Refuses: versions that never were."""
    row = queries.get_policy(request.ctx, version=number)
    every = queries.list_policies(request.ctx)
    facts = {**_facts(request, row), "versions": every, "is_newest": row.version == every[0].version}
    return render(request, "returns/policy.html", facts)


@page("settings:write", methods=("GET", "HEAD", "POST"))
def edit(request: StaffRequest) -> HttpResponse:
    """A form for the common knobs; it shows the rules that it makes before they are published."""
    newest = queries.list_policies(request.ctx)[0]
    knobs = knobs_of(rules.parse_policy(newest.rules))
    if request.method != "POST":
        return _form(request, newest, knobs or Knobs(), is_more=knobs is None)
    note = keepable(request.POST.get("note", "")).strip()[:500]
    try:
        wanted = policy_knobs.read(request.POST, currency=request.organisation.default_currency)
    except Refused as refused:
        return _form(request, newest, knobs or Knobs(), is_more=knobs is None, refused=refused, note=note)
    policy = rules_of(wanted)
    if request.POST.get("do") != "publish":
        return _form(request, newest, wanted, is_more=knobs is None, policy=policy, note=note)
    number = actions.publish_policy(request.ctx, policy=rules.policy_as_json(policy), note=note)
    return _published(request, number)


def _published(request: StaffRequest, number: int) -> HttpResponse:
    messages.success(request, gettext("Version %(n)s is in force for orders placed from now on.") % {"n": number})
    return redirect("return_policy:index")


def _form(
    request: StaffRequest, newest: PolicyRow, knobs: Knobs, *, is_more: bool, policy: Sequence[PolicyRule] = (),
    refused: Refused | None = None, note: str = "",
) -> HttpResponse:  # fmt: skip
    known = sorted({*catalog.list_categories(request.ctx), *knobs.categories})
    typed = request.POST if refused else None
    named = {outcome: words.OUTCOMES[outcome] for outcome in OFFERED}
    chosen = set(typed.getlist("outcome")) if typed else {o.value for o in knobs.outcomes}
    facts = {
        "policy": newest, "is_more": is_more, "note": note, "section_groups": sections.grouped(request.staff),
        "knobs": replace(knobs, categories=()), "days": typed.get("days") if typed else knobs.days,
        "value": typed.get("review_value") if typed else _plain(knobs), "currency": request.organisation.default_currency,
        "rate": typed.get("review_rate") if typed else _share(knobs),
        "categories": [(name, name in knobs.categories) for name in known],
        "outcomes": [(o.value, word, o.value in chosen) for o, word in named.items()],
        "timings": [(t.value, words.TIMINGS[t]) for t in words.TIMINGS],
        "errors": {str(refused.facts.get("field", "")): gettext(str(refused.facts.get("problem", "")))} if refused else {},
        "preview": policy_words.told(policy), "json": _json(rules.policy_as_json(policy)) if policy else "",
    }  # fmt: skip
    return render(request, "returns/policy_edit.html", facts, status=422 if refused else 200)


def _share(knobs: Knobs) -> str:
    return "" if knobs.review_rate is None else f"{float(knobs.review_rate):g}"


def _plain(knobs: Knobs) -> str:
    return str(knobs.review_value.decimal) if knobs.review_value else ""


@page("settings:write", methods=("GET", "HEAD", "POST"))
def as_json(request: StaffRequest) -> HttpResponse:
    """The whole language of conditions, for those who write rules themselves."""
    newest = queries.list_policies(request.ctx)[0]
    text = keepable(request.POST.get("rules", ""))[:LONGEST_JSON] if request.method == "POST" else _json(newest.rules)
    facts: dict[str, Any] = {
        "policy": newest, "text": text, "note": keepable(request.POST.get("note", "")).strip()[:500],
        "section_groups": sections.grouped(request.staff),
        "fields": [(f.name, gettext(f.says), f.kind.value) for f in rules.FIELDS.values()],
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "returns/policy_json.html", facts)
    try:
        policy = rules.parse_policy(_parsed(text))
        if request.POST.get("do") == "publish":
            form = rules.policy_as_json(policy)
            return _published(request, actions.publish_policy(request.ctx, policy=form, note=facts["note"]))
        facts["preview"] = policy_words.told(policy)
    except Refused as refused:
        facts["problem"] = " ".join(words_of(refused))
    return render(request, "returns/policy_json.html", facts, status=422 if "problem" in facts else 200)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(BAD_POLICY, {"path": "rules", "problem": rules.NOT_A_LIST}) from None
