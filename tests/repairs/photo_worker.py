"""Reports faults with photos until it is killed; prints the hash of each photo that was acknowledged."""

import asyncio
import sys
from pathlib import Path

from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.repairs.fault import FaultKind
from mdm.repairs.faults import Faults
from mdm.repairs.photos import Photos
from mdm.repairs.repairs import Repairs
from mdm.repairs.warranties import NoWarranties
from mdm.store import open_database
from tests.repairs.world import picture


async def work(url: str, folder: Path, tablet_id: str, seed: int) -> None:
    clock = SystemClock()
    database = await open_database(url, clock)
    journal = Journal(clock)
    faults = Faults(database, clock, journal, Photos(folder, clock), NoWarranties())
    repairs = Repairs(database, clock, journal)
    for number in range(1000):
        # Each photo has a colour of its own, so a file of its own.
        photo = picture(colour=f"#{seed:02x}{number % 256:02x}{number // 256:02x}")
        fault = await faults.report(tablet_id, FaultKind.SCREEN, photos=(photo,), actor="account:worker")
        digest = (await faults.show(fault.fault_id)).photos[-1].hash
        sys.stdout.write(f"{digest}\n")
        sys.stdout.flush()
        await repairs.dismiss(fault.fault_id, actor="account:worker")
        await repairs.close(fault.fault_id, actor="account:worker")


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
