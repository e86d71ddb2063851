"""``make fuzz``: throw bad input at a server for a while; ends with 1 when one answer was a 5xx or memory grew."""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.throwing import throw
from tests.system.conftest import RunningValise

_GROWTH = 64 * 2**20


def main() -> None:
    """Run for the seconds that were asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        valise = RunningValise(Path(folder))
        valise.start()
        seen = throw(valise.device_port, rng, 300)
        before = valise.memory()
        deadline = time.monotonic() + options.seconds
        while time.monotonic() < deadline:
            seen += throw(valise.device_port, rng, 100)
        grown = valise.memory() - before
        well = valise.stop() == 0
    report(seen, grown)
    if not well or grown > _GROWTH or any(status >= 500 for status in seen):
        sys.exit(1)


def report(seen: Counter[int], grown: int) -> None:
    """Print what came back."""
    for status, count in sorted(seen.items()):
        print(f"{status or 'closed':>7}  {count}")
    print(f"memory grew by {grown / 2**20:.1f} MB")


if __name__ == "__main__":
    main()
