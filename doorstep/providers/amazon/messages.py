"""Messages to buyers, by Amazon's Messaging API: for purposes that Amazon allows for an order now, and out only.

No API of Amazon's hands a seller what buyers write: that comes as mail, from an address that Amazon made for each buyer. Answers go
back to it, from an address that the seller named to Amazon as theirs.
Source: https://developer-docs.amazon.com/sp-api/docs/messaging-api and Amazon's model of it;
https://sellercentral.amazon.com/help/hub/reference/G17161 (anonymised addresses).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from doorstep.channels.port import About, Declined
from doorstep.providers.amazon import paces
from doorstep.providers.amazon.calls import Calls, document, message
from doorstep.providers.amazon.plain import group, groups
from doorstep.providers.plain import text

LONGEST, LONGEST_ABOUT_CUSTOMISATION = 2000, 800
ACTIONS = {
    About.ORDER: "confirmOrderDetails", About.DELIVERY: "confirmDeliveryDetails", About.PROBLEM: "unexpectedProblem",
    About.CUSTOMISATION: "confirmCustomizationDetails",
}  # fmt: skip
_ABOUTS = {action: about for about, action in ACTIONS.items()}
_PACES = {
    About.ORDER: paces.CONFIRM_ORDER_DETAILS, About.DELIVERY: paces.CONFIRM_DELIVERY_DETAILS, About.PROBLEM: paces.TELL_PROBLEM,
    About.CUSTOMISATION: paces.CONFIRM_CUSTOMISATION,
}  # fmt: skip
RELAYS = tuple(
    f"marketplace.amazon.{where}"
    for where in (
        "com", "ca", "com.mx", "com.br", "co.uk", "ie", "de", "fr", "it", "es", "nl", "com.be", "se", "pl", "com.tr", "ae", "sa",
        "eg", "in", "co.za", "sg", "com.au", "co.jp",
    )
)  # fmt: skip
_NO = (400, 403, 404, 413, 415)


def may_write(calls: Calls, external_id: str, *, marketplace: str) -> frozenset[About] | Declined:
    """What the buyer of an order may be written about now."""
    answer = calls.ask(paces.GET_MESSAGING_ACTIONS, "GET", _path(external_id), query={"marketplaceIds": marketplace})
    return Declined(message(answer)) if answer.status_code in _NO else read_actions(document(answer))


def read_actions(said: Mapping[str, Any]) -> frozenset[About]:
    """The purposes that an answer names, those with a text of our own among them.  Pure.  Refuses: another shape."""
    named = {text(one.get("name"), 60) for one in groups(group(said.get("_links")).get("actions"))}
    return frozenset(about for action, about in _ABOUTS.items() if action in named)


def write(calls: Calls, external_id: str, *, about: About, text: str, marketplace: str) -> Declined | None:
    """Sends a message, once: a repeat would be a second one.  Raises: httpx errors, Throttled."""
    if about is About.CUSTOMISATION and len(text) > LONGEST_ABOUT_CUSTOMISATION:
        return Declined(f"Amazon takes {LONGEST_ABOUT_CUSTOMISATION} characters at most about a customisation.")
    path = f"{_path(external_id)}/messages/{ACTIONS[about]}"
    answer = calls.ask(_PACES[about], "POST", path, query={"marketplaceIds": marketplace}, body={"text": text}, is_once=True)
    if answer.status_code in _NO:
        return Declined(message(answer))
    if not answer.is_success:
        document(answer)
    return None


def _path(external_id: str) -> str:
    return f"/messaging/v1/orders/{quote(external_id, safe='')}"
