"""From the QR code to the first answer, and what stops a tablet on the way."""

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.simulator.errors import ProfileError, ScanError, ScepError, ServerRefused, ServerUnreachable, SimulatorError
from mdm.simulator.scan import decode_qr


async def test_a_scanned_code_leads_to_the_first_answers(school, make_ipad, qr_png) -> None:
    ipad = make_ipad()
    await ipad.enroll(qr_png(f"{school.url}/e/secret"))
    assert ipad.enrolled
    assert [one["MessageType"] for one in school.checkins] == ["Authenticate", "TokenUpdate"]
    question = school.send("DeviceInformation", Queries=["SerialNumber", "DeviceName", "BatteryLevel", "Nonsense"])
    assert await ipad.converse() == 1
    known = school.answer(question)["QueryResponses"]
    assert known["SerialNumber"] == ipad.tablet.spec.serial
    assert 0 <= known["BatteryLevel"] <= 1
    assert "Nonsense" not in known
    assert school.idles == 1


async def test_the_page_is_asked_for_as_safari_on_an_ipad_does(school, ipad) -> None:
    assert school.agents[0].startswith("Mozilla/5.0 (iPad; CPU OS 17_4_1 like Mac OS X)")
    assert "Version/17.4 Mobile/15E148 Safari/604.1" in school.agents[0]


async def test_the_tablet_shows_its_own_certificate(school, ipad) -> None:
    await ipad.converse()
    assert all("iPad 01" in subject for subject in school.certificates)
    assert ipad.identity.certificate.public_key() == ipad.identity.key.public_key()


async def test_the_tokens_are_told_and_differ_between_tablets(school, make_ipad) -> None:
    for seed in (1, 2):
        await make_ipad(seed=seed).enroll(f"{school.url}/e/ticket")
    first, second = school.messages("TokenUpdate")
    assert len(first["Token"]) == 32
    for name in ("UDID", "Token", "PushMagic", "UnlockToken"):
        assert first[name] != second[name]


async def test_a_tablet_in_the_setup_assistant_says_that_it_waits(school, make_ipad) -> None:
    ipad = make_ipad()
    ipad.tablet.awaiting_configuration = True
    await ipad.enroll(f"{school.url}/e/ticket")
    assert school.messages("TokenUpdate")[0]["AwaitingConfiguration"] is True
    configured = school.send("DeviceConfigured")
    await ipad.converse()
    assert school.answer(configured)["Status"] == "Acknowledged"
    assert not ipad.tablet.awaiting_configuration


async def test_a_signed_profile_is_unwrapped_and_its_signer_kept(school, make_ipad) -> None:
    school.signed_profile = True
    ipad = make_ipad()
    await ipad.enroll(f"{school.url}/e/ticket")
    assert ipad.tablet.management.enrollment.profile.signers == (school.root.public_bytes(Encoding.DER),)


async def test_messages_are_signed_when_the_profile_asks_so(school, make_ipad, tmp_path: Path) -> None:
    school.mdm_keys["SignMessage"] = True
    ipad = make_ipad()
    await ipad.enroll(f"{school.url}/e/ticket")
    await ipad.converse()
    assert len(school.signatures) == 3
    for number, (body, signature) in enumerate(school.signatures):
        (tmp_path / "body").write_bytes(body)
        (tmp_path / "signature").write_bytes(base64.b64decode(signature, validate=True))
        (tmp_path / "root").write_bytes(school.root.public_bytes(Encoding.PEM))
        options = "-verify -binary -inform DER -purpose any -in signature -content body -CAfile root -out out"
        verified = subprocess.run(
            ["openssl", "cms", *options.split()],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert verified.returncode == 0, (number, verified.stderr)


async def test_a_picture_without_a_code_is_refused() -> None:
    with pytest.raises(ScanError, match="no QR code"):
        await decode_qr(b"not a picture")


async def test_what_is_no_web_address_is_not_opened(make_ipad, qr_png) -> None:
    with pytest.raises(ScanError, match="no web address"):
        await make_ipad().enroll(qr_png("WIFI:S:ecole;;"))


async def test_a_page_without_a_profile_is_refused(school, make_ipad) -> None:
    with pytest.raises(ScanError, match="404"):
        await make_ipad().enroll(f"{school.url}/elsewhere")
    school.files["page"] = b"<p>Nothing here</p>"
    with pytest.raises(ScanError, match="no link"):
        await make_ipad().enroll(f"{school.url}/files/page")


async def test_a_server_that_the_tablet_does_not_trust_is_not_spoken_to(school, make_ipad) -> None:
    ipad = make_ipad()
    ipad._line._roots = ()
    with pytest.raises(ServerUnreachable):
        await ipad.enroll(f"{school.url}/e/ticket")


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"Topic": "com.example.topic"}, 12022),
        ({"AccessRights": 0}, 12000),
        ({"AccessRights": 2}, 12000),
        ({"AccessRights": 8192}, 12000),
        ({"ServerURL": "http://localhost/mdm"}, 12034),
        ({"IdentityCertificateUUID": "nobody"}, 12005),
        ({"AccessRights": "all"}, 1003),
    ],
)
async def test_a_wrong_mdm_payload_is_refused_as_ios_does(school, make_ipad, keys, code) -> None:
    school.mdm_keys = keys
    ipad = make_ipad()
    with pytest.raises(ProfileError) as refused:
        await ipad.enroll(f"{school.url}/e/ticket")
    assert refused.value.code == code
    assert not ipad.enrolled


async def test_a_profile_that_was_altered_after_signing_is_refused(school, make_ipad, monkeypatch) -> None:
    school.signed_profile = True
    whole = school.profile()
    from mdm.simulator.cms import sign
    from mdm.simulator.profile import read_profile

    altered = sign(whole, school.key, school.root).replace(b"org.example.enroll", b"org.example.evil!!")
    with pytest.raises(ProfileError) as refused:
        read_profile(altered)
    assert refused.value.code == 1004


async def test_a_server_that_refuses_the_check_in_leaves_the_tablet_as_it_was(school, make_ipad) -> None:
    school.status = 403
    ipad = make_ipad()
    with pytest.raises(ServerRefused):
        await ipad.enroll(f"{school.url}/e/ticket")
    assert not ipad.enrolled
    assert not ipad.tablet.profiles


async def test_a_refused_certificate_ends_the_enrolment(school, make_ipad) -> None:
    school.scep_answers.append("failure")
    ipad = make_ipad()
    with pytest.raises(ScepError) as refused:
        await ipad.enroll(f"{school.url}/e/ticket")
    assert refused.value.fail_info == "badRequest"
    assert not school.checkins


async def test_only_the_authority_that_the_profile_names_is_trusted(school, make_ipad) -> None:
    school.scep_keys["CAFingerprint"] = bytes(20)
    with pytest.raises(ScepError, match="not the one"):
        await make_ipad().enroll(f"{school.url}/e/ticket")


async def test_a_tablet_waits_for_a_certificate_that_is_pending(school, make_ipad) -> None:
    school.scep_answers.extend(["pending", "pending"])
    ipad = make_ipad()
    await ipad.enroll(f"{school.url}/e/ticket")
    assert school.scep_types == ["19", "20", "20"]


async def test_a_tablet_does_not_wait_for_ever(school, make_ipad) -> None:
    school.scep_answers.extend(["pending"] * 9)
    with pytest.raises(ScepError, match="too long"):
        await make_ipad().enroll(f"{school.url}/e/ticket")
    assert len(school.scep_types) == 3


async def test_an_old_authority_is_spoken_to_in_its_own_way(school, make_ipad) -> None:
    school.capabilities = ""
    await make_ipad().enroll(f"{school.url}/e/ticket")
    assert school.messages("TokenUpdate")


async def test_an_identity_is_renewed_and_used(school, ipad) -> None:
    before = ipad.identity
    await ipad.renew_identity()
    assert school.scep_types == ["19", "17"]
    assert ipad.identity.certificate.serial_number != before.certificate.serial_number
    await ipad.converse()
    assert school.idles == 1


async def test_a_new_enrollment_profile_renews_the_identity(school, ipad) -> None:
    before = ipad.identity
    renewal = school.send("InstallProfile", Payload=school.profile())
    await ipad.converse()
    assert school.answer(renewal)["Status"] == "Acknowledged"
    assert ipad.identity.certificate != before.certificate
    assert len(ipad.tablet.profiles) == 1


async def test_a_profile_of_another_server_does_not_take_a_tablet_over(school, ipad) -> None:
    mine = school.profile()
    school.mdm_keys["Topic"] = "com.apple.mgmt.External.other"
    taking = school.send("InstallProfile", Payload=school.profile())
    await ipad.converse()
    assert school.answer(taking)["ErrorChain"][1]["ErrorCode"] == 12012
    assert mine


async def test_removing_management_says_farewell(school, ipad) -> None:
    await ipad.remove_management()
    assert school.checkins[-1]["MessageType"] == "CheckOut"
    assert not ipad.enrolled
    assert not ipad.tablet.profiles
    with pytest.raises(SimulatorError, match="not enrolled"):
        await ipad.renew_identity()
    assert await ipad.converse() == 0
