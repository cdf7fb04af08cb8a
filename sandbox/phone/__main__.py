"""`python -m sandbox.phone --home DIR --port N`."""

import os

from sandbox import serving
from sandbox.phone import app


def main() -> None:
    """Start the phones; their books are DIR/phone.sqlite3."""
    options = serving.parser("phone")
    token = os.environ.get("SANDBOX_PHONE_TOKEN", "sandbox")
    options.add_argument("--token", default=token, help="bearer token, and auth token")
    options.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    serving.main(app.build, options)


main()
