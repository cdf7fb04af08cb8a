"""The form of the returns policy: what it says becomes rules, and those rules are the same form again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from doorstep.returns import actions, queries, rules
from doorstep.returns.knobs import TO_CHOOSE, knobs_of, rules_of
from doorstep.returns.values import OFFERED, Timing
from doorstep.web.returns import policy_knobs
from doorstep.web.returns.policy_knobs import AskForm, Form
from tests.factories import NOW, Brand, make_brand, signed_in
from tests.returning import arrived, wish
from tests.returning import ask as ask_back

EDIT = "/settings/returns/edit/"
BLANK = {"days": "30", "timing": "on_inspection", "outcome": ["refund_original"]}
words = st.text("aZ9é한글?\"<&'·", min_size=1, max_size=8)
days = st.integers(1, policy_knobs.MOST_DAYS).map(str)
amounts = st.integers(1, 10**9).map(lambda minor: f"{minor // 100}.{minor % 100:02}")
shares = st.integers(10, 1000).map(lambda tenths: f"{tenths / 10:g}")
several = st.lists(words, unique=True, max_size=3).map(tuple)
outcomes = st.lists(st.sampled_from([o.value for o in OFFERED]), unique=True, min_size=1)
reasons = st.lists(st.sampled_from([reason.value for reason in TO_CHOOSE]), unique=True)


def in_order(chosen: list[str], every: list[str]) -> tuple[str, ...]:
    return tuple(one for one in every if one in chosen)


asks = st.builds(
    AskForm, question=words, question_ko=st.just("") | words,
    reasons=reasons.map(lambda chosen: in_order(chosen, [reason.value for reason in TO_CHOOSE])), categories=several,
    final_sale=st.booleans(), days=st.just("") | days, value=st.just("") | amounts, rate=st.just("") | shares,
)  # fmt: skip
forms = st.builds(
    Form, days=days, timing=st.sampled_from([timing.value for timing in Timing]), free_label=st.booleans(),
    final_sale=st.booleans(), review_value=st.just("") | amounts, review_rate=st.just("") | shares, categories=several,
    outcomes=outcomes.map(lambda chosen: in_order(chosen, [o.value for o in OFFERED])),
    asks=st.lists(asks | asks.map(lambda ask: replace(ask, question="", question_ko=ask.question)), max_size=4).map(tuple),
)  # fmt: skip


def posted(form: Form) -> QueryDict:
    """What a browser sends of a form."""
    post = QueryDict(mutable=True)
    post.update(
        {"days": form.days, "timing": form.timing, "review_value": form.review_value, "review_rate": form.review_rate}
    )
    post |= {name: "on" for name in ("free_label", "final_sale") if getattr(form, name)}
    post.setlist("category", list(form.categories))
    post.setlist("outcome", list(form.outcomes))
    post.setlist("ask", [str(n) for n in range(len(form.asks))])
    for n, ask in enumerate(form.asks):
        for name in ("question", "question_ko", "days", "value", "rate"):
            post[f"ask-{n}-{name}"] = getattr(ask, name)
        if ask.final_sale:
            post[f"ask-{n}-final_sale"] = "on"
        post.setlist(f"ask-{n}-reason", list(ask.reasons))
        post.setlist(f"ask-{n}-category", list(ask.categories))
    return post


@given(form=forms)
def test_a_form_becomes_a_policy_that_is_the_very_same_form_again(form: Form) -> None:
    typed = policy_knobs.typed(posted(form))
    kept = json.loads(json.dumps(rules.policy_as_json(rules_of(policy_knobs.read(typed, currency="EUR")))))
    knobs = knobs_of(rules.parse_policy(kept))

    assert typed == form
    assert knobs is not None
    assert policy_knobs.shown(knobs) == form


@pytest.fixture
def brand(transactional_db: None) -> Brand:
    return make_brand()


@pytest.mark.usefixtures("those_days")
def test_what_the_form_asks_is_asked_in_the_language_of_who_reads_it(brand: Brand) -> None:
    """Orders of these tests were placed a while ago, so the version is dated back."""
    ask = AskForm("What is broken?", "무엇이 고장 났습니까?", ("defective",))
    form = Form("30", outcomes=("refund_original",), asks=(ask, AskForm(question_ko="왜입니까?", reasons=("other",))))
    policy = rules.policy_as_json(rules_of(policy_knobs.read(form, currency="EUR")))
    actions.publish_policy(replace(brand.ctx, now=NOW - timedelta(days=90)), policy=policy)
    order_id = arrived(brand.ctx)
    line = wish(brand.ctx, order_id).order_line_id
    people = {language: signed_in(brand.ctx, role="service", language=language) for language in ("en", "ko")}

    def seen(language: str, reason: str) -> str:
        given = {f"back-{line}": "1", f"qty-{line}": "1", f"reason-{line}": reason}
        return str(people[language].post(f"/returns/start/{order_id}/check/", given).content.decode())

    assert "What is broken?" in seen("en", "defective")
    assert "무엇이 고장 났습니까?" in seen("ko", "defective")
    assert "왜입니까?" in seen("en", "other")
    assert "What is broken?" not in seen("en", "changed_mind")
    answered = wish(brand.ctx, order_id, reason="defective", answer="The zip")
    assert queries.get_return(brand.ctx, return_id=ask_back(brand.ctx, order_id, answered)).decision == "approved"


def test_the_form_publishes_its_questions(brand: Brand) -> None:
    form = BLANK | {"ask": ["0"], "ask-0-question": "Why?", "ask-0-question_ko": "왜입니까?", "do": "publish"}
    owner = signed_in(brand.ctx)
    shown = owner.post(EDIT, form | {"do": "preview"}).content.decode()
    assert ("Question: Why?" in shown, "Question: 왜입니까?" in shown) == (True, True)
    assert owner.post(EDIT, form).status_code == 302
    [asked] = [rule for rule in queries.list_policies(brand.ctx)[0].rules if rule["action"] == "ask"]
    assert (asked["question"], asked["question_ko"], asked["when"]) == ("Why?", "왜입니까?", {"all": []})
    again = owner.get(EDIT).content.decode()
    assert (">Why?</textarea>" in again, "says more than this form can" in again) == (True, False)


def test_questions_are_added_and_taken_away_without_publishing(brand: Brand) -> None:
    owner = signed_in(brand.ctx)
    one = owner.post(EDIT, BLANK | {"do": "another"}).content.decode()
    assert (one.count('name="ask"'), "Another question" in one) == (1, True)
    two = owner.post(
        EDIT, BLANK | {"ask": ["0"], "ask-0-question": "Why?", "do": "another", "note": "Kept"}
    ).content.decode()
    assert (two.count('name="ask"'), ">Why?</textarea>" in two, 'value="Kept"' in two) == (2, True, True)
    gone = owner.post(
        EDIT, BLANK | {"ask": ["0", "1"], "ask-0-question": "Why?", "ask-1-question": "How?", "do": "drop-0"}
    )
    assert (gone.content.decode().count('name="ask"'), ">How?</textarea>" in gone.content.decode()) == (1, True)
    assert queries.list_policies(brand.ctx)[0].version == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"days": "0"}, "days"), ({"value": "much"}, "value"), ({"rate": "400"}, "rate"), ({"question": "", "days": "3"}, "question")],
)  # fmt: skip
def test_a_wrong_condition_of_a_question_is_said_at_its_field(brand: Brand, wrong: dict[str, str], field: str) -> None:
    ask = {f"ask-0-{name}": text for name, text in ({"question": "Why?"} | wrong).items()}
    answer = signed_in(brand.ctx).post(EDIT, BLANK | {"ask": ["0"], "do": "publish"} | ask)
    assert answer.status_code == 422
    assert f'name="ask-0-{field}"' in answer.content.decode().split('aria-invalid="true"')[0].rsplit("<", 1)[-1]
    assert queries.list_policies(brand.ctx)[0].version == 0


def test_what_is_typed_stays_when_something_else_is_wrong(brand: Brand) -> None:
    form = BLANK | {"days": "soon", "timing": "on_receipt", "free_label": "", "final_sale": "on", "do": "publish"}
    text = signed_in(brand.ctx).post(EDIT, form).content.decode()
    assert 'value="on_receipt" selected' in text
    assert "checked" not in text.split('name="free_label"')[1].split(">")[0]
    assert "checked" in text.split('name="final_sale"')[1].split(">")[0]


def test_amounts_in_another_currency_are_more_than_the_form_can_say(brand: Brand) -> None:
    dear = {"field": "item_value", "op": "more_than", "value": {"minor": 100, "currency": "JPY"}}
    form = Form("30", outcomes=("store_credit",), review_value="1.00")
    knobs = policy_knobs.read(form, currency="EUR")
    policy = [
        {**rule, "when": dear} if rule["action"] == "review" else rule for rule in rules.policy_as_json(rules_of(knobs))
    ]
    actions.publish_policy(brand.ctx, policy=policy)
    assert "says more than this form can" in signed_in(brand.ctx).get(EDIT).content.decode()
