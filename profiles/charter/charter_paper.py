"""The charter on paper: the agreed state in sentences, the decisions with their counts, and how to check it all."""

from collections.abc import Sequence

from mdm.i18n import Translator
from profiles.charter.charter_view import charter_view
from profiles.charter.differences import Places
from profiles.charter.printing import printed, qr_picture
from profiles.charter.record import Record

_PRINTED = 100
"""Decisions on paper, the newest: each takes time to lay out, and the export has them all."""


async def charter_pdf(
    records: Sequence[Record], first_key: str, translate: Translator, *, address: str, places: Places | None = None
) -> bytes:
    """Return the last of the records as PDF. ``records`` begin with the founding one; they were verified before.

    ``address``: the people listener's, such as ``https://valise.example``; ``first_key``: the first key's fingerprint.
    """
    view = charter_view(records, first_key, places)
    page = page_address(address, view.number)
    return await printed(
        "charter.html",
        translate,
        made_at=view.made_at,
        view=view,
        register=view.register[:_PRINTED],
        older=len(view.register[_PRINTED:]),
        page=page,
        export=f"{address.rstrip('/')}/charter/export.json",
        picture=qr_picture(checked_address(address, view.number, view.edition_id)),
    )


def page_address(address: str, number: int) -> str:
    """Return the address of an edition's public page."""
    return f"{address.rstrip('/')}/charter/editions/{number}"


def checked_address(address: str, number: int, edition_id: str) -> str:
    """Return what the QR code on paper holds: the page, and the digest to compare with the one it shows."""
    return f"{page_address(address, number)}#{edition_id}"
