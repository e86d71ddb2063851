"""A fault in the log says where, and nothing of what was in the hands at that moment."""

import json
import logging

import pytest
import structlog

from mdm.logs import configure_logging


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_fault_is_logged_without_the_variables_around_it(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers
    try:
        configure_logging("info", form)
        bearer = "valise_" + "a1b2c3" * 6
        try:
            json.loads(bearer.replace("valise_", "{"))
        except ValueError:
            structlog.get_logger("faults").exception("page_failed", reference="0011", token=bearer)
        said = capsys.readouterr().err
    finally:
        logging.getLogger().handlers = before
        structlog.reset_defaults()
    assert "page_failed" in said
    assert "JSONDecodeError" in said
    assert "a1b2c3a1b2c3" not in said
