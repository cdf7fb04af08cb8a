"""`python -m sandbox.phone --home DIR --port N`."""

import os
from functools import partial

from sandbox import serving
from sandbox.phone import app


def main() -> None:
    """Start the phones; their books are DIR/phone.sqlite3."""
    parser = serving.parser("phone")
    parser.add_argument("--token", default=os.environ.get("SANDBOX_PHONE_TOKEN", "sandbox"), help="bearer token, and auth token")
    parser.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    options = parser.parse_args()
    build = partial(
        app.build, home=options.home, token=options.token, seed=options.seed, hold_s=options.hold_s, retry_s=options.retry_s,
        only_to=options.only_to,
    )  # fmt: skip
    serving.serve(build, given=options)


main()
