"""`python -m sandbox.carrier --home DIR --port N`."""

from sandbox import serving
from sandbox.carrier import app


def main() -> None:
    """Start the carrier; its books are DIR/carrier.sqlite3."""
    options = serving.parser("carrier", bearer_in="SANDBOX_CARRIER_TOKEN")
    options.add_argument("--scale", type=float, default=0.0005, help="length of a day against a real one; 0: at once")
    serving.main(app.build, options)


main()
