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
from doorstep.returns.knobs import MOST_ASKS, Knobs, knobs_of, rules_of
from doorstep.returns.policies import PolicyRow, PolicyRule
from doorstep.returns.refusals import BAD_POLICY
from doorstep.returns.values import OFFERED
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.returns import policy_knobs, policy_words, words
from doorstep.web.settings import sections

LONGEST_JSON = 200_000


def _facts(request: StaffRequest, row: PolicyRow) -> dict[str, Any]:
    policy = rules.parse_policy(row.rules)
    return {
        "policy": row, "rules": policy_words.told(policy), "json": _json(row.rules), "can_write": request.may("settings:write"),
        "section_groups": sections.grouped(request.staff, path=request.path), "portal_link": return_links.portal_link(request.ctx),
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
    currency = request.organisation.default_currency
    knobs = _said(newest, currency)
    if request.method != "POST":
        return _form(request, newest, policy_knobs.shown(knobs or Knobs()), is_more=knobs is None)
    form, do = policy_knobs.typed(request.POST), request.POST.get("do", "")
    if do.startswith("drop-"):
        form = policy_knobs.without(form, id_of(do.removeprefix("drop-")))
    if do == "another" or do.startswith("drop-"):
        return _form(request, newest, form, is_more=knobs is None, has_room=do == "another")
    try:
        policy = rules_of(policy_knobs.read(form, currency=currency))
    except Refused as refused:
        return _form(request, newest, form, is_more=knobs is None, refused=refused)
    if do != "publish":
        return _form(request, newest, form, is_more=knobs is None, policy=policy)
    number = actions.publish_policy(request.ctx, policy=rules.policy_as_json(policy), note=_note(request))
    return _published(request, number)


def _said(row: PolicyRow, currency: str) -> Knobs | None:
    """What the form would show of a version; None where that says more, be it an amount in another currency."""
    knobs = knobs_of(rules.parse_policy(row.rules))
    return knobs if knobs and knobs.currencies <= {currency} else None


def _note(request: StaffRequest) -> str:
    return keepable(request.POST.get("note", "")).strip()[:500]


def _published(request: StaffRequest, number: int) -> HttpResponse:
    messages.success(request, gettext("Version %(n)s is in force for orders placed from now on.") % {"n": number})
    return redirect("return_policy:index")


def _form(
    request: StaffRequest, newest: PolicyRow, form: policy_knobs.Form, *, is_more: bool, policy: Sequence[PolicyRule] = (),
    refused: Refused | None = None, has_room: bool = False,
) -> HttpResponse:  # fmt: skip
    form = policy_knobs.with_room(form) if has_room else form
    known = sorted({*catalog.list_categories(request.ctx), *form.categories, *(c for ask in form.asks for c in ask.categories)})
    facts = {
        "policy": newest, "is_more": is_more, "note": _note(request),
        "section_groups": sections.grouped(request.staff, path=request.path),
        "form": replace(form, categories=()), "currency": request.organisation.default_currency,
        "categories": _ticks([(name, name) for name in known], form.categories),
        "outcomes": _ticks([(o.value, words.OUTCOMES[o]) for o in OFFERED], form.outcomes),
        "timings": [(t.value, words.TIMINGS[t]) for t in words.TIMINGS],
        "errors": {name: gettext(problem) for name, problem in policy_knobs.marks(refused).items()},
        "asks": [_asked(n, ask, known, refused) for n, ask in enumerate(form.asks)], "most_asks": MOST_ASKS,
        "preview": policy_words.told(policy), "json": _json(rules.policy_as_json(policy)) if policy else "",
    }  # fmt: skip
    return render(request, "returns/policy_edit.html", facts, status=422 if refused else 200)


def _ticks(options: Sequence[tuple[str, Any]], chosen: Sequence[str]) -> list[tuple[str, Any, bool]]:
    return [(value, word, value in chosen) for value, word in options]


def _asked(n: int, ask: policy_knobs.AskForm, known: Sequence[str], refused: Refused | None) -> dict[str, Any]:
    """One question with what can be chosen, and what is wrong with it by the name that its field has within it."""
    before = f"ask-{n}-"
    marks = policy_knobs.marks(refused).items()
    wrong = {name.removeprefix(before): gettext(says) for name, says in marks if name.startswith(before)}
    return {
        "n": n, "before": before, "form": ask, "errors": wrong, "reasons": _ticks(words.reasons(), ask.reasons),
        "categories": _ticks([(name, name) for name in known], ask.categories),
    }  # fmt: skip


@page("settings:write", methods=("GET", "HEAD", "POST"))
def as_json(request: StaffRequest) -> HttpResponse:
    """The whole language of conditions, for those who write rules themselves."""
    newest = queries.list_policies(request.ctx)[0]
    text = keepable(request.POST.get("rules", ""))[:LONGEST_JSON] if request.method == "POST" else _json(newest.rules)
    facts: dict[str, Any] = {
        "policy": newest, "text": text, "note": _note(request),
        "section_groups": sections.grouped(request.staff, path=request.path),
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
