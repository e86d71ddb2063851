"""What the committee decided about evaluations: an adopted proposal with the protocol, or with its digest as purpose.

Both are part of what ballots sign, so that a decision for one protocol stands for no other.
"""

from mdm.store import Connection
from profiles.charter.canonical import digest_of
from profiles.charter.proposal import proposal_of
from profiles.charter.vote_store import vote_of


class AdoptedEthics:
    """Answers from the votes that were taken."""

    def adopted(self, conn: Connection, reference: str, digest: str) -> bool:
        """Tell whether the committee adopted the proposal ``reference``, and whether it names the digest."""
        vote = vote_of(conn, reference)
        decision = vote.decided() if vote is not None else None
        if vote is None or decision is None or not decision.tally.adopted:
            return False
        # The decision holds what was voted on; the digest is what every ballot signed.
        if digest_of(decision.proposal) != vote.digest:
            return False
        proposal = proposal_of(decision.proposal)
        return digest in (proposal.study.digest if proposal.study is not None else proposal.purpose)
