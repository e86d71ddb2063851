"""A proposal as lines on a terminal, and as the tree that ``--json`` prints."""

from typing import Any

import msgspec

from mdm.cli.committee_desk import hour, who
from mdm.cli.context import table, translate
from mdm.i18n import N_, Translator
from profiles.charter.canonical import canonical_json
from profiles.charter.convention_words import KIND_NAMES
from profiles.charter.proposal import Proposal
from profiles.charter.proposal_life import STATE_WORDS
from profiles.charter.proposal_store import ProposalEvent, ProposalLine
from profiles.charter.proposals import ProposalView

_STEPS: dict[str, str] = {
    **{str(state): word for state, word in STATE_WORDS.items()},
    "draft": N_("written"),
    "vote_open": N_("vote opened"),
    "comment": N_("comment"),
    "request": N_("request for information"),
    "answer": N_("answer"),
    "recusal": N_("stands aside"),
}


def list_lines(words: Translator, found: list[ProposalLine]) -> list[str]:
    """Return a table of proposals; ``words`` has every room's texts."""
    head = [
        translate("PROPOSAL"),
        translate("KIND"),
        translate("STATE"),
        translate("AUTHOR"),
        translate("CHANGED"),
        translate("TITLE"),
    ]
    rows = [
        [
            one.proposal_id,
            words(KIND_NAMES[one.kind]),
            words(STATE_WORDS[one.state]),
            one.author,
            hour(one.changed_at),
            one.title,
        ]
        for one in found
    ]
    return table(head, rows)


def shown(view: ProposalView) -> dict[str, Any]:
    """Return a proposal as plain values."""
    row = {name: getattr(view.row, name) for name in view.row.__struct_fields__ if name != "body"}
    return {
        **row,
        "digest": view.digest,
        "proposal": view.proposal.tree(),
        "events": view.events,
        "recusals": view.recusals,
        "changed_items": view.changed_items,
        "steps": view.steps,
    }


def sheet_lines(words: Translator, view: ProposalView) -> list[str]:
    """Return a proposal in full: what it says, and what happened to it."""
    row, proposal = view.row, view.proposal
    lines = [
        f"{row.title} ({words(KIND_NAMES[row.kind])})",
        translate("identifier {item}, revision {revision}", item=row.proposal_id, revision=row.revision),
        translate("digest {digest}", digest=view.digest),
        translate("by {login}: {state}", login=row.author, state=words(STATE_WORDS[row.state])),
        *proposal.purpose.splitlines(),
        *_content(proposal),
    ]
    lines += [translate("The dossier {item} has changed since.", item=item) for item in view.changed_items]
    lines += [translate("Stands aside: {seat}", seat=one.seat_id) for one in view.recusals]
    return [*lines, *[line for one in view.events for line in _event(words, one)]]


def _content(proposal: Proposal) -> list[str]:
    tree = msgspec.to_builtins(proposal)
    lines = [canonical_json(change).decode() for change in tree.get("changes", ())]
    for name in ("scope", "withdrawn", "ratifies", "convention"):
        if name in tree:
            lines.append(f"{name}: {canonical_json(tree[name]).decode()}")
    return lines


def _event(words: Translator, one: ProposalEvent) -> list[str]:
    number = f"{one.position} > {one.about}" if one.about is not None else str(one.position)
    head = f"[{number}] {hour(one.at)}  {words(_STEPS.get(one.kind, one.kind))}  {who(one.actor)}"
    return [head, *(f"    {line}" for line in one.words.splitlines())]
