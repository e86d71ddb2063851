"""The catalogue as lines on a terminal."""

from collections.abc import Iterator, Sequence

from mdm.cli.context import table
from mdm.clock import from_ms
from mdm.fleet.import_report import ImportRefused
from mdm.i18n import Translator
from profiles.catalogue.entry import Entry, Revision, Summary
from profiles.catalogue.findings import ApkFindings
from profiles.catalogue.item import KIND_NAMES
from profiles.catalogue.permissions import permission_of
from profiles.catalogue.review import remarks_on
from profiles.catalogue.subjects import SUBJECT_NAMES
from profiles.catalogue.trackers import PURPOSE_NAMES


def summary_lines(found: Sequence[Summary], translate: Translator, words: Translator) -> list[str]:
    """Return a table of items; ``translate`` has the terminal's texts, ``words`` those of every room."""
    head = [
        translate("IDENTIFIER"),
        translate("NAME"),
        translate("KIND"),
        translate("TABLETS"),
        translate("CYCLES"),
        translate("REVISION"),
    ]
    rows = [
        [
            one.item_id,
            one.name,
            words(KIND_NAMES[one.kind]),
            ", ".join(one.platforms),
            ", ".join(map(str, one.levels)),
            str(one.revision),
        ]
        for one in found
    ]
    return table(head, rows)


def revision_lines(found: Sequence[Revision], translate: Translator) -> list[str]:
    """Return a table of an item's changes."""
    head = [translate("REVISION"), translate("TIME"), translate("BY"), translate("DIGEST"), translate("CHANGED")]
    rows = [[str(one.revision), _time(one.at), one.by, one.digest[:12], ", ".join(one.changed)] for one in found]
    return table(head, rows)


def sheet_lines(entry: Entry, translate: Translator, words: Translator) -> list[str]:
    """Return an item in full: what is said of it, what the machine found, and what is open."""
    return [
        f"{entry.item.name} ({words(KIND_NAMES[entry.item.kind])})",
        translate("identifier {item}, revision {revision}", item=entry.item_id, revision=entry.revision),
        translate("digest {digest}", digest=entry.digest),
        *_said(entry, words),
        *[
            translate(
                "document {title}: {pages} pages, SHA-256 {digest}", title=one.title, pages=one.pages, digest=one.hash
            )
            for one in entry.content.attachments
        ],
        *[line for one in entry.content.findings for line in _found(one, translate, words)],
        *_remarks(entry, translate, words),
    ]


def undone_lines(refused: ImportRefused, translate: Translator, words: Translator) -> list[str]:
    """Return what is wrong in a file, place by place."""
    lines = []
    for one in refused.problems:
        place = translate("line {line}, {column}: {value}", line=one.line, column=one.column or "-", value=one.value)
        lines += [place, f"    {one.text(words)} {one.advice(words)}"]
    return [*lines, refused.text(words)]


def _said(entry: Entry, words: Translator) -> Iterator[str]:
    tree = entry.content.tree()
    item = {key: value for key, value in tree["item"].items() if key not in ("item_id", "name", "kind", "icon")}
    if "subjects" in item:
        item["subjects"] = [words(SUBJECT_NAMES[subject]) for subject in entry.item.subjects]
    for key, value in _flat({**item, **tree["dossier"]}):
        shown = ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)
        first, *rest = shown.splitlines() or [""]
        yield f"  {key}: {first}"
        yield from (f"    {line}" for line in rest)


def _flat(tree: dict[str, object], under: str = "") -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{under}{key}.")
        else:
            yield f"{under}{key}", value


def _found(one: ApkFindings, translate: Translator, words: Translator) -> Iterator[str]:
    size = f"{one.size_bytes / 1e6:.1f} MB"
    yield translate(
        "Found by the machine in version {version} ({source}), {size}:",
        version=one.version_name,
        source=one.source[:16],
        size=size,
    )
    for name in one.permissions:
        permission = permission_of(name)
        mark = "!" if permission.sensitive else " "
        yield f" {mark} {words(permission.words)} ({name})"
    for tracker in one.trackers:
        yield f" ! {tracker.name}, {tracker.publisher}: {words(PURPOSE_NAMES[tracker.purpose])}"
    if not one.trackers:
        yield translate(
            "  no tracker of the list of {day}, among {count} classes; that proves nothing",
            day=one.tracker_list,
            count=one.classes,
        )


def _remarks(entry: Entry, translate: Translator, words: Translator) -> Iterator[str]:
    remarks = remarks_on(entry.content)
    for kind, title in (("contradiction", translate("To be cleared up:")), ("open", translate("Not answered yet:"))):
        chosen = [one for one in remarks if one.kind == kind]
        if chosen:
            yield title
            yield from (f"  {words(one.words, value=one.value)}" for one in chosen)


def _time(milliseconds: int) -> str:
    return from_ms(milliseconds).strftime("%Y-%m-%d %H:%M:%SZ")
