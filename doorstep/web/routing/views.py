"""Settings, Routing: the ranked rules in force, the draft beside them, and what came before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.base.money import Money
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.routing import actions, queries, replays
from doorstep.routing.ruling import editing, parsing
from doorstep.routing.ruling.kinds import FIELDS, PARAMS, STRENGTHS, Kind, Rule, RuleSet, Strength
from doorstep.routing.values import DraftRow
from doorstep.web.parts import timeline
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.routing import figures, rule_form, words
from doorstep.web.settings import sections

EDIT = ("GET", "HEAD", "POST")


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """The rules: the draft where there is one, with how it differs from what is in force."""
    live, draft = queries.rules_in_force(request.ctx), queries.find_draft(request.ctx)
    were = parsing.parse(live.rules)
    rules = parsing.parse(draft.rules) if draft else were
    changes = parsing.differences(were, rules)
    facts: dict[str, Any] = {
        "live": live, "draft": draft, "rules": _told(request, rules, changes), "most_over": _amount(request, rules.most_over_minor),
        "over_changed": "" in changes, "changes": len(changes), "edition": draft.edition if draft else 0,
        "removed": [one for one in _told(request, were, {}) if changes.get(one.rule.id) == "removed"],
        "versions": queries.list_rules(request.ctx, limit=10), "replays": replays.list_replays(request.ctx, limit=5),
        "tried": replays.find_of(request.ctx, rules=draft.rules) if draft else None,
        "currency": request.organisation.default_currency,
        "most_over_plain": _plain_amount(request, rules.most_over_minor),
        "items": timeline.told(outbox.timeline(request.ctx, of=[actions.SUBJECT], limit=20)),
    }  # fmt: skip
    if facts["tried"]:
        facts["figures"] = figures.of_result(facts["tried"].result)
    return show(request, "index", facts)


@page("settings:read")
def version(request: StaffRequest, number: int) -> HttpResponse:
    """One version of the rules as it was switched on.  Refuses: versions that never were."""
    row = queries.get_rules(request.ctx, version=number)
    rules = parsing.parse(row.rules)
    facts = {
        "row": row, "rules": _told(request, rules, {}), "most_over": _amount(request, rules.most_over_minor),
        "is_live": queries.rules_in_force(request.ctx).version == row.version,
    }  # fmt: skip
    return show(request, "version", facts)


@page("settings:write", methods=("POST",))
def put_back(request: StaffRequest, number: int) -> HttpResponse:
    """Makes a draft of an earlier version."""
    actions.put_back(request.ctx, version=number)
    messages.success(request, gettext("Version %(n)s is the draft now. Nothing is switched on yet.") % {"n": number})
    return redirect("routing:index")


@page("settings:write", methods=EDIT)
def new(request: StaffRequest) -> HttpResponse:
    """A new rule: first what it is about, then the rest."""
    kind = _kind(request.GET.get("kind", ""))
    if kind is None:
        kinds = [(one.value, words.KINDS[one], words.ABOUT[one]) for one in Kind]
        return show(request, "kinds", {"kinds": kinds})
    rules, edition = _current(request)
    if request.method != "POST":
        return _form(request, rule_form.empty(kind), edition)
    return _posted(request, kind, editing.new_id(rules, kind), is_new=True, on=True)


@page("settings:read", methods=EDIT)
def rule(request: StaffRequest, id: str) -> HttpResponse:
    """One rule of the draft, or of what is in force.  Refuses: unknown ids."""
    rules, edition = _current(request)
    found = _found(rules, id)
    if request.method == "POST":
        return _save(request, id)
    form = rule_form.shown(found, currency=request.organisation.default_currency)
    if request.GET.get("as") == "json":
        form = replace(form, tests=None)
    return _form(request, form, edition, id=id)


@page("settings:write", methods=("POST",))
def _save(request: StaffRequest, id: str) -> HttpResponse:
    rules, _edition = _current(request)
    found = _found(rules, id)
    return _posted(request, found.kind, id, is_new=False, on=found.on)


def _posted(request: StaffRequest, kind: Kind, id: str, *, is_new: bool, on: bool) -> HttpResponse:
    """Saves the rule that the form says into the draft; or shows the form with room, or with what is wrong."""
    form, do = rule_form.typed(request.POST, kind), request.POST.get("do", "")
    edition, shown_id = id_of(request.POST.get("edition", "")), "" if is_new else id
    if do == "another":
        return _form(request, rule_form.with_test(form), edition, id=shown_id)
    if do.startswith("drop-"):
        return _form(request, rule_form.without_test(form, id_of(do.removeprefix("drop-"))), edition, id=shown_id)
    try:
        made = rule_form.read(form, id=id, on=on, currency=request.organisation.default_currency)
        _change(request, lambda rules: editing.with_rule(rules, made))
    except Refused as refused:
        return _form(request, form, edition, id=shown_id, problem=" ".join(words_of(refused)))
    messages.success(request, gettext("Saved into the draft. Nothing is switched on yet."))
    return redirect("routing:index")


def _change(request: StaffRequest, change: Callable[[RuleSet], RuleSet]) -> None:
    """Saves the rules with one change as the draft.  Refuses: a draft that was saved anew since the page was made."""
    rules, _edition = _current(request)
    actions.save_draft(
        request.ctx, rules=parsing.as_json(change(rules)), edition=id_of(request.POST.get("edition", ""))
    )


@page("settings:write", methods=("POST",))
def move(request: StaffRequest, id: str) -> HttpResponse:
    """Moves a rule up or down by a rank, or in front of another."""
    rules, _edition = _current(request)
    order = [one.id for one in rules.rules]
    before = request.POST.get("before", "")
    if before in order and id in order:
        by = order.index(before) - order.index(id) - (order.index(before) > order.index(id))
    else:
        by = -1 if request.POST.get("to") == "up" else 1
    _change(request, lambda found: editing.moved(found, id, by=by))
    return redirect("routing:index")


@page("settings:write", methods=("POST",))
def switch(request: StaffRequest, id: str) -> HttpResponse:
    """Takes a rule of the draft out of use, or into use again."""
    _change(request, lambda found: editing.switched(found, id, on=request.POST.get("on") == "1"))
    return redirect("routing:index")


@page("settings:write", methods=("POST",))
def remove(request: StaffRequest, id: str) -> HttpResponse:
    """Takes a rule out of the draft."""
    _change(request, lambda found: found.without(id))
    return redirect("routing:index")


@page("settings:write", methods=("POST",))
def most_over(request: StaffRequest) -> HttpResponse:
    """Sets how much more than the cheapest plan the ranked rules may cost; empty: whatever it costs."""
    text = keepable(request.POST.get("most_over", "")).strip()
    currency = request.organisation.default_currency
    minor = rule_form.amount_of(text, currency, least=0).minor if text else None
    _change(request, lambda found: RuleSet(found.rules, minor))
    return redirect("routing:index")


@page("settings:write", methods=("POST",))
def drop(request: StaffRequest) -> HttpResponse:
    """Throws the draft away."""
    actions.drop_draft(request.ctx)
    messages.success(request, gettext("The draft is gone; what is in force stays."))
    return redirect("routing:index")


@page("settings:write", methods=("POST",))
def publish(request: StaffRequest) -> HttpResponse:
    """Switches the draft on."""
    note = keepable(request.POST.get("note", "")).strip()[:500]
    number = actions.publish(request.ctx, edition=id_of(request.POST.get("edition", "")), note=note)
    messages.success(request, gettext("Version %(n)s decides from now on.") % {"n": number})
    return redirect("routing:index")


def _current(request: StaffRequest) -> tuple[RuleSet, int]:
    """The rules that are written on: the draft, else what is in force.  Shapes: with the draft's edition, 0 without one."""
    draft: DraftRow | None = queries.find_draft(request.ctx)
    if draft is not None:
        return parsing.parse(draft.rules), draft.edition
    return parsing.parse(queries.rules_in_force(request.ctx).rules), 0


def _found(rules: RuleSet, id: str) -> Rule:
    found = editing.find(rules, id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "routing rule", "key": id[:40]})
    return found


def _kind(text: str) -> Kind | None:
    return Kind(text) if text in {kind.value for kind in Kind} else None


def _told(request: StaffRequest, rules: RuleSet, changes: dict[str, str]) -> list[words.ToldRule]:
    places = {at.id: at.name for at in locations.list_locations(request.ctx)}
    return words.told(rules, places=places, currency=request.organisation.default_currency, changes=changes)


def _amount(request: StaffRequest, minor: int | None) -> str:
    return "" if minor is None else words.amount(minor, request.organisation.default_currency)


def _plain_amount(request: StaffRequest, minor: int | None) -> str:
    return "" if minor is None else str(Money(minor, request.organisation.default_currency).decimal)


def _form(
    request: StaffRequest, form: rule_form.Form, edition: int, *, id: str = "", problem: str = ""
) -> HttpResponse:
    strengths = [(one.value, words.STRENGTHS[one], words.STRENGTHS_ABOUT[one]) for one in STRENGTHS[form.kind]]
    facts = {
        "form": form, "edition": edition, "id": id, "problem": problem, "title": words.KINDS[form.kind],
        "about": words.ABOUT[form.kind], "needs": PARAMS.get(form.kind, ""), "strengths": strengths,
        "unit": words.UNITS.get(form.kind, words.A_PARCEL), "can_price": Strength.PRICED in STRENGTHS[form.kind],
        "currency": request.organisation.default_currency,
        "places": [(at.id, at.name, at.id in form.locations) for at in locations.list_locations(request.ctx)],
        "fields": [(one.name, gettext(one.says)) for one in FIELDS.values()], "ops": list(rule_form.OPS.items()),
        "joins": [("all", gettext("all of these hold")), ("any", gettext("one of these holds"))],
        "known_categories": catalog.list_categories(request.ctx), "action": request.get_full_path(),
    }  # fmt: skip
    return show(request, "rule", facts, status=422 if problem else 200)


def show(request: StaffRequest, template: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page with the sub-navigation of Settings."""
    groups = sections.grouped(request.staff, path=request.path)
    found = {"section_groups": groups, "can_write": request.may("settings:write"), **facts}
    return render(request, f"routing/{template}.html", found, status=status)
