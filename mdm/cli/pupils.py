"""``valise pupils``: pupils from ONDE and town halls, questions about them, guardians' codes, the year's end."""

from pathlib import Path

import click

from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, show, table, translate
from mdm.cli.home_desk import open_home
from mdm.csv_writing import csv_table
from mdm.fleet.import_report import ImportRefused
from mdm.fleet.uai import parse_uai
from mdm.home.guardians.guardians import InvitedGuardian
from mdm.home.pupils.doubts import REASON_WORDS, Answer, DoubtView
from mdm.home.pupils.errors import ClassUnknown
from mdm.home.pupils.files import FIELDS
from mdm.home.pupils.import_store import PendingImport
from mdm.home.pupils.imports import ImportReport
from mdm.home.pupils.matching import Action, Decision
from mdm.home.pupils.names import NameForm
from mdm.home.pupils.pupil import PupilPage
from mdm.home_parts import HomeRoom

_ACTIONS = {
    Action.ADD: translate("is new"),
    Action.BACK: translate("is back"),
    Action.MOVE: translate("changes class"),
    Action.KNOWN: translate("known"),
    Action.ASK: translate("is asked about"),
}


@click.group(help=translate("Import pupils, answer the questions that an import leaves, invite guardians."))
def pupils() -> None:
    """Group the verbs about pupils."""


@pupils.command(
    "import",
    help=translate(
        "Read files of pupils and guardians (ONDE's or a town hall's CSV) and tell what they would change."
        " What they say is kept, encrypted, for a day."
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", "uai", default="", help=translate("The school's UAI code, where the lines do not say it."))
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="FIELD=TITLE",
    help=translate("The title that a file has for a field: {fields}.", fields=", ".join(FIELDS)),
)
@json_option
@pass_cli
def import_pupils(cli: Cli, files: tuple[Path, ...], uai: str, mapped: tuple[str, ...], as_json: bool) -> None:
    """Read files."""
    mapping = dict(_pair(one) for one in mapped)
    if unknown := sorted(set(mapping) - set(FIELDS)):
        raise click.UsageError(translate("There is no field “{field}”.", field=unknown[0]))

    async def work() -> ImportReport | ImportRefused:
        async with open_home(cli) as desk:
            try:
                return await desk.home.imports.read(
                    [file.read_bytes() for file in files],
                    uai=parse_uai(uai) if uai else "",
                    mapping=mapping,
                    names=[file.name for file in files],
                    actor=cli.actor,
                )
            except ImportRefused as refused:
                return refused

    report = cli.run(work)
    if isinstance(report, ImportRefused):
        for problem in report.problems:
            click.echo(f"{problem.line}: {problem.text(cli.words)} {problem.advice(cli.words)}", err=True)
        raise SystemExit(EXIT_NOT_RIGHT)
    show(report.pending if as_json else report, as_json=as_json, lines=lambda: _report_lines(cli, report))


@pupils.command(help=translate("List the imports that wait, or were left half done."))
@json_option
@pass_cli
def imports(cli: Cli, as_json: bool) -> None:
    """Print imports."""

    async def work() -> list[PendingImport]:
        async with open_home(cli) as desk:
            return await desk.home.imports.waiting()

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: [f"{one.import_id}  {one.state}  {_counts(one)}" for one in found])


@pupils.command(help=translate("Carry out an import, or what is left of it."))
@click.argument("import_id")
@click.option("--leavers", is_flag=True, help=translate("Take pupils out whom no line names."))
@json_option
@pass_cli
def apply(cli: Cli, import_id: str, leavers: bool, as_json: bool) -> None:
    """Apply an import."""

    async def work() -> PendingImport:
        async with open_home(cli) as desk:
            return await desk.home.imports.apply(import_id, leavers=leavers, actor=cli.actor)

    done = cli.run(work)
    show(done, as_json=as_json, lines=lambda: [translate("Imported."), _counts(done)])


@pupils.command(help=translate("Forget an import; what it wrote already stays."))
@click.argument("import_id")
@pass_cli
def drop(cli: Cli, import_id: str) -> None:
    """Drop an import."""

    async def work() -> None:
        async with open_home(cli) as desk:
            await desk.home.imports.drop(import_id, actor=cli.actor)

    cli.run(work)
    click.echo(translate("Dropped."))


@pupils.command("list", help=translate("List a school's pupils, of one class or of all."))
@click.argument("uai")
@click.option("--class", "class_name", default="", help=translate("The class's name."))
@click.option("--after", default="", help=translate("The identifier after which the list goes on."))
@json_option
@pass_cli
def list_pupils(cli: Cli, uai: str, class_name: str, after: str, as_json: bool) -> None:
    """Print pupils."""

    async def work() -> PupilPage:
        async with open_home(cli) as desk:
            code = parse_uai(uai)
            class_id = await _class_id(desk.home, code, class_name) if class_name else None
            return await desk.home.pupils.page(code, class_id=class_id, after=after, limit=1000)

    page = cli.run(work)
    head = [translate("PUPIL"), translate("NAME"), translate("CLASS"), translate("LEVEL")]
    rows = [[one.pupil.pupil_id, one.pupil.shown_name, one.class_name, one.level] for one in page.pupils]
    show(page, as_json=as_json, lines=lambda: table(head, rows))


@pupils.command(help=translate("Choose how much of its pupils' names a school keeps: first, initial or full."))
@click.argument("uai")
@click.argument("form", type=click.Choice([form.value for form in NameForm]))
@pass_cli
def names(cli: Cli, uai: str, form: str) -> None:
    """Choose a form of names."""

    async def work() -> None:
        async with open_home(cli) as desk:
            await desk.home.pupils.choose_names(parse_uai(uai), NameForm(form), actor=cli.actor)

    cli.run(work)
    click.echo(translate("Chosen. Names that are longer are shortened already; longer ones come with the next import."))


@pupils.command(help=translate("Let the year end: each class with pupils becomes another one, or leaves."))
@click.argument("uai")
@click.option("--move", "moves", multiple=True, metavar="CLASS=CLASS", help=translate("Which class becomes which."))
@click.option("--leave", "leaving", multiple=True, metavar="CLASS", help=translate("A class that leaves the school."))
@json_option
@pass_cli
def year(cli: Cli, uai: str, moves: tuple[str, ...], leaving: tuple[str, ...], as_json: bool) -> None:
    """End a year."""
    pairs = [_pair(one) for one in moves]

    async def work() -> dict[str, int]:
        async with open_home(cli) as desk:
            code = parse_uai(uai)
            chosen: dict[str, str | None] = {
                await _class_id(desk.home, code, old): await _class_id(desk.home, code, new) for old, new in pairs
            }
            chosen |= {await _class_id(desk.home, code, name): None for name in leaving}
            return await desk.home.pupils.move_classes(code, chosen, actor=cli.actor)

    counts = cli.run(work)
    lines = [translate("Moved: {moved}; left: {left}.", moved=counts["moved"], left=counts["left"])]
    show(counts, as_json=as_json, lines=lambda: lines)


@pupils.command(help=translate("List the questions that imports left in a school."))
@click.argument("uai")
@json_option
@pass_cli
def doubts(cli: Cli, uai: str, as_json: bool) -> None:
    """Print questions."""

    async def work() -> list[DoubtView]:
        async with open_home(cli) as desk:
            return await desk.home.doubts.of_school(parse_uai(uai))

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: [line for one in found for line in _doubt_lines(cli, one)])


@pupils.command(help=translate("Answer a question: the same child, another one, moved here, or in both schools."))
@click.argument("doubt_id")
@click.argument("answer", type=click.Choice([one.value for one in Answer]))
@click.option("--pupil", "pupil_id", default="", help=translate("Which pupil is meant, unless it is another child."))
@pass_cli
def answer(cli: Cli, doubt_id: str, answer: str, pupil_id: str) -> None:
    """Answer a question."""

    async def work() -> str:
        async with open_home(cli) as desk:
            return await desk.home.doubts.answer(doubt_id, Answer(answer), pupil_id=pupil_id, actor=cli.actor)

    click.echo(cli.run(work))


@pupils.command(help=translate("Make codes for the guardians of a class, and write them to a CSV file to be printed."))
@click.argument("uai")
@click.argument("class_name", metavar="CLASS")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--anew", is_flag=True, help=translate("Also for guardians whose code works still: the print was lost."))
@pass_cli
def invite(cli: Cli, uai: str, class_name: str, file: Path, anew: bool) -> None:
    """Write codes."""

    async def work() -> list[InvitedGuardian]:
        async with open_home(cli) as desk:
            code = parse_uai(uai)
            class_id = await _class_id(desk.home, code, class_name)
            return await desk.home.guardians.invite_class(code, class_id, anew=anew, actor=cli.actor)

    invited = cli.run(work)
    titles = [translate("Pupil"), translate("Guardian"), translate("Code")]
    rows = [[one.pupil.pupil.shown_name, one.guardian.label, one.code] for one in invited]
    file.write_bytes(csv_table(titles, rows))
    file.chmod(0o600)
    click.echo(translate("Codes written: {count}. Each works once; the file is the only place that has them.",
                         count=len(invited)))  # fmt: skip


def _report_lines(cli: Cli, report: ImportReport) -> list[str]:
    lines = [
        translate(
            "File {file}: {kind}, {lines} lines, {encoding}.",
            file=one.name or one.file, kind=one.kind, lines=one.lines, encoding=one.encoding,
        )
        for one in report.files
    ]  # fmt: skip
    lines += [f"  {_decision(one)}" for one in report.decisions]
    lines += [
        translate("  not in the files: {name}, {class_name}", name=one.pupil.shown_name, class_name=one.class_name)
        for one in report.missing
    ]
    lines += [f"  {one.file}/{one.line}: {one.text(cli.words)} {one.advice(cli.words)}" for one in report.unread]
    lines.append(_counts(report.pending))
    lines.append(
        translate("Nothing is changed yet. Carry it out: valise pupils apply {id}", id=report.pending.import_id)
    )
    return lines


def _decision(one: Decision) -> str:
    line = one.line
    return f"{line.file}/{line.line}: {line.first_name} {line.last_name}, {line.class_name} ({_ACTIONS[one.action]})"


def _counts(pending: PendingImport) -> str:
    counts = pending.counts
    return translate(
        "new {add}, back {back}, other class {move}, known {known}, asked {ask}, missing {missing}, unread {unread},"
        " guardians {guardians}",
        **{name: counts.get(name, 0) for name in
           ("add", "back", "move", "known", "ask", "missing", "unread", "guardians")},
    )  # fmt: skip


def _doubt_lines(cli: Cli, one: DoubtView) -> list[str]:
    line = one.line
    said = f"{line.first_name} {line.last_name}, {line.class_name} {line.level}".rstrip()
    lines = [f"{one.doubt_id}: {said}", f"    {cli.words(REASON_WORDS[one.reason])}"]
    lines += [
        f"    {view.pupil.pupil_id}: {view.pupil.shown_name}, {view.class_name} ({view.uai})" for view in one.candidates
    ]
    return [*lines, "    " + " | ".join(answer.value for answer in one.answers)]


async def _class_id(home: HomeRoom, uai: str, name: str) -> str:
    for one in (await home.pupils.school(uai)).classes:
        if one.name == name and one.class_id:
            return one.class_id
    raise ClassUnknown


def _pair(text: str) -> tuple[str, str]:
    before, equals, after = text.partition("=")
    if not (equals and before.strip() and after.strip()):
        raise click.UsageError(translate("{argument} is not key=value", argument=text))
    return before.strip(), after.strip()
