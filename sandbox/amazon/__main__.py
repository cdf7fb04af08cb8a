"""`python -m sandbox.amazon --home DIR --port N`."""

from functools import partial

from sandbox import serving
from sandbox.amazon import app


def main() -> None:
    """Start the marketplace; its books are DIR/amazon.sqlite3."""
    parser = serving.parser("amazon")
    parser.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    parser.add_argument("--feed-s", type=float, default=3.0, help="how long a feed takes to be processed")
    options = parser.parse_args()
    build = partial(
        app.build,
        home=options.home,
        seed=options.seed,
        retry_s=options.retry_s,
        hold_s=options.hold_s,
        only_to=options.only_to,
        feed_s=options.feed_s,
    )
    serving.serve(build, given=options)


main()
