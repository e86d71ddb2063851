"""Addresses and signatures, with the agent's own vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.simulator.android.addresses import (
    TypedAddress,
    api_url,
    configuration_signature,
    configuration_url,
    data_signature,
    file_signature,
    form_encoded,
    is_signed,
    mqtt_password,
    path_segment,
    poll_signature,
    poll_url,
    same_place,
    split_address,
    usable_base,
)
from mdm.simulator.android.errors import AddressRefused

SECRET = "changeme-C3z9vi54"
INFO = "rest/public/sync/info"


def test_signatures_are_those_of_the_agent() -> None:
    assert configuration_signature(SECRET, "T001") == "B1B612E021064EDC093B0FE32F9AC8B9EE0A802B"
    assert poll_signature(SECRET, "k-abc", "T001") == "452A0F7DA848EF52D01CFD45BAD1725EA3DE50BC"
    assert poll_signature(SECRET, "", "T001") == "D1A4288052052765567C2BE37FD2CAE051AE5D44"
    assert file_signature(SECRET, "https://h/files/a/app-1.0.apk") == "2DB550214105B8D49E016A0D11B4D4B656BF9999"
    assert data_signature(SECRET, '{"kioskMode": false, "title": "Room A"}') == (
        "811E4C8F3CFB79BB2B5B6E0731AA47DD39B60E01"
    )
    assert mqtt_password(SECRET) == "D54F553ED2EAC4DCF371B38366EBFA1B5973811A"


def test_a_download_is_signed_only_below_files() -> None:
    assert file_signature(SECRET, "https://h/apks/app.apk") is None
    assert file_signature(SECRET, "https://h/files/a.apk?v=1") == file_signature(SECRET, "http://x/y/files/a.apk?v=1")


def test_a_checking_build_looks_at_what_follows_the_first_data() -> None:
    data = '{"title": "Room A"}'
    body = f'{{"status":"OK","message":null,"data":{data}}}'
    assert is_signed(SECRET, body, data_signature(SECRET, data))
    assert is_signed(SECRET, body, data_signature(SECRET, data).lower())
    assert not is_signed(SECRET, body, None)
    assert not is_signed(SECRET, body + "\n", data_signature(SECRET, data))
    assert not is_signed(SECRET, body.replace('"data":', '"data" :'), data_signature(SECRET, data))


@pytest.mark.parametrize(
    ("base", "project", "goes_to"),
    [
        ("https://h", "", "https://h/rest/public/sync/info"),
        ("https://h", "k-s3", "https://h/k-s3/rest/public/sync/info"),
        ("https://h", "k/s3", "https://h/k%2Fs3/rest/public/sync/info"),
        ("https://h/k/s3/", "p", "https://h/k/s3/p/rest/public/sync/info"),
        ("https://h/k/s3/", "", "https://h/rest/public/sync/info"),
        ("http://[::1]:8080", "k", "http://[::1]:8080/k/rest/public/sync/info"),
        ("https://h", "a b%é", "https://h/a%20b%25%C3%A9/rest/public/sync/info"),
    ],
)
def test_a_project_is_one_segment_of_the_path(base: str, project: str, goes_to: str) -> None:
    assert api_url(base, project, INFO) == goes_to


@pytest.mark.parametrize("base", ["", "h", "ftp://h", "https://h/k/s3", "https://", "https://h h", "https:///k/"])
def test_a_base_with_a_path_must_end_in_a_slash(base: str) -> None:
    assert not usable_base(base)
    with pytest.raises(AddressRefused):
        api_url(base, "p", INFO)


@pytest.mark.parametrize("project", [".", "..", "javascript:x"])
def test_a_project_that_leads_elsewhere_is_no_address(project: str) -> None:
    with pytest.raises(AddressRefused):
        api_url("https://h", project, INFO)


def test_a_number_is_one_segment_too() -> None:
    assert configuration_url("https://h", "d", "a/b é") == "https://h/d/rest/public/sync/configuration/a%2Fb%20%C3%A9"
    assert configuration_url("https://h", "d", "").endswith("/configuration/")
    assert poll_url("https://h", "d", "5A 01").endswith("/rest/notification/polling/5A%2001")
    assert poll_signature(SECRET, "d", "5A 01") != poll_signature(SECRET, "d", "5A%2001")
    assert form_encoded("5A 01*~é") == "5A+01*%7E%C3%A9"


@pytest.mark.parametrize(
    ("typed", "base", "project"),
    [
        ("https://h", "https://h", ""),
        ("https://h/", "https://h", ""),
        (" HTTPS://Host:8443/k-1/ ", "https://Host:8443", "k-1"),
        ("https://h/k/s3?x=1#y", "https://h", "k/s3"),
        ("https://u:p@h:1/k", "https://h:1", "k"),
        ("https://h:/k", "https://h", "k"),
        ("http://[::1]:80/k", "http://[::1]:80", "k"),
        ("https://h//k//", "https://h", "/k/"),
    ],
)
def test_a_typed_address_is_split(typed: str, base: str, project: str) -> None:
    assert split_address(typed) == TypedAddress(base=base, project=project)


@pytest.mark.parametrize("typed", ["", "h/k", "ftp://h/k", "https://h:x/k", "https://1:2:3/k", "market://details"])
def test_what_is_no_web_address_is_not_taken(typed: str) -> None:
    with pytest.raises(AddressRefused):
        split_address(typed)


def test_capital_letters_do_not_make_another_place() -> None:
    assert same_place(split_address("https://H/K-1"), split_address("HTTPS://h/k-1/"))
    assert not same_place(split_address("https://h/k-1"), split_address("https://h/k-2"))


@given(
    host=st.from_regex(r"[a-z][a-z0-9\-]{0,20}(\.[a-z]{2,5})?", fullmatch=True),
    port=st.none() | st.integers(1, 65535),
    project=st.from_regex(r"[A-Za-z0-9_\-]{0,40}", fullmatch=True),
    slash=st.booleans(),
    query=st.sampled_from(["", "?a=b", "#c", "?"]),
)
def test_splitting_then_calling_comes_back_to_the_same_place(
    host: str, port: int | None, project: str, slash: bool, query: str
) -> None:
    base = f"https://{host}" + (f":{port}" if port else "")
    split = split_address(f"{base}/{project}" + ("/" if slash and project else "") + query)
    assert split == TypedAddress(base=base, project=project)
    assert api_url(split.base, split.project, INFO) == f"{base}/{project + '/' if project else ''}{INFO}"


@given(st.text(max_size=60))
def test_splitting_any_text_gives_an_address_or_says_no(text: str) -> None:
    try:
        split = split_address(text)
    except AddressRefused:
        return
    assert split.base.startswith(("http://", "https://"))
    assert "?" not in split.project
    assert "#" not in split.project


@given(st.text(max_size=40))
def test_a_segment_has_neither_slash_nor_space_and_is_ascii(text: str) -> None:
    segment = path_segment(text)
    assert segment.isascii()
    assert not set(segment) & set(" /?#\\")
