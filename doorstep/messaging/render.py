"""Mails from templates, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import override


def render(template: str, *, language: str, facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML of `mail/<template>.*`; user text is escaped in the HTML part only."""
    with override(language):
        subject = render_to_string(f"mail/{template}.subject.txt", dict(facts)).strip()
        text = render_to_string(f"mail/{template}.txt", dict(facts)).strip() + "\n"
        html = render_to_string(f"mail/{template}.html", dict(facts))
    return " ".join(subject.split()), text, html
