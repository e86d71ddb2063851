"""What is stored about a person as files: JSON for programs (article 20), CSV for a spreadsheet."""

import asyncio
import io
import zipfile
from collections.abc import Mapping, Sequence

import msgspec

from mdm.clock import Clock
from mdm.csv_writing import csv_table
from mdm.i18n import N_, Translator
from mdm.privacy.stored import Told

_HEAD = (
    N_("Record"),
    N_("No."),
    N_("Data"),
    N_("Value"),
    N_("Purpose"),
    N_("Legal basis"),
    N_("Who sees it"),
    N_("Where it comes from"),
    N_("Who receives it"),
    N_("Erased on"),
    N_("Kept until"),
    N_("Field"),
)


class _Export(msgspec.Struct, frozen=True, kw_only=True):
    made_at: str
    language: str
    data: tuple[Told, ...]


def as_json(told: Sequence[Told], translate: Translator, clock: Clock) -> bytes:
    """Return told fields as JSON with the moment and the language."""
    export = _Export(made_at=clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), language=translate.lang, data=tuple(told))
    return msgspec.json.format(msgspec.json.encode(export), indent=2) + b"\n"


def as_csv(told: Sequence[Told], translate: Translator) -> str:
    """Return told fields as CSV for a spreadsheet: semicolons, a line for each value."""
    rows = [
        [
            one.record,
            str(one.row),
            one.field,
            one.value if one.technical else one.said,
            one.purpose,
            one.basis,
            ", ".join(one.seen_by),
            one.source,
            ", ".join(one.recipients),
            one.erased_on,
            one.erased,
            one.key,
        ]
        for one in told
    ]
    return csv_text([[translate(text) for text in _HEAD], *rows])


async def as_zip(told: Sequence[Told], translate: Translator, clock: Clock, photos: Mapping[str, bytes]) -> bytes:
    """Return told fields as JSON and as CSV, with the photos that they name, in one archive."""
    files = {
        "valise.json": as_json(told, translate, clock),
        "valise.csv": as_csv(told, translate).encode(),
        **{f"photos/{name}.jpg": body for name, body in photos.items()},
    }
    moment = clock.now().timetuple()[:6]
    return await asyncio.to_thread(_packed, files, moment)


def _packed(files: Mapping[str, bytes], moment: tuple[int, ...]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            one = zipfile.ZipInfo(name, date_time=(moment[0], *moment[1:6]))  # type: ignore[arg-type]
            one.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(one, body)
    return made.getvalue()


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, the first with the titles, as CSV that spreadsheets open as it is meant."""
    return csv_table(rows[0], rows[1:]).decode()
