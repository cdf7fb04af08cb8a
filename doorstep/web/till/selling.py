"""Where a till sends its sales, and where a card is asked for."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import charge_card
from doorstep.flows.receipt import slip_of
from doorstep.flows.return_in_shop import Towards
from doorstep.flows.sell_in_shop import Sale, SaleLine, Sold, sell
from doorstep.payments.till import vouchers
from doorstep.payments.till.actions import shop_of
from doorstep.payments.till.queries import find_open as shift_open
from doorstep.payments.till.queries import shift_of
from doorstep.payments.till.values import NO_SHIFT, ChargeRow, Given, TillKind
from doorstep.payments.values import CallState
from doorstep.web.parts.given import keepable, object_of
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.payments.words import problem_words
from doorstep.web.till.here import require_here
from doorstep.web.till.words import PAYING

MOST = 50
LARGEST = 10**15


@page("till:write", methods=("POST",))
def sales(request: StaffRequest, location_id: int) -> HttpResponse:
    """Books what a till kept, each sale for itself, and answers each; what is sent twice is booked once."""
    given = object_of(request.body).get("sales")
    if not isinstance(given, list) or len(given) > MOST:
        raise Refused(INVALID, {"field": "sales", "problem": gettext_noop("A list of at most 50 sales is expected.")})
    return JsonResponse({"answers": [_book(request, location_id, one) for one in given]})


def _book(request: StaffRequest, location_id: int, told: Any) -> dict[str, Any]:
    client_id = told.get("client_id") if isinstance(told, dict) else None
    try:
        sold = sell(request.ctx, sale=read_sale(told, location_id, request.ctx.now))
    except Refused as refused:
        says, next_step = words_of(refused)
        return {"client_id": client_id, "problem": refused.code, "word": f"{says} {next_step}".strip()}
    slip = slip_of(request.ctx, order_id=sold.order_id, language=request.LANGUAGE_CODE)
    return {"client_id": client_id, "problem": "", **told_of(sold), "slip": asdict(slip)}


def told_of(sold: Sold) -> dict[str, Any]:
    """A booked sale as the till is told it."""
    return {
        "order_id": sold.order_id, "number": sold.number, "again": sold.again, "moved": len(sold.moved),
        "waiting": len(sold.waiting), "found": sold.found, "document": sold.document.called if sold.document else "",
    }  # fmt: skip


def read_sale(told: Any, location_id: int, now: datetime) -> Sale:
    """A sale as a till tells it: what names a return among the money is that return, paid out for this.  Refuses: what is none."""
    try:
        lines = tuple(
            SaleLine(
                _text(line["sku"], 64), _number(line["qty"]), _number(line["price"]), _number(line.get("discount", 0)),
                _text(line.get("reason", ""), 120),
            )
            for line in told["lines"]
        )  # fmt: skip
        given = tuple(
            Given(TillKind(one["kind"]), _number(one["amount"]), _number(one.get("handed", 0)), _id(one.get("charge_id")),
                  code=_text(one.get("code", ""), 40))
            for one in told["given"] if one.get("return_id") is None
        )  # fmt: skip
        towards = tuple(
            Towards(_number(one["return_id"]), _number(one["amount"]), _number(one["handed"]))
            for one in told["given"] if one.get("return_id") is not None
        )  # fmt: skip
        return Sale(
            client_id=_text(told["client_id"], 60), location_id=location_id, lines=lines, given=given,
            sold_at=_at(told.get("sold_at"), now), discount_minor=_number(told.get("discount", 0)),
            reason=_text(told.get("reason", ""), 120), name=_text(told.get("name", ""), 120),
            email=_text(told.get("email", ""), 254), towards=towards,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused(INVALID, {"field": "sale", "problem": gettext_noop("This cannot be read.")}) from None


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        raise TypeError
    return " ".join(keepable(value).split())[:most]


def _number(value: object) -> int:
    if type(value) is not int or not -LARGEST < value < LARGEST:
        raise ValueError
    return value


def _id(value: object) -> int | None:
    return None if value is None else _number(value)


def _at(text: object, now: datetime) -> datetime:
    """When the till says it was; a clock that makes no sense gives way to ours."""
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        return now
    return at.astimezone(UTC) if at.tzinfo and 2000 <= at.year < 9000 else now


@page("till:write", methods=("POST",))
def charge(request: StaffRequest, location_id: int) -> HttpResponse:
    """Takes money from a card; what became of it is said in words."""
    key, amount, method = _wish_of(request)
    try:
        row = charge_card.charge(request.ctx, location_id=location_id, key=key, amount_minor=amount, method=method)
    except Refused as refused:
        says, next_step = words_of(refused)
        return JsonResponse({"state": "failed", "charge_id": None, "problem": f"{says} {next_step}".strip()})
    return JsonResponse(_told(row))


def _wish_of(request: StaffRequest) -> tuple[str, int, str]:
    """Key, amount and means of what is asked of a card."""
    told = object_of(request.body)
    try:
        key, amount, method = _text(told["key"], 100), _number(told["amount"]), _text(told["method"], 100)
        if len(key) < 8:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise Refused(INVALID, {"field": "card", "problem": gettext_noop("This cannot be read.")}) from None
    return f"till:{key}", amount, method


@page("till:write", methods=("POST",))
def give_up(request: StaffRequest, location_id: int) -> HttpResponse:
    """Ends what was asked of a card and not answered: gives it back if it was taken, and says whether that is over."""
    key, _, _ = _wish_of(request)
    row = charge_card.give_up(request.ctx, location_id=location_id, key=key)
    return JsonResponse({"over": row is None or row.state in (CallState.SUCCEEDED, CallState.FAILED)})


@page("till:write", methods=("POST",))
def undo_charge(request: StaffRequest, location_id: int, charge_id: int) -> HttpResponse:
    """Gives back what was taken from a card for a sale that did not come about."""
    at = shift_of(request.ctx, charge_id=charge_id).location_id
    require_here(request, location_id=at, what="card payment", key=charge_id)
    row = charge_card.undo(request.ctx, location_id=location_id, charge_id=charge_id)
    if request.content_type == "application/json":
        return JsonResponse(_told(row))
    if row.kind == "refund" and row.state == "succeeded":
        messages.success(request, gettext("The money is back on the card."))
    else:
        messages.warning(request, gettext("The provider did not give it back yet: try again in a moment."))
    return redirect("till:day", location_id=location_id)


def _told(row: ChargeRow) -> dict[str, Any]:
    """What became of a card, with a sentence where it failed; a code that nobody here knows stands in one."""
    said = problem_words(row.problem)
    if row.problem and said == row.problem:
        said = str(PAYING["declined"]) % row.problem
    return {"state": row.state, "charge_id": row.id, "amount": row.amount_minor, "problem": said}


@page("till:write", methods=("POST",))
def voucher(request: StaffRequest, location_id: int) -> HttpResponse:
    """What is left of the store credit of a code."""
    shift = shift_open(request.ctx, location_id=location_id)
    code = object_of(request.body).get("code")
    try:
        if shift is None:
            raise Refused(NO_SHIFT, {"shop": shop_of(request.ctx, location_id=location_id).name})
        asked = code[:40] if isinstance(code, str) else ""
        row = vouchers.require(request.ctx, code=asked, currency=shift.currency, today=request.ctx.now.date())
    except Refused as refused:
        return JsonResponse({"balance": 0, "problem": " ".join(words_of(refused)).strip()})
    return JsonResponse({"balance": row.balance_minor, "code": row.code, "problem": ""})
