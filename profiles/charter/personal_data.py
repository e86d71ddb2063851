"""What the charter keeps of persons: who sat, proposed, spoke and voted. Decisions of a public body are public."""

from mdm.privacy.declaration import (
    Activity,
    ByRoom,
    Owner,
    Personal,
    Stay,
    Table,
    actor,
    login,
    nothing_personal,
)
from mdm.privacy.retention import After, Kept, WithPerson
from mdm.privacy.vocabulary import EVERYBODY, PUBLIC, SELF, Basis, Data, Persons

COMMITTEE = Activity(
    key="committee",
    name="The committee's proposals and decisions",
    purpose="To agree, before anything reaches a tablet, on what tablets may hold, and to prove what was decided.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.COMMITTEE,),
    seen_by=(EVERYBODY,),
    source="The person concerned, and the body that appoints to the seat.",
    grounds="it is the record of a public body's deliberations",
    recipients=("the public archives, with the minutes",),
)

SEATS = "charter"
"""The function that erases what is sealed; see `profiles.charter.forgetting`."""

_PUBLIC = Kept(reason="it is the record of a public body's decisions")
_SAID = Stay("It is part of a public deliberation; who said it is erased.")
_BALLOTS = Stay("A ballot is a public decision of a seat (article 17(3)(d)); it names no person.")


def _sealed(column: str, what: str, holds: str = "login") -> Personal:
    return Personal(
        column=column,
        what=what,
        data=Data.IDENTITY,
        of=Owner(subject="account", column=column, holds=holds),
        erasure=ByRoom(SEATS),
    )


def _passkey(column: str, what: str, *, secret: bool = False) -> Personal:
    return Personal(
        column=column, what=what, data=Data.ACCOUNT, seen_by=(SELF, "dpo"), erasure=ByRoom(SEATS), secret=secret
    )


def _words(column: str, what: str) -> Personal:
    return Personal(column=column, what=what, data=Data.OPINION, erasure=_SAID)


TABLES = (
    Table(
        name="seat_holding",
        about="Who holds a seat of the committee",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            _sealed("holder", "who holds the seat"),
            _sealed("deputy", "who stands in for the holder"),
            _sealed("proposed_by", "who proposed the appointment", "actor"),
            _sealed("confirmed_by", "who confirmed the appointment", "actor"),
        ),
        plain="holding_id seat_id body label reference state term_ends_at since until proposed_at position seal",
    ),
    Table(
        name="member_passkey",
        about="Passkeys of members",
        activity=COMMITTEE,
        owners=(Owner(subject="account", column="login", holds="login"),),
        retention=WithPerson(),
        fields=(
            _passkey("credential_id", "the passkey's identifier"),
            _passkey("login", "whose passkey it is"),
            _passkey("public_key", "the passkey's public key"),
            _passkey("sign_count", "how often it was used"),
            _passkey("label", "what the member calls it"),
            _passkey("created_at", "when it was registered"),
            _passkey("revoked_at", "when it was revoked"),
        ),
        plain="seal",
    ),
    Table(
        name="passkey_challenge",
        about="Challenges that wait for a passkey",
        activity=COMMITTEE,
        owners=(Owner(subject="account", column="login", holds="login"),),
        retention=After(column="expires_at", event="the end of the time in which it may be answered"),
        fields=(
            Personal(column="login", what="whom the passkey is asked of", data=Data.ACCOUNT, seen_by=(SELF,)),
            Personal(column="purpose", what="what the passkey is asked for", data=Data.ACCOUNT, seen_by=(SELF,)),
        ),
        plain="challenge expires_at",
    ),
    Table(
        name="proposal",
        about="Proposals to the committee",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            login("author", "who proposed it", persons=(Persons.COMMITTEE,)),
            _words("title", "the proposal's title"),
            _words("body", "the proposal"),
            _words("search_key", "the words by which it is found"),
        ),
        plain="proposal_id kind state revision round created_at changed_at submitted_at",
    ),
    Table(
        name="proposal_event",
        about="What happened to a proposal",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            actor("actor", "who did or said it", persons=(Persons.COMMITTEE,)),
            _words("words", "what was said"),
        ),
        plain="proposal_id position kind at about",
    ),
    Table(
        name="recusal",
        about="Seats that stood aside",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(_words("words", "why the seat stood aside"),),
        plain="proposal_id seat_id at",
    ),
    Table(
        name="meeting",
        about="Meetings",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            login("called_by", "who called the meeting", persons=(Persons.COMMITTEE,)),
            _words("notes", "what was said in the meeting"),
        ),
        plain="meeting_id kind title place begins_at state revision called_at opened_at closed_at",
    ),
    Table(
        name="meeting_item",
        about="Items of an agenda",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(_words("notes", "what was said on the item"),),
        plain="meeting_id position title proposal_id",
    ),
    Table(
        name="attendance",
        about="Presence in a meeting, by seat",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            Personal(
                column="presence",
                what="whether the seat's holder or deputy was there",
                data=Data.ACTIVITY,
                erasure=_BALLOTS,
            ),
        ),
        plain="meeting_id seat_id",
    ),
    Table(
        name="vote",
        about="Votes and decisions",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            actor("opened_by", "who opened the vote", persons=(Persons.COMMITTEE,)),
            Personal(
                column="frozen",
                what="the proposal as it is voted",
                data=Data.OPINION,
                seen_by=(PUBLIC,),
                erasure=_BALLOTS,
            ),
            Personal(
                column="decision",
                what="the decision with its ballots, by seat",
                data=Data.OPINION,
                seen_by=(PUBLIC,),
                erasure=_BALLOTS,
            ),
        ),
        plain="proposal_id round digest secret opened_at closes_at closed_at meeting_id adopted impossible edition_id",
    ),
    Table(
        name="ballot",
        about="Ballots, by seat",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            Personal(
                column="ballot",
                what="what the seat voted, with the passkey's signature",
                data=Data.OPINION,
                erasure=_BALLOTS,
            ),
            Personal(column="by_deputy", what="whether the deputy voted", data=Data.ACTIVITY, erasure=_BALLOTS),
            Personal(column="cast_at", what="when the seat voted", data=Data.ACTIVITY, erasure=_BALLOTS),
        ),
        plain="proposal_id round seat_id",
    ),
    nothing_personal(
        "secret_ballot", "serial proposal_id round ballot", why="a choice that nothing joins with a seat or a person"
    ),
    Table(
        name="edition",
        about="Editions of the charter",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(
            actor("loaded_by", "who published the edition", persons=(Persons.COMMITTEE,)),
            Personal(
                column="body",
                what="the decisions with their ballots and keys, by seat",
                data=Data.OPINION,
                seen_by=(PUBLIC,),
                erasure=_BALLOTS,
            ),
        ),
        plain="edition_id name loaded_at number previous_id key_id signature",
    ),
    Table(
        name="edition_key",
        about="Keys that sign editions",
        activity=COMMITTEE,
        retention=_PUBLIC,
        fields=(actor("created_by", "who made the key", persons=(Persons.COMMITTEE,)),),
        plain="key_id position public_key from_number previous_id signature sealed_key created_at",
    ),
    nothing_personal(
        "charter",
        "one territory head_id head_seal current_id current_seal founded_at moments_until",
        why="which edition is in force",
    ),
)
