"""The founding act: a file with the territory, the convention that was deliberated, and who sits where at first.

```toml
territory = "MACS"
convention = "default"           # an example's name (see conventions/), or a file beside this one
reference = "délibération 2026-41 du 3 juillet 2026"
[[seats]]
seat = "mayor"
body = "authority"
label = "Maire de Tosse"
holder = "anne"                  # logins
deputy = "paul"
reference = "arrêté 2026-12"
term_ends = 2029-06-30           # the last day of the term
```
"""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import Clock, to_ms
from mdm.errors import ValiseError, Words
from mdm.i18n import N_
from mdm.ids import new_id
from profiles.charter.convention import EXAMPLES, Convention, Part, Slug, Text, example, load_convention
from profiles.charter.seat_errors import FoundingFileWrong
from profiles.charter.seat_store import Holding
from profiles.charter.sentence import ZONE

_FILE_BYTES = 1024 * 1024
_LAST_YEAR = 2100
_TO_COMPLETE = "à compléter"
"""What the reference of an example begins with."""

Login = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._@-]{1,63}$")]


class FoundingSeat(Part, frozen=True, kw_only=True):
    """A seat in the file. ``term_ends``: the last day of the term."""

    seat: Slug
    body: Slug
    label: Text
    holder: Login
    deputy: Login | None = None
    reference: Annotated[str, Meta(max_length=200)] = ""
    term_ends: date | None = None


class _File(Part, frozen=True, kw_only=True):
    territory: Text
    convention: Annotated[str, Meta(min_length=1, max_length=200)]
    reference: Text | None = None
    seats: Annotated[tuple[FoundingSeat, ...], Meta(min_length=1, max_length=500)]


class Founding(msgspec.Struct, frozen=True, kw_only=True):
    """With what a charter is founded, for `Editions.found`."""

    territory: str
    convention: Convention
    holdings: tuple[Holding, ...]


def founding_holdings(path: Path, *, clock: Clock, actor: str) -> Founding:
    """Read a founding file, and the convention's file that it names. Blocks.

    Raises `FoundingFileWrong`, or `ConventionInvalid` naming the field.
    """
    given = _read(path)
    convention = _convention(path, given)
    known = {one.body for one in convention.bodies}
    for one in given.seats:
        if one.body not in known:
            raise _wrong(path, N_("a seat is in a body that the convention does not have"))
        if one.holder == one.deputy:
            raise _wrong(path, N_("nobody is his own deputy"))
        if one.term_ends is not None and one.term_ends.year >= _LAST_YEAR:
            raise _wrong(path, N_("the term of a seat ends in another century"))
    if len({one.seat for one in given.seats}) != len(given.seats):
        raise _wrong(path, N_("a seat is there twice"))
    now = clock.ms()
    holdings = tuple(_holding(one, new_id(clock), now, actor) for one in given.seats)
    if any(one.term_ends_at is not None and one.term_ends_at <= now for one in holdings):
        raise _wrong(path, N_("the term of a seat is over already"))
    return Founding(territory=given.territory, convention=convention, holdings=holdings)


def end_of_day(day: date) -> int:
    """Return when a term ends whose last day is given: the midnight after it, in milliseconds."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1))


def _read(path: Path) -> _File:
    try:
        if path.stat().st_size > _FILE_BYTES:
            raise _wrong(path, N_("the file is too large"))
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File, strict=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError, OSError, RecursionError) as error:
        raise FoundingFileWrong(file=path.name, reason=_plain(error)) from error


def _convention(path: Path, given: _File) -> Convention:
    if given.convention in EXAMPLES:
        convention = example(given.convention)
    else:
        beside = path.parent / given.convention
        try:
            convention = load_convention(beside.read_bytes(), beside.name)
        except OSError as error:
            raise FoundingFileWrong(file=path.name, reason=_plain(error)) from error
    if given.reference is not None:
        convention = msgspec.structs.replace(convention, reference=given.reference)
    if convention.reference.startswith(_TO_COMPLETE):
        raise _wrong(path, N_("it lacks the reference of the deliberation that adopted the convention"))
    return convention


def _holding(one: FoundingSeat, holding_id: str, now: int, actor: str) -> Holding:
    return Holding(
        holding_id=holding_id,
        seat_id=one.seat,
        body=one.body,
        label=one.label,
        holder=one.holder,
        deputy=one.deputy,
        reference=one.reference,
        state="confirmed",
        term_ends_at=None if one.term_ends is None else end_of_day(one.term_ends),
        since=now,
        proposed_at=now,
        proposed_by=actor,
        confirmed_by=actor,
    )


def _wrong(path: Path, reason: str) -> ValiseError:
    return FoundingFileWrong(file=path.name, reason=Words(reason))


def _plain(error: Exception) -> str:
    text = (error.strerror or "") if isinstance(error, OSError) else str(error)
    return text[:200] or type(error).__name__
