"""What a start says of how to sign in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from doorstep.cli import first_start

pytestmark = pytest.mark.django_db


def test_the_first_password_is_said_at_each_start_until_somebody_changes_it(settings: Any, tmp_path: Path) -> None:
    settings.HOME, settings.SANDBOX_SHOP_URL = str(tmp_path), ""
    said = first_start.run(empty=True)
    assert said[0].startswith(f"Sign in as {first_start.OWNER} with the password ")
    assert first_start.run(empty=True) == said  # it was tried
    assert first_start.run(empty=True) == said  # and is remembered
    owner = get_user_model().objects.get(email=first_start.OWNER)
    owner.set_password("another one of mine")
    owner.save()
    assert first_start.run(empty=True) == ["Sign in with your e-mail address and your password."]
    assert list(tmp_path.iterdir()) == []
