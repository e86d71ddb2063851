"""``make bench``: every measurement, as tables and as JSON in bench/results/."""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

import psutil

from bench import agents, cycles, fan_out
from bench.enrolments import measure_enrolments
from bench.territory import CLIENT_CORE, SERVER_CORE, RunningServer, prepare
from tests.temporary_postgres import PostgresMissing, TemporaryPostgres

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description="Measure Valise: server and database on one core, clients on another.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--enrolled", type=int, action="append")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--agents", action="store_true", help="Android tablets only")
    options = parser.parse_args()
    cycles.pin_to(CLIENT_CORE)
    found = []
    if options.agents or not (options.engine or options.enrolled):
        found += agents.run()
        for result in found:
            show(result)
    for engine in [] if options.agents else options.engine or ["sqlite", "postgresql"]:
        for enrolled in options.enrolled or [1000, 10_000, 100_000]:
            found.append(measure(engine, enrolled, options.runs))
            show(found[-1])
    if not (options.engine or options.enrolled or options.agents):
        found.append(
            {"engine": "sqlite", "enrolments": [asyncio.run(measure_enrolments()) for _ in range(options.runs)]}
        )
        found.append({"engine": "sqlite", "fan_out_to_10000": fan_out.run(options.runs)})
        for result in found[-2:]:
            show(result)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"cycles-{int(time.time())}.json"
    path.write_text(json.dumps(found, indent=2), encoding="utf-8")
    print(f"written: {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


def measure(engine: str, enrolled: int, runs: int) -> dict[str, object]:
    """Measure one engine with so many enrolled tablets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres = None
        watched: list[psutil.Process] = []
        url = f"sqlite:///{folder / 'valise.db'}"
        if engine == "postgresql":
            try:
                postgres = TemporaryPostgres(["taskset", "-c", SERVER_CORE])
                postgres.start()
            except PostgresMissing as missing:
                return {"engine": engine, "enrolled": enrolled, "not_run": str(missing)}
            url = postgres.create("valise")
            watched = [psutil.Process(postgres.pid)]
        try:
            site = prepare(folder, url, enrolled)
            server = RunningServer(site, watched)
            cold = server.cold_start_seconds
            done = [asyncio.run(cycles.measure_cycles(site, server, run)) for run in range(runs)]
            idle = [asyncio.run(cycles.measure_idle(site, server)) for _ in range(runs)]
            memory = server.memory_bytes()
            server.stop()
        finally:
            if postgres is not None:
                postgres.stop()
    return {
        "engine": engine,
        "enrolled": enrolled,
        "cycles": done,
        "idle": idle,
        "memory_mb": round(memory / 2**20, 1),
        "cold_start_s": round(cold, 2),
    }


_TITLES = (
    ("cycles", "cycles"),
    ("idle, nothing queued", "idle"),
    ("enrolments", "enrolments"),
    ("1 command, 10,000", "fan_out_to_10000"),
    ("Android", "rates"),
    ("Android, held polls", "held"),
    ("Android, 1 GB at once", "downloads_10_x_100_mb"),
)


def show(result: dict[str, object]) -> None:
    """Print one result."""
    count = result.get("enrolled", result.get("android_enrolled"))
    enrolled = f", {count} enrolled" if count is not None else ""
    print(f"\n{result['engine']}{enrolled}")
    if "not_run" in result:
        print(f"  not run: {result['not_run']}")
        return
    for title, key in _TITLES:
        runs = result.get(key)
        runs = [runs] if isinstance(runs, dict) else runs
        if not isinstance(runs, list):
            continue
        for name in runs[0]:
            values = sorted(run[name] for run in runs)
            middle = values[len(values) // 2]
            print(f"  {title:22} {name:18} min {values[0]:9.2f}  median {middle:9.2f}  max {values[-1]:9.2f}")
    if "memory_mb" in result:
        print(f"  memory {result['memory_mb']} MB, cold start {result['cold_start_s']} s")


if __name__ == "__main__":
    main()
