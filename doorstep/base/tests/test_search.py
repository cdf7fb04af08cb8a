"""What is folded and cut here meets what is folded and cut in the database."""

from __future__ import annotations

import sys

import pytest

from doorstep.base import db, search

pytestmark = pytest.mark.django_db
BLANKS = [chr(c) for c in range(1, sys.maxunicode + 1) if chr(c).isspace()]


def finds(kept: str, query: str) -> bool:
    """Whether a query finds a text as it is kept, through both the index's pairs and LIKE."""
    sql, parameters = search.matches("t.kept", query)
    return bool(db.scalar(f"SELECT count(*) FROM (SELECT %s::text AS kept) t WHERE {sql}", [kept, *parameters]))


@pytest.mark.parametrize(("text", "folded"), [("ΑΝΔΡΕΑΣ", "ανδρεασ"), ("İSTANBUL", "istanbul"), ("ＦＵＬＬ", "full")])
def test_capitals_are_lowered_one_by_one_as_a_database_in_c_utf_8_lowers_them(text: str, folded: str) -> None:
    assert search.fold(text) == folded
    assert finds(folded, text)


@pytest.mark.parametrize("kept", ["ανδρεασ παπασ", "ανδρεας παπας"])
@pytest.mark.parametrize("query", ["ΑΝΔΡΕΑΣ", "ανδρεας", "ΠΑΠΑΣ", "Παπας"])
def test_either_form_of_a_sigma_finds_the_other(kept: str, query: str) -> None:
    assert finds(kept, query)


def test_a_sigma_changes_nothing_for_the_letters_beside_it() -> None:
    assert not finds("ανδρεασ", "ΑΝΔΡΟΣ")
    assert finds("σοφια", "Σ")
    assert not finds("100 per cent", "100%")


@pytest.mark.parametrize("blank", BLANKS, ids=[f"U+{ord(blank):04X}" for blank in BLANKS])
def test_words_are_found_whatever_blank_stands_between_them(blank: str) -> None:
    text = f"moon{blank}jar"
    kept = db.scalar("SELECT base_searchable(%s)", [text])
    assert [query for query in ("moon jar", "jar", text) if not finds(kept, query)] == []
    assert set(search.grams(text)) <= set(search.grams_of(search.fold(text)))
