"""`python -m sandbox.warehouse --home DIR --port N`."""

import os
from functools import partial

from sandbox import serving
from sandbox.warehouse import app


def main() -> None:
    """Start the warehouse; its books are DIR/warehouse.sqlite3."""
    parser = serving.parser("warehouse")
    parser.add_argument("--token", default=os.environ.get("SANDBOX_WAREHOUSE_TOKEN", "sandbox"), help="bearer token")
    parser.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    options = parser.parse_args()
    build = partial(
        app.build,
        home=options.home,
        token=options.token,
        seed=options.seed,
        retry_s=options.retry_s,
        hold_s=options.hold_s,
        only_to=options.only_to,
    )
    serving.serve(build, given=options)


main()
