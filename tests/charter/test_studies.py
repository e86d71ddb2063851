"""A proposal that holds an evaluation's protocol: what its kind needs, and that its digest is that of what is read."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.committee_parts import committee_parts
from mdm.home.evaluation.evaluation import Draft as Protocol
from mdm.home.evaluation.variables import Variable
from mdm.journal import Journal
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.drafting import Draft
from profiles.charter.errors import ProposalMalformed
from profiles.charter.proposal import Study, proposal_of
from profiles.charter.study_decisions import protocol_in
from tests.charter.agreeing import PaperCharter
from tests.charter.committee import Committee
from tests.charter.verifying import Said, body_of, ours

PROTOCOL = Protocol(
    title="Lire à la maison",
    question="Les tablettes à la maison font-elles lire davantage au CP ?",
    first_day=date(2027, 1, 4),
    last_day=date(2027, 3, 31),
    schools=("0400377T",),
    variables=(Variable.DAYS_SEEN,),
    responsible="rita",
)
STUDY = {"evaluation_id": "e1", "digest": PROTOCOL.digest, "protocol": PROTOCOL.tree()}
ADD = [{"op": "add", "path": ["apps"], "value": {"name": "X", "bundle_id": "org.x", "store_id": 1}}]


def tree(**fields: Any) -> dict[str, Any]:
    return {"proposal_id": "p1", "kind": "evaluation", "title": "Lire à la maison", **fields}


def test_the_protocol_is_read_again_as_it_was_written() -> None:
    proposal = proposal_of(tree(study=STUDY))
    assert proposal.study is not None
    assert protocol_in(proposal.study) == PROTOCOL


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"study": STUDY, "changes": ADD},
        {"study": STUDY, "scope": {"name": "groupe", "schools": ["0400377T"]}},
        {"study": STUDY, "kind": "add_app", "changes": ADD},
        {"study": {**STUDY, "digest": "0" * 64}},
        {"study": {**STUDY, "protocol": {**PROTOCOL.tree(), "threshold": 5}}},
        {"study": {"evaluation_id": "e1", "digest": PROTOCOL.digest}},
    ],
)
def test_what_does_not_belong_to_an_evaluation_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ProposalMalformed):
        proposal_of(tree(**fields))


async def test_what_is_no_protocol_is_refused_when_it_is_submitted(database: Database, clock: ManualClock) -> None:
    committee = Committee(database, clock, Journal(clock), Vault(bytes(32)))
    await committee.begin()
    nonsense = {"whatever": 1}
    digest = hashlib.sha256(msgspec.json.encode(nonsense, order="sorted")).hexdigest()
    study = Study(evaluation_id="e1", digest=digest, protocol=nonsense)
    assert protocol_in(study) is None
    proposals = committee_parts(database, clock, Journal(clock), committee.charter).proposals
    made = await proposals.draft(Draft(kind="evaluation", title="Une étude", study=study), login="mayor")
    with pytest.raises(ProposalMalformed):
        await proposals.submit(made.row.proposal_id, login="mayor")


def test_both_verifiers_follow_a_charter_in_which_an_evaluation_was_adopted(tmp_path: Path) -> None:
    charter = PaperCharter()
    charter.adopt({"name": "Cycle 3"})
    before = charter.head.state.policy
    charter.publish(charter.vote(charter.proposal("evaluation", study=STUDY)))
    assert charter.head.state.policy == before
    assert ours(body_of(charter)) is not None
    assert Said(tmp_path, body_of(charter)).code == 0
