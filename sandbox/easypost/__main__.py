"""`python -m sandbox.easypost --home DIR --port N`."""

import os
from functools import partial

from sandbox import serving
from sandbox.easypost import app


def main() -> None:
    """Start it; its books are DIR/easypost.sqlite3."""
    parser = serving.parser("easypost")
    key = os.environ.get("SANDBOX_EASYPOST_KEY", "sandbox")
    parser.add_argument("--token", default=key, help="API key, and bearer token of /admin")
    parser.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    options = parser.parse_args()
    build = partial(
        app.build, home=options.home, token=options.token, seed=options.seed, retry_s=options.retry_s, hold_s=options.hold_s,
        only_to=options.only_to,
    )  # fmt: skip
    serving.serve(build, given=options)


main()
