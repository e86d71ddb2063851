"""No bad input gives a 5xx, a traceback or growth, and the server serves on."""

import random
import ssl
import urllib.request
from collections.abc import Callable

import pytest

from tests.fuzz.throwing import throw
from tests.system.conftest import RunningValise


@pytest.mark.slow
def test_bad_input_is_refused_and_nothing_grows(make_valise: Callable[..., RunningValise]) -> None:
    valise = make_valise()
    valise.start()
    rng = random.Random(20261124)
    seen = throw(valise.device_port, rng, 300)
    before = valise.memory()
    seen += throw(valise.device_port, rng, 1200)
    assert [status for status in seen if status >= 500] == [], seen
    assert valise.memory() - before < 64 * 2**20
    trust = ssl.create_default_context(cafile=str(valise.root))
    with urllib.request.urlopen(f"{valise.device_url}/ca.crt", context=trust) as answer:
        assert answer.status == 200
    log = valise.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "request_failed" not in log
