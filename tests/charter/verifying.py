"""Both verifiers of a charter: the server's own, and the one that anybody may run without any of our code."""

import subprocess
import sys
from pathlib import Path

from profiles.charter.canonical import canonical_json
from profiles.charter.chain import Verdict, export_of, verify_chain
from profiles.charter.errors import CharterError
from tests.charter.agreeing import PaperCharter

VERIFIER = Path(__file__).parents[2] / "docs" / "verify-charter.py"


class Said:
    """What the verifier said of a file."""

    def __init__(self, folder: Path, body: bytes, *options: str) -> None:
        file = folder / "export.json"
        file.write_bytes(body)
        # -I: neither our folder nor our environment is looked at.
        done = subprocess.run([sys.executable, "-I", VERIFIER, file, *options], capture_output=True, check=False)
        assert done.stderr == b""
        self.code, self.text = done.returncode, done.stdout.decode()


def ours(body: bytes) -> Verdict | None:
    """What our verifier finds; None when it refuses."""
    try:
        return verify_chain(export_of(body))
    except CharterError:
        return None


def body_of(charter: PaperCharter) -> bytes:
    return canonical_json(charter.export().tree())


def refused_by_both(folder: Path, body: bytes) -> str:
    """Both refuse; return the words of the independent one."""
    said = Said(folder, body)
    assert (said.code, ours(body)) == (1, None), said.text
    assert said.text.startswith("Pas juste")
    return said.text
