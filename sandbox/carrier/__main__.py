"""`python -m sandbox.carrier --home DIR --port N`."""

import os
from functools import partial

from sandbox import serving
from sandbox.carrier import app


def main() -> None:
    """Start the carrier; its books are DIR/carrier.sqlite3."""
    parser = serving.parser("carrier")
    parser.add_argument("--token", default=os.environ.get("SANDBOX_CARRIER_TOKEN", "sandbox"), help="bearer token")
    parser.add_argument("--scale", type=float, default=0.0005, help="length of a day against a real one; 0: at once")
    parser.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    options = parser.parse_args()
    build = partial(
        app.build,
        home=options.home,
        token=options.token,
        seed=options.seed,
        retry_s=options.retry_s,
        scale=options.scale,
        hold_s=options.hold_s,
        only_to=options.only_to,
    )
    serving.serve(build, given=options)


main()
