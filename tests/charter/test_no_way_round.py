"""Whatever is done, in whatever order, an edition holds what the convention allowed and nothing else."""

import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.errors import ValiseError
from mdm.journal import Journal
from mdm.store import open_database
from mdm.vault import Vault
from profiles.android.compiler import AndroidCompiler
from profiles.charter.agreed import AgreedPolicy
from profiles.compiler import Compiler
from profiles.policy import Policy
from tests.charter.agreeing import SIMPLE
from tests.charter.committee import EVERYBODY, SEATS, Committee

APPS = ("fr.lire", "fr.compter", "fr.ecrire")
BODY_OF = dict(SEATS)
DECIDING = ("authority", "dsden", "teachers")


class Watched:
    """A committee, and beside it what was said, kept apart from the server's own books."""

    def __init__(self, committee: Committee) -> None:
        self.committee = committee
        self.said: dict[str, dict[str, str]] = {}
        self.wants: dict[str, str] = {}
        self.closed: set[str] = set()

    async def do(self, action: str, chance: random.Random) -> None:
        known = sorted(self.wants)
        one = chance.choice(known) if known else ""
        charter = self.committee.charter
        if action == "open":
            app = chance.choice(APPS)
            entry = {"name": app, "bundle_id": app, "store_id": 1}
            new = await self.committee.opened("add_app", changes=[{"op": "add", "path": ["apps"], "value": entry}])
            self.wants[new], self.said[new] = app, {}
        elif action == "cast" and one:
            seat, choice = chance.choice(EVERYBODY), chance.choice(["yes", "yes", "yes", "no", "abstain"])
            await charter.casting.cast(one, seat, choice)  # type: ignore[arg-type]
            self.said[one][seat] = choice
        elif action == "all" and one:
            for seat in EVERYBODY:
                await charter.casting.cast(one, seat, "yes")
                self.said[one][seat] = "yes"
        elif action == "close" and one:
            await charter.votes.close(one, actor="test")
            self.closed.add(one)
        elif action == "wait":
            self.committee.clock.advance(timedelta(days=chance.choice([1, 14])))  # type: ignore[attr-defined]
            self.closed |= set(await charter.votes.close_due())
        elif action == "publish":
            await charter.editions.publish(actor="test")
        elif action == "stranger" and one:
            await charter.casting.cast(one, chance.choice(["technician", "admin", "mayor-2"]), "yes")

    def allowed(self) -> set[str]:
        """The apps that a closed vote allowed, by what was said."""
        found = set()
        for proposal_id in self.closed:
            choices = self.said[proposal_id]
            bodies = []
            for body in DECIDING:
                seats = [seat for seat in EVERYBODY if BODY_OF[seat] == body]
                given_ = [choices[seat] for seat in seats if seat in choices]
                quorum = Fraction(len(given_), len(seats)) >= Fraction(1, 2)
                bodies.append(quorum and given_.count("yes") > given_.count("no"))
            if all(bodies):
                found.add(self.wants[proposal_id])
        return found


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    actions=st.lists(
        st.sampled_from(["open", "cast", "cast", "cast", "all", "close", "wait", "publish", "stranger"]),
        min_size=5,
        max_size=60,
    ),
    seed=st.integers(0, 2**32),
)
async def test_no_sequence_of_actions_reaches_an_edition_that_the_convention_did_not_allow(
    actions: list[str], seed: int
) -> None:

    clock = ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{Path(folder) / 'v.db'}", clock, migrate=True)
        try:
            committee = Committee(database, clock, Journal(clock), Vault(bytes(range(32))))
            await committee.begin(SIMPLE)
            watched, chance = Watched(committee), random.Random(seed)
            for action in actions:
                try:
                    await watched.do(action, chance)
                except ValiseError:
                    continue
            head = await committee.charter.editions.head()
            held = {app["bundle_id"] for app in head.state.policy.get("apps", [])}
            assert held <= watched.allowed()
            assert (await committee.charter.editions.verify()).editions == head.number
        finally:
            await database.close()


def test_nobody_makes_an_agreed_policy_but_the_verifier() -> None:
    for maker in (None, object(), "charter", AgreedPolicy):
        with pytest.raises(TypeError):
            AgreedPolicy(maker, policy=Policy(name="a"), edition_id="e", number=1)


def _sources() -> Iterator[tuple[Path, str]]:
    root = Path(__file__).resolve().parents[2]
    for room in ("mdm", "enrollment", "profiles", "push", "webui"):
        for file in (root / room).rglob("*.py"):
            if "simulator" not in file.parts:
                yield file.relative_to(root), file.read_text(encoding="utf-8")


def test_one_file_makes_agreed_policies_and_one_file_has_them_compiled() -> None:
    """A second door would have to be written first: this says where the first one is."""
    makers = {str(file) for file, text in _sources() if "AgreedPolicy(_MAKER" in text}
    assert makers == {"profiles/charter/agreed.py"}
    compiling = {
        str(file)
        for file, text in _sources()
        if "_compilers.apple.compile(" in text or "_compilers.android.compile(" in text
    }
    assert compiling == {"profiles/targets.py"}


def test_the_compilers_take_an_agreed_policy() -> None:
    for kind in (Compiler, AndroidCompiler):
        assert kind.compile.__annotations__["agreed"] is AgreedPolicy
