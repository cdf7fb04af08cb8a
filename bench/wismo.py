"""How well the rules know a question for an order: precision of what is answered, recall of what could be.

English: the 810 phrases of the validation split of Bitext's customer-service intent data set (`data/bitext`, CDLA-Sharing-1.0,
unchanged; rules were tuned on its training split only). Two of its 27 intents are answered by live tracking: `track_order`,
and `delivery_period`, whose phrases ask when an own parcel comes ("when will my purchase arrive"): our answer names the
estimate. Those of them that ask for periods in general ("how long the shipping takes") the rules leave alone, which costs
recall. `wismo.precision_strict` counts every answer to a delivery_period phrase as wrong.
Korean: phrases of our own, written before the rules, `dev` seen while tuning and `heldout` not; "mixed" has a second wish, so
an answer to it is wrong, though it is a contact. `wismo.contact_*`: the broader class that the meter counts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from doorstep.inbox.intents import classify_contact, intent_of

NAME = "wismo"
DATA = Path(__file__).parent / "data"
ANSWERED = {"track_order", "delivery_period"}


def run() -> dict[str, float]:
    """Figures between 0 and 1, and the number of phrases behind them."""
    english = _read("bitext/dev.csv", "utterance", "intent")
    dev, heldout = _read("wismo_ko_dev.csv", "text", "label"), _read("wismo_ko_heldout.csv", "text", "label")
    figures = {"wismo.phrases": float(len(english)), "wismo.ko_phrases": float(len(dev) + len(heldout))}
    figures |= _figures("", _answers((text, intent in ANSWERED) for text, intent in english))
    strict = _figures("", _answers((text, intent == "track_order") for text, intent in english))
    figures["wismo.precision_strict"] = strict["wismo.precision"]
    for name, phrases in (("ko_", dev + heldout), ("ko_dev_", dev), ("ko_heldout_", heldout)):
        figures |= _figures(name, _answers((text, label == "order/status") for text, label in phrases))
    figures |= _figures("contact_", _contacts((text, intent in ANSWERED) for text, intent in english))
    return figures | _figures("ko_contact_", _contacts((text, label != "other") for text, label in dev + heldout))


def _read(name: str, text: str, label: str) -> list[tuple[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return [(row[text], row[label]) for row in csv.DictReader(lines)]


def _answers(phrases: Iterable[tuple[str, bool]]) -> list[tuple[bool, bool]]:
    return [(intent_of(text).intent is not None, meant) for text, meant in phrases]


def _contacts(phrases: Iterable[tuple[str, bool]]) -> list[tuple[bool, bool]]:
    return [(classify_contact(text), meant) for text, meant in phrases]


def _figures(name: str, judged: list[tuple[bool, bool]]) -> dict[str, float]:
    right = sum(said and meant for said, meant in judged)
    said, meant = sum(said for said, _ in judged), sum(meant for _, meant in judged)
    return {f"wismo.{name}precision": right / said if said else 0.0, f"wismo.{name}recall": right / meant}
