"""docs/cli.md is what the command says of itself, and the help speaks both languages."""

from pathlib import Path

import pytest

from tests.cli.reference import help_of, reference, verbs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


@pytest.mark.slow
def test_the_reference_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_the_help_is_in_french_where_the_terminal_is() -> None:
    assert "Valise gère les tablettes" in help_of((), "fr_FR.UTF-8")
    assert "Valise manages" in help_of((), "en_GB.UTF-8")
    assert "Créer des valises" in help_of(("kit",), "fr_FR.UTF-8")


def test_every_verb_that_was_promised_is_there() -> None:
    promised = {
        ("serve",), ("init",), ("demo",), ("simulate",), ("kit", "create"), ("kit", "list"), ("kit", "show"),
        ("kit", "qr"), ("device", "list"), ("device", "show"), ("command", "send"), ("push-cert", "csr"),
        ("push-cert", "import"), ("push-cert", "status"), ("journal", "show"), ("journal", "verify"),
        ("db", "migrate"), ("db", "check"), ("db", "export"), ("config", "show"), ("config", "check"),
        ("edition", "check"), ("edition", "follow"), ("charter", "found"), ("charter", "publish"),
        ("charter", "verify"), ("vote", "cast"), ("proposal", "draft"), ("committee", "appoint"), ("meeting", "call"),
        ("rollout", "plan"),
        ("catalogue", "add"), ("cost", "share"), ("licence", "sync"), ("account", "create"), ("token", "create"),
    }  # fmt: skip
    assert promised <= set(verbs())
