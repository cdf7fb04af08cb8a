"""What pydantic finds wrong, in our words: stable codes, sentences that can be translated, nothing of the insides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from doorstep.base.problems import Mistake
from doorstep.base.words import gettext_noop

_MISSING = ("missing", gettext_noop("must be given."))
_TOO_LONG = ("too_long", gettext_noop("is longer than %(most)s characters."))
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": _MISSING,
    "string_too_short": ("missing", gettext_noop("must not be empty.")),
    "string_too_long": _TOO_LONG,
    "string_type": ("wrong_type", gettext_noop("must be a text.")),
    "string_pattern_mismatch": ("bad_format", gettext_noop("does not have the right form.")),
    "int_type": ("wrong_type", gettext_noop("must be a whole number.")),
    "int_parsing": ("wrong_type", gettext_noop("must be a whole number.")),
    "int_parsing_size": ("out_of_range", gettext_noop("is too large.")),
    "int_from_float": ("wrong_type", gettext_noop("must be a whole number.")),
    "float_type": ("wrong_type", gettext_noop("must be a number.")),
    "finite_number": ("out_of_range", gettext_noop("is too large.")),
    "bool_type": ("wrong_type", gettext_noop("must be true or false.")),
    "bool_parsing": ("wrong_type", gettext_noop("must be true or false.")),
    "list_type": ("wrong_type", gettext_noop("must be a list.")),
    "model_type": ("wrong_type", gettext_noop("must be an object.")),
    "model_attributes_type": ("wrong_type", gettext_noop("must be an object.")),
    "greater_than_equal": ("out_of_range", gettext_noop("must be at least %(low)s.")),
    "less_than_equal": ("out_of_range", gettext_noop("must be at most %(high)s.")),
    "too_short": ("out_of_range", gettext_noop("needs at least %(fewest)s entries.")),
    "too_long": ("out_of_range", gettext_noop("has more than %(most)s entries.")),
    "literal_error": ("unknown_choice", gettext_noop("is none of: %(choices)s.")),
    "extra_forbidden": ("unknown_field", gettext_noop("is not a field that is known here.")),
}
_FACTS = {"max_length": "most", "min_length": "fewest", "ge": "low", "le": "high", "expected": "choices"}


def mistakes(errors: Iterable[Mapping[str, Any]], *, above: str = "", skip: int = 0) -> list[Mistake]:
    """Mistakes with pointers.  `skip`: how many leading parts of each location are pydantic's own; `above`: what
    stands before the pointer."""
    found = []
    for error in errors:
        code, says = _SENTENCES.get(error["type"], ("invalid", gettext_noop("is not valid.")))
        facts = {_FACTS[name]: value for name, value in (error.get("ctx") or {}).items() if name in _FACTS}
        found.append(Mistake(above + _pointer(error["loc"][skip:]), code, says, facts))
    return found[:100]


def of_request(errors: Sequence[Mapping[str, Any]]) -> list[Mistake]:
    """Mistakes of a whole request: pointers into the body, names of parameters."""
    found = []
    for error in errors:
        where, *rest = error["loc"]
        if where == "body":
            found += mistakes([error], skip=2)
        else:
            (mistake,) = mistakes([error], skip=len(error["loc"]))
            found.append(Mistake(str(rest[0]) if rest else where, mistake.code, mistake.says, mistake.facts))
    return found


def _pointer(parts: Sequence[Any]) -> str:
    """Source: RFC 6901.  A field that nobody knows may be long; its name is cut."""
    return "".join("/" + str(part)[:80].replace("~", "~0").replace("/", "~1") for part in parts)
