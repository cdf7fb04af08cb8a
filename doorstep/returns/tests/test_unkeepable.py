"""Letters that no column holds are refused where a policy is read."""

from __future__ import annotations

import json

import pytest

from doorstep.base.refusals import Refused
from doorstep.returns import rules

RULE = {"name": "A", "question": "Why?", "action": "review", "when": {"field": "reason", "op": "is", "value": "other"}}


@pytest.mark.parametrize("escaped", [r"a\u0000b", r"a\ud800b"])
@pytest.mark.parametrize("field", ["name", "question", "when"])
def test_half_a_letter_in_a_policy_broke_its_page(field: str, escaped: str) -> None:
    text = json.loads(f'"{escaped}"')
    said = {"field": "category", "op": "is", "value": text} if field == "when" else text
    with pytest.raises(Refused, match="bad_policy"):
        rules.parse_policy([{**RULE, field: said}])
    assert len(rules.parse_policy([RULE])) == 1
