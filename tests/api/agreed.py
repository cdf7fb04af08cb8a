"""The API as it was agreed: the committed document.

Tests that go through all operations read it here. `test_schema` holds the program to it, once: making the document from the program
takes a second and more, in each worker of the suite that looks for tests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).parent / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(SNAPSHOT.read_text())
