"""Throws bad input at a running device listener, and says what came back."""

import http.client
import plistlib
import random
import ssl
from collections import Counter
from typing import Any

ROUTES = (
    "/mdm", "/checkin", "/scep", "/e/abc", "/e/abc/enroll.mobileconfig", "/artifacts/00", "/ca.crt", "/crl", "/", "/x",
    "/k-abcdefgh/rest/public/sync/configuration/1", "/d-abcdefgh/rest/public/sync/info",
    "/x/rest/notification/polling/1", "/d-abcdefgh/rest/plugins/devicelog/log/list/1", "/rest/public/sync/info",
    "/files/00-x/a.apk",
)  # fmt: skip
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS", "BREW")
TYPES = (
    "application/x-apple-aspen-mdm",
    "application/x-apple-aspen-mdm-checkin",
    "application/x-pki-message",
    "text/html",
    "application/xml; charset=utf-16",
    "",
)
_ENDINGS = ("", "?operation=PKIOperation", "?operation=GetCACert", "?a=%ff&a=b", "/../..", "/%00%ff")
_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b"]><plist><dict><key>UDID</key><string>&b;</string></dict></plist>"
)
_OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<plist><dict><key>UDID</key><string>&x;</string></dict></plist>"
)


def body(rng: random.Random) -> bytes:
    """Return one bad body, or one that is nearly good."""
    kind = rng.randrange(10)
    if kind == 0:
        return rng.randbytes(rng.randrange(2000))
    if kind == 1:
        return _BOMB
    if kind == 2:
        return _OUTSIDE
    if kind == 3:
        return b"<plist><dict>" + b"<key>a</key><array>" * rng.randrange(5000)
    if kind == 4:
        return b"x" * rng.randrange(6 * 1024 * 1024)
    good = plistlib.dumps(message(rng), fmt=rng.choice([plistlib.FMT_XML, plistlib.FMT_BINARY]))
    if kind < 8:
        return good
    place = rng.randrange(len(good))
    return good[:place] + rng.randbytes(rng.randrange(4)) + good[place + rng.randrange(3) :]


def message(rng: random.Random) -> dict[str, Any]:
    """Return a message with keys of Apple's protocol and values that may be wrong."""
    values: list[Any] = ["x", "", 0, -1, 2**63, True, b"", b"abc", [], {}, ["a"], {"b": 1}, "Idle", "NotNow", "Error"]
    names = [
        "MessageType", "UDID", "Status", "CommandUUID", "Topic", "Token", "PushMagic", "UserID", "EnrollmentID",
        "ErrorChain", "Endpoint", "Data", "SerialNumber", "BootstrapToken", "AwaitingConfiguration", "UnlockToken",
    ]  # fmt: skip
    found = {name: rng.choice(values) for name in rng.sample(names, rng.randrange(len(names)))}
    if rng.random() < 0.7:
        found["UDID"] = "00008030-001A2B3C4D5E6F70"
    if rng.random() < 0.5:
        found["MessageType"] = rng.choice(
            ["Authenticate", "TokenUpdate", "CheckOut", "DeclarativeManagement", "GetToken", "UserAuthenticate", "?"]
        )
    return found


def headers(rng: random.Random) -> dict[str, str]:
    """Return headers that no device would send."""
    found = {"Content-Type": rng.choice(TYPES)}
    if rng.random() < 0.3:
        found["Mdm-Signature"] = rng.choice(["", "AAAA", "!!!", "A" * 15_000])
    if rng.random() < 0.3:
        found["Client-Cert"] = rng.choice([":AAAA:", "", "x" * 4000, ":" * 50])
    if rng.random() < 0.1:
        found |= {f"X-Flood-{number}": "y" * 50 for number in range(rng.randrange(700))}
    if rng.random() < 0.3:
        found["Accept-Language"] = rng.choice(["fr", "en;q=x", "," * 2000, "zz-ZZ;q=0.5, *;q=0"])
    return found


def throw(port: int, rng: random.Random, count: int) -> Counter[int]:
    """Send ``count`` bad requests; return how often each status came back (0: the connection was closed)."""
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    seen: Counter[int] = Counter()
    for _ in range(count):
        path = rng.choice(ROUTES) + rng.choice(
            [*_ENDINGS, "?operation=PKIOperation&message=" + "A" * rng.randrange(3000)]
        )
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=trust)
        try:
            connection.request(rng.choice(METHODS), path, body(rng), headers(rng))
            answer = connection.getresponse()
            answer.read()
            seen[answer.status] += 1
        except (OSError, http.client.HTTPException, ssl.SSLError):
            seen[0] += 1
        finally:
            connection.close()
    return seen
