"""The demonstration's committee: it founds a charter and agrees on the policy that comes with Valise."""

import msgspec

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.store import Connection, Database
from profiles.charter import proposal_store
from profiles.charter.charter import Charter
from profiles.charter.convention import Convention, example
from profiles.charter.proposal import proposal_of
from profiles.charter.record import Record
from profiles.charter.seat_store import Holding
from profiles.policy import Policy

_SEATS = (
    ("authority", "Présidente de la communauté de communes", "presidente"),
    ("authority", "Vice-président chargé des écoles", "vice-president"),
    ("dsden", "Inspectrice de l'Éducation nationale", "inspectrice"),
    ("teachers", "Directrice de l'école de Soustons", "directrice"),
    ("teachers", "Enseignant référent aux usages du numérique", "erun"),
    ("parents", "Représentante des parents", "parents"),
)


async def agree(database: Database, clock: Clock, charter: Charter, policy: Policy, *, actor: str) -> Record:
    """Found the charter, have the policy voted by every seat, and publish it; return the edition."""
    await charter.editions.found("MACS", _convention(), _holdings(clock), actor=actor)
    proposal = proposal_of(
        {
            "proposal_id": new_id(clock),
            "kind": "review",
            "title": f"Première charte : {policy.name}",
            "purpose": "Les applications et les réglages de la démonstration.",
            "changes": [{"op": "adopt", "policy": msgspec.to_builtins(policy)}],
        }
    )
    now = clock.ms()

    def examined(conn: Connection) -> None:
        proposal_store.insert_proposal(conn, proposal, state="examined", author="directrice", now=now, submitted_at=now)

    await database.write(examined)
    await charter.votes.open(proposal.proposal_id, actor=actor)
    for _, _, login in _SEATS:
        await charter.casting.cast(proposal.proposal_id, login, "yes")
    await charter.votes.close(proposal.proposal_id, actor=actor)
    published = await charter.editions.publish(actor=actor)
    edition_id = published.record.edition_id
    await database.write(lambda conn: charter.following.set_current(conn, edition_id, actor=actor))
    return published.record


def _convention() -> Convention:
    """The convention that Valise proposes, without its days of notice: a demonstration begins at once."""
    convention = example("default")
    rules = {kind: msgspec.structs.replace(rule, notice_days=0) for kind, rule in convention.rules.items()}
    return msgspec.structs.replace(convention, reference="démonstration", rules=rules)


def _holdings(clock: Clock) -> list[Holding]:
    now = clock.ms()
    return [
        Holding(
            holding_id=new_id(clock),
            seat_id=login,
            body=body,
            label=label,
            holder=login,
            reference="démonstration",
            state="confirmed",
            since=now,
            proposed_at=now,
            proposed_by="demo",
        )
        for body, label, login in _SEATS
    ]
