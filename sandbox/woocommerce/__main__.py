"""`python -m sandbox.woocommerce --home DIR --port N`."""

from functools import partial

from sandbox import serving
from sandbox.woocommerce import app


def main() -> None:
    """Start the shop; its books are DIR/woocommerce.sqlite3."""
    parser = serving.parser("woocommerce")
    parser.add_argument("--key", default="ck_sandbox", help="consumer key")
    parser.add_argument("--secret", default="cs_sandbox", help="consumer secret")
    options = parser.parse_args()
    build = partial(
        app.build, home=options.home, seed=options.seed, key=options.key, secret=options.secret, only_to=options.only_to
    )
    serving.serve(build, given=options, dates=False)


main()
