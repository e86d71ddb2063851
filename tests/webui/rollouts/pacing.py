"""A territory whose editions are rolled out, behind the real pages: the tablets obey, refuse, or sleep."""

from datetime import timedelta
from pathlib import Path

from mdm.clock import ManualClock
from profiles.rollouts.gates import Gates
from profiles.rollouts.rollout import Plan, Rollout
from profiles.rollouts.waves import NOW, Wave
from tests.rollouts.world import Territory
from tests.webui.repairs.console import OTHER_SCHOOL, Console


class World:
    """Three kits of Android tablets, an edition that they follow, and a newer one that waits."""

    def __init__(self, console: Console, clock: ManualClock, folder: Path) -> None:
        self.console = console
        self.clock = clock
        self.territory = Territory(console.database, clock, folder)
        self.kits: dict[str, str] = {}

    async def settle(self) -> None:
        await self.territory.agree()
        for name, uai in (("Andromède", "0400377T"), ("Bételgeuse", "0400377T"), ("Céphée", OTHER_SCHOOL)):
            self.kits[name] = (await self.territory.kit(name, uai=uai, tablets=3)).kit_id
        await self.publish()

    async def publish(self) -> None:
        """A newer edition: the tablets get a web page on their home screen."""
        clip = {"label": "Bibliothèque", "url": "https://bibliotheque.example.fr"}
        await self.territory.publish(web_clips=[clip])

    async def tablets(self, *names: str) -> list[str]:
        return await self.territory.tablets_of(*(self.kits[name] for name in names))

    async def obey(self, *names: str, refusing: int = 0) -> list[str]:
        """Let the tablets of kits report a moment later, the first ones with a refusal; return them."""
        self.clock.advance(timedelta(seconds=1))
        tablets = await self.tablets(*names)
        await self.territory.obey(tablets, refusing=tablets[:refusing])
        await self.run()
        return tablets

    async def run(self) -> None:
        """Let the runner do all that it can now."""
        await self.territory.runner.run_once()

    async def begin(self, *pilots: str) -> Rollout:
        """A rollout that is under way: these kits were moved."""
        rollout = await self.territory.begin(
            Plan(
                waves=(Wave(pilots=True, window=NOW), Wave(window=NOW)),
                pilots=tuple(self.kits[name] for name in pilots),
                gates=Gates(grace_minutes=60),
                kits_per_minute=1000,
            )
        )
        await self.run()
        return rollout

    async def later(self, **time: int) -> None:
        self.clock.advance(timedelta(**time))
        await self.run()

    async def moved(self, rollout: Rollout | str) -> set[str]:
        """The kits that are on the newest edition, by name."""
        rollout_id = rollout if isinstance(rollout, str) else rollout.rollout_id
        edition = (await self.territory.rollouts.show(rollout_id)).rollout.edition_id
        return {name for name, follows in (await self.territory.editions()).items() if follows == edition}
