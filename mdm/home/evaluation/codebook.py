"""The codebook: what each column of an export means, for a program (JSON) and for people (Markdown, and PDF)."""

from collections.abc import Sequence
from typing import Any

import msgspec
from markupsafe import Markup, escape

from mdm.errors import ValiseError
from mdm.home.evaluation.evaluation import Draft
from mdm.home.evaluation.export_store import Summary
from mdm.home.evaluation.records import Records, kind_of
from mdm.home.evaluation.variables import VARIABLE_WORDS, Variable
from mdm.home.picture.levels import CYCLES, LEVELS
from mdm.i18n import N_, Translator
from mdm.printing import pdf_of, require_printing

FORMAT = "valise-codebook/1"
_NEVER = N_("never missing")
_PLACES = {
    "school": N_("the school's code (UAI)"),
    "commune": N_("the commune's INSEE code"),
    "territory": N_("all of the territory"),
}
_STYLE = """
@page { size: A4; margin: 2cm; }
body { font: 10pt/1.5 "Liberation Sans", "DejaVu Sans", sans-serif; color: #111; }
h1 { font-size: 17pt; } h2 { font-size: 12pt; margin-top: 1.4em; }
table { border-collapse: collapse; width: 100%; } td, th { border: 1px solid #bbb; padding: 3pt 5pt; text-align: left;
vertical-align: top; } th { background: #eee; } code { font-family: "Liberation Mono", "DejaVu Sans Mono", monospace; }
"""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column in words."""

    name: str
    kind: str
    label: str
    unit: str
    missing: str
    values: tuple[str, ...] = ()


def columns_of(records: Records, words: Translator) -> list[Column]:
    """Return the columns of an export in words."""
    summary = records.summary
    found = [
        Column(
            name="pseudonym",
            kind="string",
            label=words("A pupil, by a word that only this evaluation uses and that nobody can undo after its end"),
            unit=words("32 hexadecimal signs"),
            missing=words(_NEVER),
        ),
        Column(
            name="place_kind",
            kind="string",
            label=words("What the place is: as fine as the sizes of groups allow, the same in the whole file"),
            unit=words("a word"),
            missing=words(_NEVER),
            values=(summary.place,),
        ),
        Column(
            name="place",
            kind="string",
            label=words("The place"),
            unit=words(_PLACES[summary.place]),
            missing=words(_NEVER),
        ),
        Column(
            name="level",
            kind="string",
            label=words("The level or the cycle; “other” is a class of several levels, or one without a level"),
            unit=words("a word"),
            missing=words(_NEVER),
            values=_levels(summary),
        ),
        Column(
            name="platform",
            kind="string",
            label=words("The kind of tablet"),
            unit=words("a word"),
            missing=words(_NEVER),
            values=("android", "ipad") if summary.platform else ("all",),
        ),
        Column(
            name="week",
            kind="date",
            label=words("The week, from Monday to Sunday"),
            unit=words("its Monday, YYYY-MM-DD"),
            missing=words(_NEVER),
        ),
    ]
    for name in records.columns[len(found) :]:
        said = VARIABLE_WORDS[Variable(name)]
        found.append(
            Column(
                name=name,
                kind=kind_of(name),
                label=words(said.label),
                unit=words(said.unit),
                missing=words(said.missing),
                values=said.values,
            )
        )
    return found


def codebook_json(records: Records, languages: Sequence[Translator]) -> bytes:
    """Return the codebook for a program, in every language."""
    tree: dict[str, Any] = {"format": FORMAT, "threshold_holds_for": ["place", "level", "platform", "week"]}
    tree["columns"] = {one.lang: msgspec.to_builtins(columns_of(records, one)) for one in languages}
    return msgspec.json.format(msgspec.json.encode(tree, order="sorted"), indent=2) + b"\n"


def codebook_markdown(draft: Draft, records: Records, words: Translator) -> str:
    """Return the codebook for people."""
    lines = [f"# {_flat(draft.title)}", "", _flat(draft.question), "", f"## {words(N_('What this file holds'))}", ""]
    lines += [f"- {text}" for text in _facts(draft, records, words)]
    lines += ["", f"## {words(N_('Columns'))}", "", "| " + " | ".join(_heads(words)) + " |", "|---|---|---|---|---|"]
    for one in columns_of(records, words):
        cells = (f"`{one.name}`", one.label, one.unit, ", ".join(f"`{value}`" for value in one.values), one.missing)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def codebook_pdf(draft: Draft, records: Records, words: Translator) -> bytes | None:
    """Return the codebook as a paper; None where this server can print none. Takes a second."""
    try:
        require_printing()
    except ValiseError:
        return None
    facts = Markup("").join(Markup("<li>{}</li>").format(text) for text in _facts(draft, records, words))
    heads = Markup("").join(Markup("<th>{}</th>").format(text) for text in _heads(words))
    rows = Markup("").join(
        Markup("<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            one.name, one.label, one.unit, ", ".join(one.values), one.missing
        )
        for one in columns_of(records, words)
    )
    html = Markup(
        '<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head><body>'
        "<h1>{title}</h1><p>{question}</p><h2>{holds}</h2><ul>{facts}</ul><h2>{columns}</h2>"
        "<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></body></html>"
    ).format(
        lang=words.lang,
        title=draft.title,
        question=draft.question,
        holds=words("What this file holds"),
        columns=words("Columns"),
        facts=facts,
        heads=heads,
        rows=rows,
    )
    return pdf_of(str(escape(html)), _STYLE)


def _heads(words: Translator) -> tuple[str, ...]:
    return (
        words("Column"),
        words("Meaning"),
        words("Unit"),
        words("Values"),
        words("When it is missing"),
    )


def _facts(draft: Draft, records: Records, words: Translator) -> list[str]:
    summary = records.summary
    courses = ", ".join(f"{name} {many}" for name, many in summary.diversity.items())
    return [
        words(
            "From {first} to {last}, one line for each pupil and week: {rows} lines, {pupils} pupils.",
            first=draft.first_day.isoformat(),
            last=draft.last_day.isoformat(),
            rows=summary.rows,
            pupils=summary.pupils,
        ),
        words(
            "Of each pupil the same place, level, kind of tablet and weeks are told as of {others} others at least"
            " (k-anonymity, k = {threshold}). Pupils who were left out so that this holds: {left_out}.",
            others=draft.threshold - 1,
            left_out=summary.left_out,
            threshold=draft.threshold,
        ),
        words(
            "How many different courses each variable has in the least diverse of these groups (distinct l-diversity):"
            " {courses}. Where that is 1, all members of some group did the same.",
            courses=courses,
        ),
        words(
            "The file may be used for the question above alone, by those whom the protocol names, and is erased at"
            " the latest {days} days after the last day. It must not be joined with other data on pupils.",
            days=draft.retention_days,
        ),
    ]


def _levels(summary: Summary) -> tuple[str, ...]:
    if summary.level == "level":
        return LEVELS
    return tuple(sorted(set(CYCLES.values()))) if summary.level == "cycle" else ("all",)


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")
