"""The common knobs of a policy, as a form shows them and as it gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from django.http import QueryDict

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.returns.knobs import MOST_ASKS, TO_CHOOSE, Ask, Knobs
from doorstep.returns.rules import MOST_QUESTION, NEEDS_QUESTION
from doorstep.returns.values import OFFERED, Timing
from doorstep.web.parts.given import keepable, text_of

MOST_DAYS = 3650
MOST_CATEGORIES = 100
NOT_DAYS = gettext_noop("Write whole days between 1 and 3650.")
NOT_AMOUNT = gettext_noop("Write an amount above zero, or leave it empty.")
NOT_SHARE = gettext_noop("Write a share between 1 and 100 %, or leave it empty.")
NO_OUTCOME = gettext_noop("Offer at least one outcome.")


@dataclass(frozen=True, slots=True)
class AskForm:
    """One question as it stands in the form."""

    question: str = ""
    question_ko: str = ""
    reasons: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    final_sale: bool = False
    days: str = ""
    value: str = ""
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that the form holds, right or wrong.  `asks` may end with an empty one, which says nothing."""

    days: str = ""
    timing: str = ""
    free_label: bool = False
    final_sale: bool = False
    review_value: str = ""
    review_rate: str = ""
    categories: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    asks: tuple[AskForm, ...] = field(default=())


def shown(knobs: Knobs) -> Form:
    """The form of knobs."""
    return Form(
        str(knobs.days), knobs.timing.value, knobs.free_label, knobs.final_sale, _as_amount(knobs.review_value),
        _as_share(knobs.review_rate), knobs.categories, tuple(outcome.value for outcome in knobs.outcomes),
        tuple(
            AskForm(ask.question, ask.question_ko, tuple(reason.value for reason in ask.reasons), ask.categories, ask.final_sale,
                    "" if ask.days is None else str(ask.days), _as_amount(ask.value), _as_share(ask.rate))
            for ask in knobs.asks
        ),
    )  # fmt: skip


def typed(post: QueryDict) -> Form:
    """The form as somebody filled it in.  Shapes: the fields of a question are `ask-0-question`, … by what `ask` names."""
    keys = list(dict.fromkeys(post.getlist("ask")))[:MOST_ASKS]
    return Form(
        _text(post, "days"), _text(post, "timing"), bool(post.get("free_label")), bool(post.get("final_sale")),
        _text(post, "review_value"), _text(post, "review_rate"), _many(post, "category"), _many(post, "outcome"),
        tuple(_typed_ask(post, f"ask-{key}-") for key in keys),
    )  # fmt: skip


def _typed_ask(post: QueryDict, before: str) -> AskForm:
    return AskForm(
        _text(post, f"{before}question", MOST_QUESTION), _text(post, f"{before}question_ko", MOST_QUESTION),
        _many(post, f"{before}reason"), _many(post, f"{before}category"), bool(post.get(f"{before}final_sale")),
        _text(post, f"{before}days"), _text(post, f"{before}value"), _text(post, f"{before}rate"),
    )  # fmt: skip


def _text(post: QueryDict, name: str, most: int = 40) -> str:
    return text_of(post, name, most)


def _many(post: QueryDict, name: str) -> tuple[str, ...]:
    given = (keepable(value).strip()[:200] for value in post.getlist(name))
    return tuple(dict.fromkeys(value for value in given if value))[:MOST_CATEGORIES]


def with_room(form: Form) -> Form:
    """The form with an empty question at its end, where there is none and room for one."""
    asks = tuple(ask for ask in form.asks if ask != AskForm())
    return replace(form, asks=(*asks, AskForm())[:MOST_ASKS])


def without(form: Form, n: int) -> Form:
    """The form without one of its questions."""
    return replace(form, asks=form.asks[:n] + form.asks[n + 1 :])


def read(form: Form, *, currency: str) -> Knobs:
    """The knobs that a form says.

    Refuses: what is no number of days, no amount, no share, conditions without a question, a policy that offers nothing.
    """
    outcomes = tuple(outcome for outcome in OFFERED if outcome.value in form.outcomes)
    if not outcomes:
        raise _bad("outcome", NO_OUTCOME)
    asks = tuple(_ask(ask, f"ask-{n}-", currency) for n, ask in enumerate(form.asks) if ask != AskForm())
    return Knobs(
        days=_days(form.days, "days"), free_label=form.free_label, final_sale=form.final_sale,
        timing=Timing(form.timing) if form.timing in set(Timing) else Timing.ON_INSPECTION,
        review_value=_amount(form.review_value, currency, "review_value"), review_rate=_share(form.review_rate, "review_rate"),
        categories=form.categories, outcomes=outcomes, asks=asks,
    )  # fmt: skip


def _ask(form: AskForm, before: str, currency: str) -> Ask:
    if not (form.question or form.question_ko):
        raise _bad(f"{before}question", NEEDS_QUESTION)
    return Ask(
        form.question, form.question_ko, tuple(reason for reason in TO_CHOOSE if reason.value in form.reasons), form.categories,
        form.final_sale, _days(form.days, f"{before}days") if form.days else None,
        _amount(form.value, currency, f"{before}value"), _share(form.rate, f"{before}rate"),
    )  # fmt: skip


def marks(refused: Refused | None) -> Mapping[str, str]:
    """What is wrong, by the name of its field."""
    return {str(refused.facts.get("field", "")): str(refused.facts.get("problem", ""))} if refused else {}


def _days(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 0 < int(text) <= MOST_DAYS):
        raise _bad(name, NOT_DAYS)
    return int(text)


def _amount(text: str, currency: str, name: str) -> Money | None:
    if not text:
        return None
    try:
        found = money.typed(text, currency)
    except Refused:
        raise _bad(name, NOT_AMOUNT) from None
    if found.minor <= 0:
        raise _bad(name, NOT_AMOUNT)
    return found


def _share(text: str, name: str) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text.rstrip("% "))
    except InvalidOperation:
        raise _bad(name, NOT_SHARE) from None
    if not (found.is_finite() and 1 <= found <= 100):
        raise _bad(name, NOT_SHARE)
    return found


def _as_amount(amount: Money | None) -> str:
    return str(amount.decimal) if amount else ""


def _as_share(rate: Decimal | None) -> str:
    return "" if rate is None else f"{rate.normalize():f}"


def _bad(name: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem})
