"""`python -m sandbox.mailbox --home DIR --port N`."""

import os
from functools import partial

from sandbox import serving
from sandbox.mailbox import app


def main() -> None:
    """Start the mailbox; its books are DIR/mailbox.sqlite3."""
    parser = serving.parser("mailbox")
    parser.add_argument("--token", default=os.environ.get("SANDBOX_MAILBOX_TOKEN", "sandbox"), help="bearer token")
    parser.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    options = parser.parse_args()
    build = partial(
        app.build, home=options.home, token=options.token, seed=options.seed, hold_s=options.hold_s, only_to=options.only_to
    )
    serving.serve(build, given=options)


main()
