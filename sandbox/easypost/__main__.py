"""`python -m sandbox.easypost --home DIR --port N`."""

import os

from sandbox import serving
from sandbox.easypost import app


def main() -> None:
    """Start it; its books are DIR/easypost.sqlite3."""
    options = serving.parser("easypost")
    key = os.environ.get("SANDBOX_EASYPOST_KEY", "sandbox")
    options.add_argument("--token", default=key, help="API key, and bearer token of /admin")
    options.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    serving.main(app.build, options)


main()
