"""``valise catalogue``, as a person types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mdm.cli.main import main
from mdm.simulator.apk_maker import ApkFacts
from mdm.simulator.apk_signature import SigningKey
from tests.catalogue.dex_maker import apk_with, make_dex
from tests.catalogue.pdf_maker import classic, with_objects

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command on a new database; its text goes wherever a terminal would show it."""
    config = tmp_path / "valise.toml"
    config.write_text(f'[server]\ndata_dir = "{tmp_path}"\n')

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["--config", str(config), *map(str, arguments)])

    assert run("db", "migrate", "--yes").exit_code == 0
    return run


def entry_of(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_a_dossier_from_its_first_line_to_its_documents(run: Run, tmp_path: Path) -> None:
    added = entry_of(
        run("catalogue", "add", "Kiwix", "--package", "org.kiwix", "--level", "2", "--subject", "science", "--json")
    )
    assert added["item"] == {
        "item_id": added["item"]["item_id"],  # type: ignore[index]
        "kind": "app",
        "name": "Kiwix",
        "package": "org.kiwix",
        "levels": [2],
        "subjects": ["science"],
    }
    assert "Kiwix" in run("catalogue", "list", "kiwi", "--level", "2", "--platform", "android").stdout
    assert "Kiwix" not in run("catalogue", "list", "--level", "3").stdout

    (tmp_path / "avis.pdf").write_bytes(classic())
    attached = entry_of(run("catalogue", "attach", "kiwix", tmp_path / "avis.pdf", "--title", "Avis", "--json"))
    (document,) = attached["attachments"]  # type: ignore[misc]
    assert (document["title"], document["pages"]) == ("Avis", 1)
    assert (tmp_path / "attachments" / f"{document['hash']}.pdf").exists()

    key = SigningKey.create("Publisher")
    facts = ApkFacts(
        package="org.kiwix", version_name="1", version_code=1, label="Kiwix", permissions=("android.permission.CAMERA",)
    )
    apk = tmp_path / "a.apk"
    apk.write_bytes(apk_with(facts, key, {"classes.dex": make_dex(["com.flurry.sdk.A"])}))
    assert run("catalogue", "find-trackers", "kiwix").exit_code == 1
    assert run("apk", "add", apk).exit_code == 0
    found = entry_of(run("catalogue", "find-trackers", "kiwix", "--json"))
    assert found["findings"][0]["trackers"][0]["id"] == "flurry"  # type: ignore[index]

    shown = run("catalogue", "show", "kiwix")
    for part in ("Flurry", "android.permission.CAMERA", "Avis", document["hash"], str(found["digest"])):
        assert part in shown.stdout
    assert "Flurry" not in run("catalogue", "show", "kiwix", "--revision", "2").stdout
    assert run("catalogue", "history", "kiwix").stdout.count("\n") == 4

    removed = entry_of(run("catalogue", "detach", "kiwix", document["hash"][:10], "--json"))
    assert "attachments" not in removed
    assert run("catalogue", "check").exit_code == 0
    (tmp_path / "attachments" / f"{document['hash']}.pdf").write_bytes(b"")
    assert run("catalogue", "check").exit_code == 4


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_catalogue_goes_out_and_comes_back(run: Run, tmp_path: Path, form: str) -> None:
    assert run("catalogue", "add", "Lumni", "--kind", "web_clip", "--url", "https://www.lumni.fr/").exit_code == 0
    file = tmp_path / f"catalogue.{form}"
    assert run("catalogue", "export", file).exit_code == 0
    file.write_bytes(file.read_bytes().replace(b"Lumni", b"Lumni Jeunes"))
    dry = entry_of(run("catalogue", "import", file, "--json"))
    assert (dry["applied"], len(dry["changed"])) == (False, 1)  # type: ignore[arg-type]
    assert run("catalogue", "import", file, "--apply").exit_code == 0
    assert "Lumni Jeunes" in run("catalogue", "list").stdout
    again = run("catalogue", "import", file, "--apply")
    assert again.exit_code == 4
    assert "Lumni Jeunes" in again.stderr


def test_what_is_refused_is_said_with_what_to_do(run: Run, tmp_path: Path) -> None:
    assert run("catalogue", "add", "X").exit_code == 1
    assert run("catalogue", "show", "X").exit_code == 1
    assert run("catalogue", "export", tmp_path / "x.xls").exit_code == 2
    assert run("catalogue", "add", "X", "--package", "org.x").exit_code == 0
    bad = tmp_path / "x.pdf"
    bad.write_bytes(classic(with_objects(catalog=b"/OpenAction << /S /Launch >>")))
    refused = run("catalogue", "attach", "X", bad)
    assert refused.exit_code == 1
    assert "x.pdf" in refused.stderr
    assert "PDF" in refused.stderr
