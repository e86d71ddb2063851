"""What reading a report costs: ``python -m bench.report_parsing``. Microseconds, the best of several rounds."""

import plistlib
import timeit
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from mdm.apple.messages import parse_message
from mdm.apple.plist import parse

UDID = "00008030-001A2B3C4D5E6F70"


def device_information() -> dict[str, Any]:
    """Return an answer with everything that is asked."""
    names = ("OSVersion", "BuildVersion", "ModelName", "ProductName", "SerialNumber", "DeviceName", "TimeZone")
    return {"QueryResponses": dict.fromkeys(names, "Cassiopée 01 & 02") | {"BatteryLevel": 0.87}}


def managed_applications() -> dict[str, Any]:
    """Return an answer of about 3 KB, with a Status within for each app."""
    entry = {"Status": "Managed", "ManagementFlags": 5, "HasConfiguration": False, "HasFeedback": False}
    entry |= {"IsValidated": True, "ExternalVersionIdentifier": 860000001}
    return {"ManagedApplicationList": {f"fr.school.app{number}": entry for number in range(8)}}


def profiles() -> dict[str, Any]:
    """Return an answer of about 6 KB, with a signer's certificate."""
    inner = {"PayloadType": "com.apple.wifi.managed", "PayloadVersion": 1, "PayloadIdentifier": "org.valise.wifi.1"}
    entry = {"PayloadUUID": UDID, "PayloadIdentifier": "org.valise.wifi", "PayloadContent": [inner, inner]}
    return {"ProfileList": [entry] * 6 + [entry | {"SignerCertificates": [bytes(range(256)) * 4]}]}


def bare_expat(body: bytes) -> None:
    """Check only that the XML is well-formed."""
    expat.ParserCreate().Parse(body, True)


WAYS: dict[str, Callable[[bytes], object]] = {
    "parse_message": parse_message,
    "bare expat": bare_expat,
    "plistlib": plistlib.loads,
    "parse (safe)": parse,
}


def main() -> None:
    """Print one line for each report, one column for each way to read it."""
    acknowledged = {"UDID": UDID, "Status": "Acknowledged", "CommandUUID": "0198f0a2c1d27e4b8f6a3f1b2c4d5e6f"}
    reports = {
        "Idle": {"UDID": UDID, "Status": "Idle"},
        "Acknowledged": acknowledged,
        "DeviceInformation": acknowledged | device_information(),
        "ManagedApplicationList": acknowledged | managed_applications(),
        "ProfileList": acknowledged | profiles(),
    }
    print(f"{'report':24}{'bytes':>8}" + "".join(f"{way:>16}" for way in WAYS))
    for name, report in reports.items():
        body = plistlib.dumps(report)
        print(f"{name:24}{len(body):>8}" + "".join(f"{microseconds(read, body):>16.1f}" for read in WAYS.values()))


def microseconds(read: Callable[[bytes], object], body: bytes) -> float:
    """Return the time of one reading."""
    rounds = 500
    return min(timeit.repeat(lambda: read(body), number=rounds, repeat=7)) / rounds * 1e6


if __name__ == "__main__":
    main()
