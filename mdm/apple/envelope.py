"""The envelope of a report, read without building the answer within.

Nearly every report is written in one plain form: Apple's XML declaration and document type, and elements without
attributes, comments, CDATA or processing instructions. One regular expression describes that form in full, nesting
included, so that a match proves that the body is a well-formed property list, and names its top-level texts on the
way. It says nothing about a body in any other form: that one is left to a real parser.

Sources: XML 1.0 (characters, section 2.2; predefined entities, section 4.6), Apple's PropertyList-1.0.dtd.
"""

import re
from binascii import a2b_base64

import msgspec

_LEVELS = 4
"""Containers within containers, below the top one. ProfileList and Settings answer with four."""

_LIMIT = 256 * 1024

_NOT_XML = bytes(set(range(32)) - set(b"\t\n\r"))


class Envelope(msgspec.Struct, frozen=True):
    """A report's top-level texts; None where it has no such key."""

    udid: str | None
    status: str | None
    command_uuid: str | None


def read_envelope(body: bytes) -> Envelope | None:
    """Return the envelope of a report in the plain form.

    Returns None when ``body`` is written in another way, is malformed, or has a MessageType, a UserID or an
    EnrollmentID at its top: then only a full parse can tell what it is.
    """
    if len(body) > _LIMIT:
        return None
    match = _PLAIN_REPORT.fullmatch(body)
    if match is None or not _is_xml_text(body) or not _is_base64_throughout(body):
        return None
    udid, status, command_uuid = match.group("udid", "status", "uuid")
    return Envelope(
        udid.decode() if udid is not None else None,
        status.decode() if status is not None else None,
        command_uuid.decode() if command_uuid is not None else None,
    )


def _is_xml_text(body: bytes) -> bool:
    """Tell whether all characters and references are XML's, in a body whose tags are known to be good."""
    if len(body.translate(None, _NOT_XML)) != len(body) or (b"]" in body and b"]]>" in body):
        return False
    if b"&" in body and body.count(b"&") != len(_REFERENCE.findall(body)):
        return False
    if body.isascii():
        return True
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return "\ufffe" not in text and "\uffff" not in text


def _is_base64_throughout(body: bytes) -> bool:
    """Tell whether each datum has a length that decodes; its letters are known to be good."""
    try:
        for datum in _DATUM.findall(body) if b"<data>" in body else ():
            a2b_base64(datum)
    except ValueError:
        return False
    return True


_REFERENCE = re.compile(rb"&(?:amp|lt|gt|quot|apos);")
_DATUM = re.compile(rb"<data>([^<]*)")


def _plain_report() -> re.Pattern[bytes]:
    """Compose the expression: each repetition and each alternative is decided by the next tag, so none backtracks."""
    space = r"[ \t\r\n]*"
    date = r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
    single = "|".join(
        (
            r"string>[^<]*</string>",
            r"(?:true|false|string|dict|array)/>",
            r"integer>-?[0-9]{1,19}</integer>",
            r"real>-?[0-9]{1,20}(?:\.[0-9]{1,20})?</real>",
            rf"date>{date}</date>",
            r"data>[A-Za-z0-9+/= \t\r\n]*</data>",
        )
    )
    key = rf"<key>[^<]*</key>{space}"
    value = rf"<(?:{single}){space}"
    for _ in range(_LEVELS):
        value = rf"<(?:{single}|dict>{space}(?:{key}{value})*</dict>|array>{space}(?:{value})*</array>){space}"
    texts = {"udid": "UDID", "status": "Status", "uuid": "CommandUUID"}
    # Printable ASCII, but for & and <: what stands there is what is meant.
    known = [
        rf"<key>{name}</key>{space}<string>(?P<{group}>[ -%'-;=-~]*)</string>{space}" for group, name in texts.items()
    ]
    reserved = "|".join((*texts.values(), "MessageType", "UserID", "EnrollmentID"))
    entry = "|".join((*known, rf"(?!<key>(?:{reserved})<){key}{value}"))
    return re.compile(
        (
            rf'<\?xml version="1\.0" encoding="UTF-8"\?>{space}'
            r'<!DOCTYPE plist PUBLIC "-//Apple(?: Computer)?//DTD PLIST 1\.0//EN"'
            rf' "https?://www\.apple\.com/DTDs/PropertyList-1\.0\.dtd">{space}'
            rf'<plist version="1\.0">{space}<dict>{space}(?:{entry})*</dict>{space}</plist>{space}'
        ).encode()
    )


_PLAIN_REPORT = _plain_report()
