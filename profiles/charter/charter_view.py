"""The charter as people read it, on its public page and on paper: made from verified records alone. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from profiles.charter.ballot import Passkey
from profiles.charter.chain import convention_at
from profiles.charter.change import Add, Adopt, Replace
from profiles.charter.convention import Convention
from profiles.charter.convention_words import (
    KIND_NAMES,
    BodyWords,
    RuleWords,
    bodies_in_words,
    body_name,
    rules_in_words,
)
from profiles.charter.decision import Decision
from profiles.charter.differences import (
    Places,
    differences,
    variant_in_words,
    withdrawal_in_words,
)
from profiles.charter.making import policies_of, policy_from
from profiles.charter.policy_words import Difference, Rule, Topic, policy_differences, rules_of
from profiles.charter.proposal import Proposal, app_key, proposal_of
from profiles.charter.record import Record, Seat, SeatKey
from profiles.charter.seat_keys import is_within
from profiles.charter.sentence import Sentence
from profiles.charter.state import without_withdrawn
from profiles.policy import App

Platform = Literal["ipad", "android"]

_EXCERPT = 300
"""Characters of a purpose that are shown beside an app: the proposal itself holds all of it."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The decision that something comes from. ``purpose`` is the beginning of what was given as its purpose."""

    edition: int
    title: str
    purpose: str


class AppLine(msgspec.Struct, frozen=True, kw_only=True):
    """An app as it is listed. ``origin`` is None when no decision of the chain brought it."""

    name: str
    platforms: tuple[Platform, ...]
    required: bool
    details: tuple[Sentence, ...]
    origin: Origin | None


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """A group or pilot, and what it has that the others have not."""

    name: str
    kind: Literal["group", "pilot"]
    words: Sentence
    rules: tuple[Difference, ...]


class BodyCount(msgspec.Struct, frozen=True, kw_only=True):
    """How a body voted."""

    name: str
    seats: int
    yes: int
    no: int
    abstain: int
    binding: bool


class DecisionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A decision in the register. ``by_passkey`` and ``by_server`` count who took part, by what proves it."""

    edition: int
    kind: Sentence
    title: str
    purpose: str
    price_cents: int
    closed_at: int
    counts: tuple[BodyCount, ...]
    by_passkey: int
    by_server: int
    secret: bool
    in_meeting: bool
    stood_aside: int
    digest: str


class SeatKeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A voter's key and the label of the seat that it stood for. ``over``: it does not any more.

    Moments in milliseconds since the epoch; ``until`` is None while no end is planned.
    """

    label: str
    fingerprint: str
    since: int
    until: int | None
    over: bool

    @property
    def in_groups(self) -> str:
        """The fingerprint in groups of eight, to be compared."""
        return in_groups(self.fingerprint)


class CharterView(msgspec.Struct, frozen=True, kw_only=True):
    """An edition of the charter. ``rules`` by topic; ``register`` holds the newest decisions first, ``seat_keys`` those
    that stand, then those that ended.

    ``differences`` are those from the edition before, None for the founding one.
    """

    territory: str
    number: int
    edition_id: str
    previous: str | None
    made_at: int
    policy_name: str
    first_key: str
    convention: Convention
    bodies: tuple[BodyWords, ...]
    convention_rules: tuple[RuleWords, ...]
    apps: tuple[AppLine, ...]
    rules: dict[Topic, tuple[Rule, ...]]
    groups: tuple[GroupLine, ...]
    withdrawn: tuple[Sentence, ...]
    differences: tuple[Difference, ...] | None
    register: tuple[DecisionLine, ...]
    seat_keys: tuple[SeatKeyLine, ...]

    @property
    def key_in_groups(self) -> str:
        """The first key's fingerprint in groups of eight, to be read out."""
        return in_groups(self.first_key)


class _Adopted(msgspec.Struct, frozen=True, kw_only=True):
    edition: int
    decision: Decision
    proposal: Proposal
    convention: Convention


def charter_view(records: Sequence[Record], first_key: str, places: Places | None = None) -> CharterView:
    """Return the last of the records as people read it; they begin with the founding one and follow each other."""
    known, record = places or {}, records[-1]
    state = record.state
    policy = policy_from(without_withdrawn(state.policy, state.withdrawn, record.made_at))
    rules: dict[Topic, tuple[Rule, ...]] = {}
    told, proposals = rules_of(policy), _proposals(records)
    for rule in told:
        if rule.subject not in ("apps", "name"):
            rules[rule.topic] = (*rules.get(rule.topic, ()), rule)
    return CharterView(
        territory=record.territory,
        number=record.number,
        edition_id=record.edition_id,
        previous=record.previous,
        made_at=record.made_at,
        policy_name=policy.name,
        first_key=first_key,
        convention=state.convention,
        bodies=bodies_in_words(state.convention),
        convention_rules=rules_in_words(state.convention),
        apps=tuple(_apps(policy.apps, told, proposals)),
        rules=rules,
        groups=tuple(_groups(record, known)),
        withdrawn=tuple(withdrawal_in_words(one, *_policies_before(records)) for one in state.withdrawn),
        differences=differences(records[-2].state, state, known) if len(records) > 1 else None,
        register=tuple(reversed([_line(one) for one in proposals])),
        seat_keys=_seat_keys(record),
    )


def in_groups(fingerprint: str) -> str:
    """Return a fingerprint in groups of eight letters."""
    return " ".join(fingerprint[place : place + 8] for place in range(0, len(fingerprint), 8))


def excerpt(text: str) -> str:
    """Return the beginning of a long text, whole words of it."""
    words = " ".join(text.split())
    if len(words) <= _EXCERPT:
        return words
    return words[:_EXCERPT].rpartition(" ")[0] + " …"


def _apps(apps: Sequence[App], rules: Sequence[Rule], proposals: Sequence[_Adopted]) -> Iterator[AppLine]:
    details = [rule.details for rule in rules if rule.subject == "apps"]
    lines = [
        AppLine(
            name=app.name,
            platforms=(
                *(("ipad",) if app.bundle_id is not None else ()),
                *(("android",) if app.package is not None else ()),
            ),
            required=app.install == "required",
            details=said,
            origin=_origin(app, proposals),
        )
        for app, said in zip(apps, details, strict=True)
    ]
    yield from sorted(lines, key=lambda one: one.name.casefold())


def _origin(app: App, proposals: Sequence[_Adopted]) -> Origin | None:
    """Return the last decision that put an app into what is agreed, with the last purpose that was given for it."""
    found: Origin | None = None
    for one in proposals:
        proposal = one.proposal
        if proposal.scope is None and any(_same_app(app, entry) for entry in _brought(proposal)):
            # A review takes up every app at once: its purpose is not that of each.
            own = "" if proposal.kind == "review" else excerpt(proposal.purpose)
            purpose = own or (found.purpose if found is not None else "")
            found = Origin(edition=one.edition, title=proposal.title, purpose=purpose)
    return found


def _brought(proposal: Proposal) -> Iterator[Any]:
    for change in proposal.changes:
        if isinstance(change, Adopt):
            yield from change.policy.get("apps", [])
        elif isinstance(change, Add | Replace) and change.path == ("apps",):
            yield change.value


def _same_app(app: App, entry: Any) -> bool:
    key = app_key(entry) if isinstance(entry, dict) else {}
    own = {"bundle_id": app.bundle_id, "package": app.package}
    return any(own[name] == value for name, value in key.items())


def _proposals(records: Sequence[Record]) -> list[_Adopted]:
    """Return every decision of the chain, oldest first, each with the convention under which it was taken."""
    return [
        _Adopted(
            edition=record.number,
            decision=decision,
            proposal=proposal_of(decision.proposal),
            convention=convention_at(records[:place], decision.opened_at),
        )
        for place, record in enumerate(records)
        for decision in record.decisions
    ]


def _groups(record: Record, places: Places) -> Iterator[GroupLine]:
    general, *others = map(policy_from, policies_of(record.state, record.made_at))
    for one, policy in zip(record.state.variants, others, strict=True):
        yield GroupLine(
            name=one.name,
            kind=one.kind,
            words=variant_in_words(one, places),
            rules=policy_differences(general, policy),
        )


def _seat_keys(record: Record) -> tuple[SeatKeyLine, ...]:
    """Return the keys in the order of seats: those that stand when the edition is made, then those that ended."""
    lines = [_key_line(key, seat, record) for seat in record.seats for key in record.seat_keys if is_within(key, seat)]
    return tuple(sorted(lines, key=lambda one: one.over))


def _key_line(key: SeatKey, seat: Seat, record: Record) -> SeatKeyLine:
    over = key.until is not None and key.until <= record.made_at
    return SeatKeyLine(label=seat.label, fingerprint=key.fingerprint, since=key.since, until=key.until, over=over)


def _policies_before(records: Sequence[Record]) -> list[Any]:
    """Return the policies from the newest to the oldest: what was withdrawn is named in the last that had it."""
    return [record.state.policy for record in reversed(records)]


def _line(one: _Adopted) -> DecisionLine:
    decision, proposal, convention = one.decision, one.proposal, one.convention
    secret = bool(decision.taken_part)
    taken_part = decision.taken_part if secret else decision.ballots
    own = sum(isinstance(ballot.evidence, Passkey) for ballot in taken_part)
    return DecisionLine(
        edition=one.edition,
        kind=Sentence(KIND_NAMES[proposal.kind]),
        title=proposal.title,
        purpose=proposal.purpose,
        price_cents=proposal.price_cents,
        closed_at=decision.closed_at,
        counts=tuple(
            BodyCount(
                name=body_name(convention, body.body),
                seats=body.seats,
                yes=body.yes,
                no=body.no,
                abstain=body.abstain,
                binding=body.binding,
            )
            for body in decision.tally.bodies
            if body.binding or body.yes or body.no or body.abstain
        ),
        by_passkey=own,
        by_server=len(taken_part) - own,
        secret=secret,
        in_meeting=decision.meeting is not None,
        stood_aside=len(decision.recused),
        digest=proposal.digest,
    )
