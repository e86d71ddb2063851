"""What a search of a lost tablet refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class LostError(ValiseError):
    """Something about a lost tablet that is refused."""

    code: ClassVar[str] = "lost_refused"
    status: ClassVar[int] = 409


class NotLost(LostError):
    """The tablet is not declared lost."""

    code: ClassVar[str] = "tablet_not_lost"
    message: ClassVar[str] = N_("The tablet is not declared lost.")
    hint: ClassVar[str] = N_("Only a tablet that is declared lost is asked where it is.")


class NotTheirs(LostError):
    """The person is no guardian of the child who has the tablet."""

    code: ClassVar[str] = "lost_not_theirs"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This tablet is not lent to a child for whom you answer.")
    hint: ClassVar[str] = N_("Go back to your page: your children's loans are there.")


class SearchRuns(LostError):
    """It is searched already."""

    code: ClassVar[str] = "lost_search_runs"
    message: ClassVar[str] = N_("The tablet is searched already.")
    hint: ClassVar[str] = N_("Its page shows what is known.")


class OtherPersonNeeded(LostError):
    """The same person cannot be both of the two."""

    code: ClassVar[str] = "lost_other_person_needed"
    message: ClassVar[str] = N_(
        "You were the first to ask: another person of the school or the authority must confirm."
    )
    hint: ClassVar[str] = N_("Nobody alone asks a tablet where it is. The other person opens the tablet's page.")


class NobodyDeclared(LostError):
    """There is nothing to confirm yet."""

    code: ClassVar[str] = "lost_nobody_asked"
    message: ClassVar[str] = N_("Nobody of the school or the authority has asked for a search yet.")
    hint: ClassVar[str] = N_("Ask for it first; then another person confirms.")


class NoPlaceTold(LostError):
    """A tablet of this kind tells no place."""

    code: ClassVar[str] = "lost_no_place_told"
    message: ClassVar[str] = N_("This tablet cannot say where it is.")
    hint: ClassVar[str] = N_("Only supervised iPads that are still managed can. It stays declared lost.")


class NotSearched(LostError):
    """The tablet may not be asked where it is."""

    code: ClassVar[str] = "lost_not_searched"
    message: ClassVar[str] = N_("The tablet is not asked where it is now.")
    hint: ClassVar[str] = N_("A guardian of the child asks for it, or two persons of the school or the authority.")


class AskedAlready(LostError):
    """A question waits for its answer, or was asked a moment ago."""

    code: ClassVar[str] = "lost_asked_already"
    status: ClassVar[int] = 429
    message: ClassVar[str] = N_("The tablet was asked a moment ago.")
    hint: ClassVar[str] = N_("It answers as soon as it is connected. Try again in {minutes} minutes.")


class NotLocked(LostError):
    """It does not ring before it is in lost mode."""

    code: ClassVar[str] = "lost_not_locked"
    message: ClassVar[str] = N_("The tablet cannot ring now: it has not locked itself yet.")
    hint: ClassVar[str] = N_(
        "It rings only once it is locked as lost, which needs a supervised iPad that is connected."
    )


class NotOneOfTwo(LostError):
    """Only the two persons who asked may see the position."""

    code: ClassVar[str] = "lost_not_one_of_two"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("Only the two persons who asked for the search see where the tablet is.")
    hint: ClassVar[str] = N_("The family sees it on its own page.")


class NoPerson(LostError):
    """A program, or the server's terminal, is none of the two persons."""

    code: ClassVar[str] = "lost_no_person"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("A search is asked for by a person who is signed in.")
    hint: ClassVar[str] = N_("Sign in, and open the tablet's page.")
