"""``valise calendar``: the school holidays, and each school's own hours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import click
import msgspec

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.home.calendar.calendars import Calendars, CalendarView
from mdm.home.calendar.errors import DateInvalid
from mdm.home.calendar.hours import DAY_NAMES, DAYS, PRESETS, SchoolHours, in_words, parse_sessions
from mdm.home.calendar.places import ZONES
from mdm.home.calendar.zone import SchoolYear


@click.group(help=translate("Show the school holidays, set a school's hours, take in new dates."))
def calendar() -> None:
    """Group the verbs about the calendar."""


@calendar.command(
    "show", help=translate("Show a school's hours and holidays; without a school, the dates of each zone.")
)
@click.argument("uai", default="")
@json_option
@pass_cli
def show_calendar(cli: Cli, uai: str, as_json: bool) -> None:
    """Print a calendar."""
    if uai:
        view = cli.run(lambda: _of_school(cli, uai))
        show(view, as_json=as_json, lines=lambda: _school_lines(view))
        return
    years = cli.run(lambda: _all_years(cli))
    show(years, as_json=as_json, lines=lambda: [line for year in years for line in _year_lines(year)])


@calendar.command(
    help=translate(
        "Set a school's own hours. Days that are not named stay as they are; an empty text means no class that day."
    )
)
@click.argument("uai")
@click.option("--usual", is_flag=True, help=translate("Let the school have the usual hours again."))
@click.option("--week", type=click.Choice(sorted(PRESETS)), help=translate("Begin with a week of 4½ or of 4 days."))
@click.option("--monday", help=translate("Times of class, such as “08:30-11:45 13:45-15:45”."))
@click.option("--tuesday", help=translate("As for Monday."))
@click.option("--wednesday", help=translate("As for Monday."))
@click.option("--thursday", help=translate("As for Monday."))
@click.option("--friday", help=translate("As for Monday."))
@click.option("--saturday", help=translate("As for Monday."))
@click.option(
    "--closed", "closed", multiple=True, help=translate("A day without class in this school alone, such as 2027-05-07.")
)
@click.option("--reopened", "reopened", multiple=True, help=translate("A day that is closed no more."))
@json_option
@pass_cli
def hours(
    cli: Cli,
    uai: str,
    usual: bool,
    week: str | None,
    monday: str | None,
    tuesday: str | None,
    wednesday: str | None,
    thursday: str | None,
    friday: str | None,
    saturday: str | None,
    closed: tuple[str, ...],
    reopened: tuple[str, ...],
    as_json: bool,
) -> None:
    """Set a school's hours."""
    days = dict(zip(DAYS, (monday, tuesday, wednesday, thursday, friday, saturday), strict=True))
    changes = {day: text for day, text in days.items() if text is not None}
    if usual and (week or changes or closed or reopened):
        raise click.UsageError(translate("The usual hours cannot be changed at the same time."))

    async def work() -> CalendarView:
        async with _calendars(cli) as calendars:
            if usual:
                return await calendars.set_hours(uai, None, actor=cli.actor)
            now = (await calendars.show(uai)).hours
            begun = msgspec.structs.replace(PRESETS[week], closed=now.closed) if week is not None else now
            return await calendars.set_hours(uai, _changed(begun, changes, closed, reopened), actor=cli.actor)

    view = cli.run(work)
    show(view, as_json=as_json, lines=lambda: _school_lines(view))


@calendar.command(
    "import",
    help=translate(
        "Take in school holidays from the ministry's JSON file (data.education.gouv.fr) or from our own form."
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_cli
def import_calendar(cli: Cli, file: Path, as_json: bool) -> None:
    """Take a file in."""
    body = file.read_bytes()

    async def work() -> tuple[SchoolYear, ...]:
        async with _calendars(cli) as calendars:
            return await calendars.import_years(body, actor=cli.actor)

    years = cli.run(work)
    show(years, as_json=as_json, lines=lambda: [_year_title(year) for year in years])


async def _of_school(cli: Cli, uai: str) -> CalendarView:
    async with _calendars(cli) as calendars:
        return await calendars.show(uai)


async def _all_years(cli: Cli) -> tuple[SchoolYear, ...]:
    async with _calendars(cli) as calendars:
        return await calendars.years()


def _changed(
    hours: SchoolHours, days: dict[str, str], closed: tuple[str, ...], reopened: tuple[str, ...]
) -> SchoolHours:
    sessions = {day: parse_sessions(text) for day, text in days.items()}
    without = {*hours.closed, *[_date(text) for text in closed]} - {_date(text) for text in reopened}
    return msgspec.structs.replace(hours, **sessions, closed=tuple(sorted(without)))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DateInvalid(text=text[:40]) from error


def _school_lines(view: CalendarView) -> list[str]:
    lines = [f"{view.name} ({view.uai}) · {ZONES[view.zone]} · {view.time_zone}"]
    lines.append(translate("There is class now.") if view.is_class else translate("There is no class now."))
    if view.next_class is not None:
        lines.append(translate("Class begins next at {moment} (UTC).", moment=view.next_class[:16].replace("T", " ")))
    lines.append(translate("Its own hours:") if view.own_hours else translate("The usual hours:"))
    rows = [[translate(DAY_NAMES[day]), in_words(getattr(view.hours, day)) or "–"] for day in DAYS]
    lines += [f"  {line}" for line in table(["", ""], rows)[1:]]
    if view.hours.closed:
        days = ", ".join(day.isoformat() for day in view.hours.closed)
        lines.append(translate("Closed: {days}", days=days))
    if view.known_until is None:
        lines.append(translate("No dates are known for this zone: every weekday counts as a day of class."))
        lines.append(translate("Take them in with: valise calendar import FILE"))
    else:
        day = view.known_until.isoformat()
        lines.append(
            translate("Dates are known until {day}; after it every weekday counts as a day of class.", day=day)
        )
    return lines + [line for year in view.years for line in _year_lines(year)]


def _year_title(year: SchoolYear) -> str:
    return f"{ZONES[year.zone]} {year.year}-{year.year + 1} · {year.source}"


def _year_lines(year: SchoolYear) -> list[str]:
    return [_year_title(year), *[f"  {one.first} – {one.last}  {one.name}" for one in year.breaks]]


@asynccontextmanager
async def _calendars(cli: Cli) -> AsyncIterator[Calendars]:
    async with cli.database() as database:
        yield Calendars(database, cli.clock, cli.journal)
