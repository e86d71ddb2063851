"""Proposals: drafted, submitted and examined, before their votes."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.errors import KitUnknown, SchoolUnknown
from profiles.catalogue.errors import ItemUnknown, RevisionDamaged
from profiles.charter.convention import Kind
from profiles.charter.drafting import Draft
from profiles.charter.errors import (
    ChangeImpossible,
    ConventionInvalid,
    EditionNotVerified,
    NoCharter,
    NoSuchRule,
    ProposalMalformed,
    RecordMalformed,
)
from profiles.charter.proposal_errors import (
    ChangedDuringVote,
    ConventionNotNewer,
    NotTheAuthor,
    ProposalChanged,
    ReasonsNeeded,
    StepImpossible,
    WordsRefused,
)
from profiles.charter.proposal_life import ProposalState
from profiles.charter.proposals import Proposals
from profiles.charter.vote_errors import ProposalUnknown
from profiles.compilers import Compilers
from profiles.errors import PolicyInvalid, SecretUnknown
from webui.api.errors import Stale
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.discussions import DiscussionOperations
from webui.api.resources.editions import VariantGaps
from webui.api.resources.proposal_shown import (
    ProposalItem,
    ProposalPath,
    ProposalShown,
    Text,
    created,
    line,
    versioned,
)
from webui.api.results import Created, Nothing, Versioned
from webui.errors import NotAllowed
from webui.permissions import Action

_BODY_BYTES = 4 * 1024 * 1024


class ProposalQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses proposals; `text` finds up to four words in title and purpose."""

    state: ProposalState | None = None
    kind: Kind | None = None
    author: Annotated[str, Meta(max_length=64)] = ""
    text: Annotated[str, Meta(max_length=200)] = ""


class StepTaken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that go with a step."""

    words: Text = ""


_UNSOUND = (NoCharter, EditionNotVerified, RecordMalformed)
_FITS = (
    *_UNSOUND,
    ChangeImpossible,
    ProposalMalformed,
    PolicyInvalid,
    NoSuchRule,
    ConventionInvalid,
    ConventionNotNewer,
    SchoolUnknown,
    KitUnknown,
    ItemUnknown,
    RevisionDamaged,
)
_DRAFT = (ProposalMalformed, WordsRefused, ItemUnknown, RevisionDamaged)


class ProposalOperations:
    """Reads and moves proposals."""

    def __init__(self, proposals: Proposals, compilers: Compilers) -> None:
        self._proposals = proposals
        self._compilers = compilers

    def operations(self) -> list[Operation]:
        """Return the operations."""
        said = DiscussionOperations(self._proposals).operations()
        return [*self._reading(), *self._writing(), *self._steps(), *said]

    def _reading(self) -> list[Operation]:
        return [
            operation(
                "GET",
                "/proposals",
                self.list_proposals,
                name="list_proposals",
                summary="The proposals, the one that changed last first.",
                needs=Action.READ_PROPOSALS,
            ),
            operation(
                "GET",
                "/proposals/{proposal_id}",
                self.show,
                name="show_proposal",
                summary="A proposal with its history.",
                needs=Action.READ_PROPOSALS,
                errors=(ProposalUnknown, ItemUnknown, RevisionDamaged),
            ),
            operation(
                "GET",
                "/proposals/{proposal_id}/gaps",
                self.gaps,
                name="show_proposal_gaps",
                summary="What tablets of each platform would not obey if it were adopted.",
                needs=Action.READ_PROPOSALS,
                errors=(*_FITS, ProposalUnknown, SecretUnknown),
            ),
        ]

    def _writing(self) -> list[Operation]:
        return [
            operation(
                "POST",
                "/proposals",
                self.draft,
                name="draft_proposal",
                summary="Draft a proposal.",
                needs=Action.PROPOSE,
                creates=Creates.IN_STEPS,
                errors=_DRAFT,
                body_bytes=_BODY_BYTES,
            ),
            operation(
                "PUT",
                "/proposals/{proposal_id}",
                self.change,
                name="change_proposal",
                summary="Put another content in the place of one's proposal's; it is a draft again.",
                needs=Action.PROPOSE,
                edits=True,
                errors=(*_DRAFT, ProposalUnknown, StepImpossible, ChangedDuringVote, NotTheAuthor),
                body_bytes=_BODY_BYTES,
            ),
        ]

    def _steps(self) -> list[Operation]:
        author = (ProposalUnknown, StepImpossible, NotTheAuthor, WordsRefused, ItemUnknown, RevisionDamaged)
        secretariat = (ProposalUnknown, StepImpossible, WordsRefused, ItemUnknown, RevisionDamaged)
        return [
            operation(
                "POST",
                "/proposals/{proposal_id}/submission",
                self.submit,
                name="submit_proposal",
                summary="Submit one's proposal, with its dossiers as they are now.",
                needs=Action.PROPOSE,
                errors=tuple(dict.fromkeys((*_FITS, *author))),
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/retraction",
                self.withdraw,
                name="retract_proposal",
                summary="Take one's proposal back before its vote.",
                needs=Action.PROPOSE,
                errors=author,
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/admission",
                self.admit,
                name="admit_proposal",
                summary="Find a proposal admissible.",
                needs=Action.EXAMINE_PROPOSAL,
                errors=tuple(dict.fromkeys((*_FITS, *secretariat))),
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/return",
                self.send_back,
                name="send_proposal_back",
                summary="Send a proposal back to its author, with reasons.",
                needs=Action.EXAMINE_PROPOSAL,
                errors=(*secretariat, ReasonsNeeded),
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/examination",
                self.examine,
                name="examine_proposal",
                summary="Note that a proposal was examined; its vote can be opened then. A pilot is validated instead.",
                needs=Action.EXAMINE_PROPOSAL,
                errors=secretariat,
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/validation",
                self.validate_pilot,
                name="validate_pilot",
                summary="Validate the project of a pilot, as the DSDEN; its vote can be opened then.",
                needs=Action.VALIDATE_PILOT,
                errors=secretariat,
            ),
        ]

    async def list_proposals(self, call: Call[Nothing, ProposalQuery, Nothing]) -> Page[ProposalItem]:
        """Return proposals."""
        query = call.query
        rows = await self._proposals.list(
            state=query.state,
            kind=query.kind,
            author=query.author,
            text=query.text,
            after=after(query, tuple[int, str]),
            limit=query.limit + 1,
        )
        return page_of(query, rows, line, lambda row: (row.changed_at, row.proposal_id))

    async def show(self, call: Call[ProposalPath, Nothing, Nothing]) -> Versioned[ProposalShown]:
        """Return a proposal."""
        return versioned(await self._proposals.show(call.path.proposal_id))

    async def gaps(self, call: Call[ProposalPath, Nothing, Nothing]) -> VariantGaps:
        """Return what would not be obeyed."""
        gaps = await self._proposals.gaps(call.path.proposal_id, self._compilers)
        words = call.translate
        return VariantGaps(
            variant="",
            ipad=tuple(one.in_words(words) for one in gaps.ipad),
            android=tuple(one.in_words(words) for one in gaps.android),
        )

    async def draft(self, call: Call[Nothing, Nothing, Draft]) -> Created[ProposalShown]:
        """Make a proposal."""
        return created(await self._proposals.draft(call.body, login=call.login))

    async def change(self, call: Call[ProposalPath, Nothing, Draft]) -> Versioned[ProposalShown]:
        """Change a proposal that nobody changed since it was read."""
        login, revision = call.login, call.expected.revision()
        try:
            view = await self._proposals.change(call.path.proposal_id, call.body, revision=revision, login=login)
        except ProposalChanged as error:
            raise Stale from error
        return versioned(view)

    async def submit(self, call: Call[ProposalPath, Nothing, Nothing]) -> Versioned[ProposalShown]:
        """Submit a proposal."""
        login = call.login
        return versioned(await self._proposals.submit(call.path.proposal_id, login=login))

    async def withdraw(self, call: Call[ProposalPath, Nothing, StepTaken]) -> Versioned[ProposalShown]:
        """Take a proposal back."""
        login = call.login
        return versioned(await self._proposals.withdraw(call.path.proposal_id, login=login, words=call.body.words))

    async def admit(self, call: Call[ProposalPath, Nothing, StepTaken]) -> Versioned[ProposalShown]:
        """Admit a proposal."""
        login = call.login
        return versioned(await self._proposals.admit(call.path.proposal_id, login=login, words=call.body.words))

    async def send_back(self, call: Call[ProposalPath, Nothing, StepTaken]) -> Versioned[ProposalShown]:
        """Send a proposal back."""
        login = call.login
        return versioned(await self._proposals.send_back(call.path.proposal_id, login=login, words=call.body.words))

    async def examine(self, call: Call[ProposalPath, Nothing, StepTaken]) -> Versioned[ProposalShown]:
        """Note an examination."""
        return await self._examined(call, pilot=False)

    async def validate_pilot(self, call: Call[ProposalPath, Nothing, StepTaken]) -> Versioned[ProposalShown]:
        """Note the examination of a pilot."""
        return await self._examined(call, pilot=True)

    async def _examined(self, call: Call[ProposalPath, Nothing, StepTaken], *, pilot: bool) -> Versioned[ProposalShown]:
        login, proposal_id = call.login, call.path.proposal_id
        if ((await self._proposals.show(proposal_id)).row.kind == "pilot") != pilot:
            raise NotAllowed
        return versioned(await self._proposals.examine(proposal_id, login=login, words=call.body.words))
