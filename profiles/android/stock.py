"""What the compiler needs to know beside the edition: the APKs that are here, and what earlier editions left behind."""

import msgspec

from mdm.store import Connection
from profiles.android.names import AGENT
from profiles.apks.addresses import ApkAddresses
from profiles.apks.apk import Apk
from profiles.apks.apk_store import apk_for, apks_of_package
from profiles.edition import Edition

_REMEMBERED = 256


class AndroidClass(msgspec.Struct, frozen=True, kw_only=True):
    """What decides which files and settings a tablet takes. ``abi``: as the agent says it; ``version``: of Android."""

    abi: str
    version: int


class StockedApk(msgspec.Struct, frozen=True, kw_only=True):
    """An installable file that fits such tablets; ``newer``: names of later versions that were here before it."""

    package: str
    version_name: str
    version_code: int
    url: str
    newer: tuple[str, ...] = ()


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """The files that an edition needs, and the packages that earlier editions installed or locked."""

    apks: tuple[StockedApk, ...]
    left_apps: tuple[str, ...]
    left_locked: tuple[str, ...]


def android_class(abi: str, os_version: str) -> AndroidClass:
    """Return the kind of a tablet; what it did not say yet is taken as the least."""
    major = os_version.split(".", 1)[0]
    return AndroidClass(abi=abi, version=min(int(major), 14) if major.isdigit() and len(major) <= 3 else 0)


def stock_for(conn: Connection, edition: Edition, device: AndroidClass, addresses: ApkAddresses) -> Stock:
    """Look up the files for an edition's Android apps and for the agent, and what must be taken away."""
    wanted = [(app.package, app.version) for app in edition.apps if app.package is not None]
    found = []
    for package, version in [*wanted, (AGENT, None)]:
        apk = apk_for(conn, package, abi=device.abi, version_name=version)
        if apk is not None:
            found.append(
                StockedApk(
                    package=package,
                    version_name=apk.version_name,
                    version_code=apk.version_code,
                    url=addresses.url(apk),
                    newer=_newer(conn, apk),
                )
            )
    known = conn.all("SELECT package, kind FROM android_package ORDER BY package")
    now = {package for package, _ in wanted}
    locked = set(edition.android.locked_packages)
    return Stock(
        apks=tuple(found),
        left_apps=tuple(row["package"] for row in known if row["kind"] == "app" and row["package"] not in now),
        left_locked=tuple(row["package"] for row in known if row["kind"] == "locked" and row["package"] not in locked),
    )


class Stocks:
    """Remembers stocks for as long as neither the APK store nor the editions' packages change."""

    def __init__(self, addresses: ApkAddresses) -> None:
        self._addresses = addresses
        self._as_of = ""
        self._known: dict[tuple[str, AndroidClass], Stock] = {}

    def stock_for(self, conn: Connection, edition: Edition, device: AndroidClass) -> Stock:
        """Return what `stock_for` returns, mostly without asking for each app."""
        as_of = _as_of(conn)
        if as_of != self._as_of:
            self._as_of, self._known = as_of, {}
        key = (edition.edition_id, device)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = stock_for(conn, edition, device, self._addresses)
        return found


def _as_of(conn: Connection) -> str:
    row = conn.one(
        "SELECT (SELECT COUNT(*) FROM apk) AS files, (SELECT MAX(added_at) FROM apk) AS newest,"
        " (SELECT COUNT(*) FROM android_package) AS packages"
    )
    return "" if row is None else f"{row['files']} {row['newest']} {row['packages']}"


def _newer(conn: Connection, chosen: Apk) -> tuple[str, ...]:
    """Android never goes back by itself: who has one of these must lose it first."""
    found = {
        one.version_name for one in apks_of_package(conn, chosen.package) if one.version_code > chosen.version_code
    }
    return tuple(sorted(found - {chosen.version_name}))


def remember_packages(conn: Connection, edition: Edition) -> None:
    """Note what an edition may put on tablets or lock there, so that it is taken away when it leaves."""
    rows = [
        {"package": app.package, "kind": "app"} for app in edition.apps if app.package and app.install == "required"
    ]
    rows += [{"package": package, "kind": "locked"} for package in edition.android.locked_packages]
    conn.many("INSERT INTO android_package (package, kind) VALUES (:package, :kind) ON CONFLICT DO NOTHING", rows)
