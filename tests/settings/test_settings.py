"""Every mistake in the configuration is told in one line, with the key, the value and what would be right."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.settings import Settings, SettingsError, load_settings, split_listen


def written(folder: Path, text: str) -> Path:
    path = folder / "valise.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load_settings(written(folder, text), environment or {})
    return [str(mistake) for mistake in raised.value.mistakes]


def test_nothing_written_gives_the_defaults() -> None:
    assert load_settings(None, {}) == Settings()


def test_file_and_environment_are_joined_and_the_environment_wins(tmp_path: Path) -> None:
    path = written(tmp_path, '[device]\nurl = "https://a.example"\n[push]\nport = 2197\n')
    settings = load_settings(path, {"VALISE_DEVICE_URL": "https://b.example", "VALISE_PUSH_PER_SECOND": "9"})
    assert (settings.device.url, settings.push.port, settings.push.per_second) == ("https://b.example", 2197, 9)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(tmp_path, '[device]\nurl = "ftp://x"\nlisten = "nowhere"\n[push]\nport = 0\n')
    assert [line.split(" = ")[0] for line in found] == ["device.url", "device.listen", "push.port"]
    assert "'ftp://x'" in found[0]
    assert "https://host" in found[0]


def test_an_unknown_key_is_an_error_that_names_the_near_one(tmp_path: Path) -> None:
    assert mistakes(tmp_path, '[device]\nulr = "https://x"\n') == ["device.ulr: is not a setting; did you mean url?"]


def test_an_unknown_section_and_an_unknown_variable_are_errors(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "[devise]\n", {"VALISE_DEVICE_ULR": "x"})
    assert found[0].startswith("devise: is not a setting; did you mean device")
    assert found[1].startswith("VALISE_DEVICE_ULR: is not a setting; did you mean VALISE_DEVICE_URL")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("[push]\nport = '443'", "must be a whole number"),
        ("[push]\nenabled = 1", "must be true or false"),
        ("[device]\ntrusted_proxies = '127.0.0.1'", "must be a list of texts"),
        ("[server]\nlog_level = 'loud'", "must be one of 'debug'"),
        ("[server]\ndata_dir = 'here'", "must be a path from the root"),
        ("[device]\ntrusted_proxies = ['everybody']", "must be an address or a network"),
        ("[device]\ntls_certificate = '/x.pem'", "go together"),
        ("[device]\nclient_certificate_header = 'Client-Cert'", "name the proxy's address"),
        ("[people]\ndemo = true\nlisten = '0.0.0.0:80'", "listens on 127.0.0.1 only"),
        ("device = 3", "must be a section"),
        ("[device", "is not TOML"),
    ],
)
def test_each_kind_of_mistake_says_what_would_be_right(tmp_path: Path, text: str, right: str) -> None:
    assert any(right in line for line in mistakes(tmp_path, text))


def test_a_token_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    assert "s3cret" not in "".join(mistakes(tmp_path, "[people]\nmetrics_token = ['s3cret']"))


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="valise init"):
        load_settings(tmp_path / "none.toml", {})


@given(st.text(max_size=30))
def test_splitting_an_address_gives_a_port_or_a_value_error(text: str) -> None:
    try:
        _, port = split_listen(text)
    except ValueError:
        return
    assert port >= 0
