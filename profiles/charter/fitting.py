"""Whether a proposal could be applied if it were adopted now, so that what never could is refused early, with words."""

from mdm.errors import Words
from mdm.fleet.kit_store import require_kit
from mdm.fleet.territory_store import require_school
from mdm.i18n import N_
from mdm.store import Connection
from profiles.charter.change import apply_changes
from profiles.charter.convention import convention_of, rule_for
from profiles.charter.errors import ProposalMalformed
from profiles.charter.making import policy_from, require_fitting
from profiles.charter.proposal import Proposal, proposal_of
from profiles.charter.proposal_errors import ConventionNotNewer
from profiles.charter.proposal_store import ProposalRow
from profiles.charter.record import Record
from profiles.charter.state import State, without_withdrawn
from profiles.charter.study_decisions import protocol_in
from profiles.policy import Policy


def require_applicable(conn: Connection, row: ProposalRow, head: Record, now: int) -> State:
    """Return the state as it would be after a proposal.

    Raises what says why it cannot be: `ProposalMalformed`, `NoSuchRule`, `ChangeImpossible`, `PolicyInvalid`,
    `ConventionInvalid`, `ConventionNotNewer`, `SchoolUnknown` or `KitUnknown`.
    """
    proposal = proposal_of(row.proposal().tree())
    convention = head.state.convention
    rule_for(convention, proposal.kind, price_cents=proposal.price_cents)
    if proposal.convention is not None:
        convention_of(proposal.convention.tree())
        if proposal.convention.version <= convention.version:
            raise ConventionNotNewer(version=convention.version)
    if proposal.study is not None and protocol_in(proposal.study) is None:
        raise ProposalMalformed(reason=Words(N_("its protocol cannot be read")))
    if proposal.scope is not None:
        for uai in proposal.scope.schools:
            require_school(conn, uai)
        for kit_id in proposal.scope.kits:
            require_kit(conn, kit_id)
    return require_fitting(head.state, proposal, convention, now)


def proposed_policy(after: State, proposal: Proposal, now: int) -> Policy:
    """Return the policy that a proposal would give to those whom it concerns."""
    tree = after.policy
    if proposal.scope is not None:
        for variant in after.variants:
            if variant.name == proposal.scope.name:
                tree = apply_changes(tree, variant.changes)
    return policy_from(without_withdrawn(tree, after.withdrawn, now))
