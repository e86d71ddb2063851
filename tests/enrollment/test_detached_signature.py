"""The Mdm-Signature header, with OpenSSL's command line as the other implementation."""

import shutil
import subprocess
from collections.abc import Callable

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.apple.cms import BadSignature, WeakSignature, verify, verify_detached

BODY = b"<?xml version='1.0'?><plist><dict><key>Status</key><string>Idle</string></dict></plist>"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="not run: openssl is missing")
Signer = Callable[..., tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def sign(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    folder = tmp_path_factory.mktemp("signer")

    def run(*arguments: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(["openssl", *arguments], input=stdin, cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make(*options: str, key: str = "rsa:2048", verb: str = "cms", body: bytes = BODY) -> tuple[bytes, bytes]:
        name = key.replace(":", "-")
        if not (folder / f"{name}.pem").exists():
            kind = [key] if key.startswith("rsa") else ["ec", "-pkeyopt", f"ec_paramgen_curve:{key}"]
            run(
                "req",
                "-x509",
                "-newkey",
                *kind,
                "-nodes",
                "-subj",
                "/CN=tablet",
                "-keyout",
                f"{name}.key",
                "-out",
                f"{name}.pem",
            )
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        signature = run(
            verb, "-sign", "-binary", "-outform", "DER", "-signer", f"{name}.pem", "-inkey", f"{name}.key", *options,
            stdin=body,
        )  # fmt: skip
        return signature, certificate.public_bytes(Encoding.DER)

    return make


@pytest.mark.parametrize("verb", ["cms", "smime"])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("key", ["rsa:2048", "P-256"])
def test_a_signature_over_the_body_names_its_signer(sign: Signer, verb: str, digest: str, key: str) -> None:
    signature, certificate = sign("-md", digest, key=key, verb=verb)
    assert verify_detached(signature, BODY) == certificate


def test_a_signer_named_by_key_identifier_is_found(sign: Signer) -> None:
    signature, certificate = sign("-keyid", "-md", "sha256")
    assert verify_detached(signature, BODY) == certificate


def test_a_streamed_encoding_of_indefinite_length_is_read(sign: Signer) -> None:
    signature, certificate = sign("-md", "sha256", "-nodetach", "-stream")
    signed = verify(signature)
    assert (signed.signer, signed.content, signed.digest) == (certificate, BODY, "sha256")


def test_a_changed_body_is_refused(sign: Signer) -> None:
    signature, _ = sign("-md", "sha256")
    with pytest.raises(BadSignature, match="changed"):
        verify_detached(signature, BODY + b" ")


def test_a_detached_signature_says_nothing_about_a_missing_body(sign: Signer) -> None:
    signature, _ = sign("-md", "sha256")
    with pytest.raises(BadSignature, match="content is missing"):
        verify(signature)


@pytest.mark.parametrize("digest", ["md5", "sha224"])
def test_other_digests_are_refused_as_weak(sign: Signer, digest: str) -> None:
    signature, _ = sign("-md", digest)
    with pytest.raises(WeakSignature):
        verify_detached(signature, BODY)


def test_a_short_rsa_key_is_refused_as_weak(sign: Signer) -> None:
    signature, _ = sign("-md", "sha256", key="rsa:1024")
    with pytest.raises(WeakSignature, match="size"):
        verify_detached(signature, BODY)


def test_a_signature_without_attributes_is_refused(sign: Signer) -> None:
    signature, _ = sign("-md", "sha256", "-noattr")
    with pytest.raises(BadSignature, match="attributes"):
        verify_detached(signature, BODY)


def test_a_signature_without_its_certificate_is_refused(sign: Signer) -> None:
    signature, _ = sign("-md", "sha256", "-nocerts")
    with pytest.raises(BadSignature, match="certificate is missing"):
        verify_detached(signature, BODY)


def test_two_signers_are_refused(sign: Signer) -> None:
    sign(key="P-256")
    signature, _ = sign("-md", "sha256", "-signer", "P-256.pem", "-inkey", "P-256.key")
    with pytest.raises(BadSignature, match="one signer"):
        verify_detached(signature, BODY)


def test_anothers_certificate_in_the_signers_place_is_refused(sign: Signer) -> None:
    ours, _ = sign("-md", "sha256")
    _, other = sign("-md", "sha256", key="P-256")
    info = cms.ContentInfo.load(ours)
    stranger = cms.Certificate.load(other)
    body = info["content"]["signer_infos"][0]["sid"].chosen
    body["issuer"], body["serial_number"] = stranger.issuer, stranger.serial_number
    info["content"]["certificates"] = [stranger]
    with pytest.raises(BadSignature):
        verify_detached(info.dump(force=True), BODY)


def test_an_encrypted_message_is_no_signature(sign: Signer) -> None:
    info = cms.ContentInfo({"content_type": "data", "content": b"hello"})
    with pytest.raises(BadSignature):
        verify_detached(info.dump(), BODY)


@settings(deadline=None)
@given(data=st.binary(max_size=400))
def test_random_bytes_are_refused_clearly(data: bytes) -> None:
    with pytest.raises(BadSignature):
        verify_detached(data, BODY)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_mutated_signature_is_refused_clearly_or_still_that_signers(sign: Signer, data: st.DataObject) -> None:
    signature, certificate = sign("-md", "sha256")
    mutated = bytearray(signature)
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(mutated)), st.integers(0, len(mutated))))
    try:
        signer = verify_detached(bytes(mutated[:cut]), BODY)
    except BadSignature:
        return
    # Bytes that no signature covers may change; the key that signed may not.
    found, right = (x509.load_der_x509_certificate(der) for der in (signer, certificate))
    assert found.public_key() == right.public_key()
