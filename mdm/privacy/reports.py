"""The register of processing activities (article 30) and the data section of the impact assessment (article 35(7)).

Both are made from the declarations alone, as PDF and as CSV, so that they say what the code does.
"""

import asyncio
from collections.abc import Iterable, Sequence
from importlib import resources

import msgspec
from babel.dates import format_date

from mdm.clock import from_ms
from mdm.i18n import N_, Translator
from mdm.printing import pdf_of, require_printing, templates_of
from mdm.privacy.controller import Controller
from mdm.privacy.declaration import Stay
from mdm.privacy.exports import csv_text
from mdm.privacy.register import Declared, Register
from mdm.privacy.retention import ZONE
from mdm.privacy.stored import retention_in_words
from mdm.privacy.vocabulary import VIEWERS

_PACKAGE = "mdm.privacy"
_templates = templates_of(_PACKAGE)

MEASURES = (
    N_("Secrets are encrypted with a key that is not in the database; passwords and codes are kept as hashes."),
    N_("Connections are encrypted; tablets prove who they are by certificates or signatures."),
    N_("Each role sees only its own places, and only the fields that are declared for it."),
    N_("What is decided or ordered goes to a journal in which a change is found; it names persons by pseudonyms."),
    N_("What is past its time is erased by the server itself, by the same declarations that made this paper."),
    N_("No position is kept, except of a tablet that is declared lost; no page, no search and no message is kept."),
)
"""A general description of the security measures (article 30(1)(g))."""


class ActivityEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the register, in words. ``kept``: each rule with the data that it holds for."""

    name: str
    purposes: tuple[str, ...]
    bases: tuple[str, ...]
    persons: tuple[str, ...]
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    seen_by: tuple[str, ...]
    sources: tuple[str, ...]
    kept: tuple[tuple[str, tuple[str, ...]], ...]


class FieldEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A field in the assessment, in words. ``on_demand``: why it is not erased when the person asks, or empty."""

    key: str
    activity: str
    record: str
    field: str
    data: str
    persons: str
    purpose: str
    basis: str
    kept: str
    seen_by: str
    source: str
    recipients: str
    on_demand: str


def register_entries(register: Register, translate: Translator) -> list[ActivityEntry]:
    """Return the register's entries in the translator's language, by name."""
    found = [
        _activity([one for one in register.fields.values() if one.activity.key == activity.key], translate)
        for activity in register.activities
    ]
    return sorted(found, key=lambda entry: entry.name)


def field_entries(register: Register, translate: Translator) -> list[FieldEntry]:
    """Return every declared field in the translator's language, by activity and record."""
    found = [_field(one, translate) for one in register.fields.values()]
    return sorted(found, key=lambda entry: (entry.activity, entry.record, entry.key))


def register_csv(register: Register, controller: Controller, translate: Translator) -> str:
    """Return the register as CSV, an activity a line."""
    head = (
        N_("Activity"),
        N_("Controller"),
        N_("Contact"),
        N_("Data protection officer"),
        N_("Purposes"),
        N_("Legal bases"),
        N_("Persons concerned"),
        N_("Categories of data"),
        N_("Who receives it"),
        N_("Transfers to third countries"),
        N_("Time limits for erasure"),
        N_("Who sees it"),
        N_("Security measures"),
    )
    rows = [
        [
            entry.name,
            controller.name,
            controller.contact,
            controller.officer,
            "\n".join(entry.purposes),
            "\n".join(entry.bases),
            "\n".join(entry.persons),
            "\n".join(entry.data),
            "\n".join(entry.recipients) or translate("nobody"),
            translate("none"),
            "\n".join(f"{rule}: {', '.join(what)}" for rule, what in entry.kept),
            "\n".join(entry.seen_by),
            "\n".join(translate(text) for text in MEASURES),
        ]
        for entry in register_entries(register, translate)
    ]
    return csv_text([[translate(text) for text in head], *rows])


def assessment_csv(register: Register, translate: Translator) -> str:
    """Return the assessment's data section as CSV, a field a line."""
    head = (
        N_("Field"),
        N_("Activity"),
        N_("Record"),
        N_("Data"),
        N_("Categories of data"),
        N_("Persons concerned"),
        N_("Purpose"),
        N_("Legal basis"),
        N_("Kept until"),
        N_("Who sees it"),
        N_("Where it comes from"),
        N_("Who receives it"),
        N_("When the person asks for erasure"),
    )
    rows = [
        [
            one.key, one.activity, one.record, one.field, one.data, one.persons, one.purpose, one.basis, one.kept,
            one.seen_by, one.source, one.recipients, one.on_demand,
        ]
        for one in field_entries(register, translate)
    ]  # fmt: skip
    return csv_text([[translate(text) for text in head], *rows])


async def register_pdf(register: Register, controller: Controller, translate: Translator, *, now: int) -> bytes:
    """Return the register as PDF; raise `PaperImpossible`."""
    entries = register_entries(register, translate)
    return await asyncio.to_thread(_printed, "register.html", translate, controller, now, entries=entries)


async def assessment_pdf(register: Register, controller: Controller, translate: Translator, *, now: int) -> bytes:
    """Return the assessment's data section as PDF; raise `PaperImpossible`."""
    groups: dict[str, dict[str, list[FieldEntry]]] = {}
    for one in field_entries(register, translate):
        groups.setdefault(one.activity, {}).setdefault(one.record, []).append(one)
    about = {translate(one.name): translate(one.purpose) for one in register.activities}
    return await asyncio.to_thread(_printed, "assessment.html", translate, controller, now, groups=groups, about=about)


def _printed(template: str, translate: Translator, controller: Controller, now: int, **values: object) -> bytes:
    require_printing()
    html = _templates.get_template(template).render(
        t=translate,
        lang=translate.lang,
        controller=controller,
        day=_day(now, translate),
        written=from_ms(now).isoformat(),
        measures=[translate(text) for text in MEASURES],
        **values,
    )
    style = resources.files(_PACKAGE).joinpath("templates", "paper.css").read_text(encoding="utf-8")
    return pdf_of(html, style)


def _day(now: int, translate: Translator) -> str:
    text = format_date(from_ms(now).astimezone(ZONE), "long", locale=translate.lang)
    # French writes the first of a month as an ordinal.
    return f"1er {text[2:]}" if translate.lang == "fr" and text.startswith("1 ") else text


def _activity(fields: Sequence[Declared], translate: Translator) -> ActivityEntry:
    activity = fields[0].activity
    kept: dict[str, list[str]] = {}
    for one in fields:
        about = translate(one.table.about)
        known = kept.setdefault(retention_in_words(one.retention, translate), [])
        if about not in known:
            known.append(about)
    return ActivityEntry(
        name=translate(activity.name),
        purposes=_each((one.purpose for one in fields), translate),
        bases=_each((one.basis.value for one in fields), translate),
        persons=_each((kind.value for one in fields for kind in one.persons), translate),
        data=_each((one.field.data.value for one in fields), translate),
        recipients=_each((text for one in fields for text in one.recipients), translate),
        seen_by=_each((VIEWERS[key] for one in fields if not one.field.secret for key in one.seen_by), translate),
        sources=_each((one.source for one in fields), translate),
        kept=tuple((rule, tuple(what)) for rule, what in kept.items()),
    )


def _field(one: Declared, translate: Translator) -> FieldEntry:
    return FieldEntry(
        key=one.key,
        activity=translate(one.activity.name),
        record=translate(one.table.about),
        field=translate(one.field.what),
        data=translate(one.field.data.value),
        persons=", ".join(_each((kind.value for kind in one.persons), translate)),
        purpose=translate(one.purpose),
        basis=translate(one.basis.value),
        kept=retention_in_words(one.retention, translate),
        seen_by=translate("(shown to nobody)")
        if one.field.secret
        else ", ".join(_each((VIEWERS[key] for key in one.seen_by), translate)),
        source=translate(one.source),
        recipients=", ".join(_each(one.recipients, translate)) or translate("nobody"),
        on_demand=translate(one.erasure.reason) if isinstance(one.erasure, Stay) else translate("It is erased."),
    )


def _each(texts: Iterable[str], translate: Translator) -> tuple[str, ...]:
    """Return texts in the translator's language, each once, in order."""
    return tuple(dict.fromkeys(translate(text) for text in texts))
