"""What somebody wants to send back, read from a form without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from doorstep.base.refusals import Refused
from doorstep.catalog.values import BAD_PICTURE, MAX_PICTURE_BYTES
from doorstep.returns.actions import MOST_PICTURES
from doorstep.returns.reasons import NOT_CHOSEN, REASONS, Reason
from doorstep.returns.refusals import TOO_MANY_PICTURES
from doorstep.returns.values import Outcome, Returnable, Stated, Wish

MOST_TEXT = 1000


def read(form: QueryDict, able: Sequence[Returnable]) -> list[Wish]:
    """The wishes that a form holds, for lines of which something can be sent back.

    A line counts when its box is ticked.  Shapes: fields are named `qty-12`, `reason-12`, …, by order line.
    """
    return [_wish(form, line) for line in able if line.left and form.get(f"back-{line.order_line_id}")]


def _wish(form: QueryDict, line: Returnable) -> Wish:
    def typed(name: str, most: int = MOST_TEXT) -> str:
        return form.get(f"{name}-{line.order_line_id}", "").replace("\x00", "").strip()[:most]

    wanted = typed("exchange", 18)
    qty = typed("qty", 6)
    return Wish(
        order_line_id=line.order_line_id,
        qty=int(qty) if qty.isascii() and qty.isdecimal() else 1,
        reason=typed("reason", 40),
        outcome=typed("outcome", 40) or Outcome.REFUND_ORIGINAL,
        answer=typed("answer"),
        note=typed("note"),
        stated=_stated(typed("stated", 10)),
        exchange_variant_id=int(wanted) if wanted.isascii() and wanted.isdecimal() else None,
    )


def _stated(said: str) -> str:
    """The condition that a customer states, "" where they state none that we know."""
    return said if said in list(Stated) else ""


def pictures(files: MultiValueDict[str, UploadedFile[bytes]], chosen: Sequence[Wish]) -> dict[int, list[bytes]]:
    """What customers show of lines, by order line.  Refuses: files that are too large for a picture."""
    found: dict[int, list[bytes]] = {}
    for wish in chosen:
        several = files.getlist(f"photo-{wish.order_line_id}")
        if len(several) > MOST_PICTURES:
            raise Refused(TOO_MANY_PICTURES, {"most": MOST_PICTURES})
        for file in several:
            if (file.size or 0) > MAX_PICTURE_BYTES:
                raise Refused(BAD_PICTURE)
            found.setdefault(wish.order_line_id, []).append(file.read())
    return found


def withdrawing(able: Sequence[Returnable], chosen: Sequence[Wish]) -> list[Wish]:
    """What a withdrawal is about: what was ticked, else all that can be sent back; it needs no reason."""
    ticked = {wish.order_line_id: wish.qty for wish in chosen}
    wanted = ticked or {line.order_line_id: line.left for line in able if line.left}
    return [Wish(line_id, qty, Reason.WITHDRAWAL) for line_id, qty in wanted.items()]


def is_complete(wish: Wish) -> bool:
    """Whether a wish names a reason that can be chosen."""
    return wish.reason in REASONS and wish.reason not in NOT_CHOSEN
