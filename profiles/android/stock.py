"""What the compiler needs to know beside the policy: the APKs that are here, and what earlier policies left behind."""

import msgspec

from mdm.store import Connection
from profiles.android.names import AGENT
from profiles.apks.addresses import ApkAddresses
from profiles.apks.apk import Apk
from profiles.apks.apk_store import apk_for, apks_of_package
from profiles.policy import Policy

_REMEMBERED = 256
_AGENTS_API = 26
"""The least that the agent runs on: Android 8."""
_APIS = {9: 28, 10: 29, 11: 30, 12: 31}
_LAST_ODD = 12
_NEWEST = 99


class AndroidClass(msgspec.Struct, frozen=True, kw_only=True):
    """What decides which files and settings a tablet takes. ``abi``: as the agent says it; ``version``: of Android.

    ``version`` is 0 until the tablet has reported.
    """

    abi: str
    version: int

    @property
    def api(self) -> int:
        """The level of Android's interface that such tablets have at least; an app may need a higher one."""
        return _APIS.get(self.version, self.version + 20 if self.version > _LAST_ODD else _AGENTS_API)


class StockedApk(msgspec.Struct, frozen=True, kw_only=True):
    """An installable file that fits such tablets; ``newer``: names of later versions that were here before it."""

    package: str
    version_name: str
    version_code: int
    url: str
    newer: tuple[str, ...] = ()


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a policy needs, and what earlier policies installed, locked, or kept as books (by path)."""

    apks: tuple[StockedApk, ...]
    left_apps: tuple[str, ...]
    left_locked: tuple[str, ...]
    left_books: tuple[str, ...] = ()


def android_class(abi: str, os_version: str) -> AndroidClass:
    """Return the kind of a tablet; what it did not say yet is taken as the least."""
    major = os_version.split(".", 1)[0]
    is_number = major.isascii() and major.isdigit() and len(major) <= 3
    return AndroidClass(abi=abi, version=min(int(major), _NEWEST) if is_number else 0)


def stock_for(conn: Connection, policy: Policy, device: AndroidClass, addresses: ApkAddresses) -> Stock:
    """Look up the files for a policy's Android apps and for the agent, and what must be taken away."""
    wanted = [(app.package, app.version, app.signer) for app in policy.apps if app.package is not None]
    found = []
    for package, version, signer in [*wanted, (AGENT, None, None)]:
        apk = apk_for(conn, package, abi=device.abi, version_name=version, signer=signer, api=device.api)
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
    now = {package for package, _, _ in wanted}
    locked = set(policy.android.locked_packages)
    here = {book.path for book in policy.books} | {file.path for file in policy.android.files}
    books = conn.all("SELECT path FROM android_book ORDER BY path")
    return Stock(
        apks=tuple(found),
        left_apps=tuple(row["package"] for row in known if row["kind"] == "app" and row["package"] not in now),
        left_locked=tuple(row["package"] for row in known if row["kind"] == "locked" and row["package"] not in locked),
        left_books=tuple(row["path"] for row in books if row["path"] not in here),
    )


class Stocks:
    """Remembers stocks for as long as neither the APK store nor the policies' packages and books change."""

    def __init__(self, addresses: ApkAddresses) -> None:
        self._addresses = addresses
        self._as_of = ""
        self._known: dict[tuple[str, AndroidClass], Stock] = {}

    def stock_for(self, conn: Connection, policy: Policy, device: AndroidClass) -> Stock:
        """Return what `stock_for` returns, mostly without asking for each app."""
        as_of = _as_of(conn)
        if as_of != self._as_of:
            self._as_of, self._known = as_of, {}
        key = (policy.policy_id, device)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = stock_for(conn, policy, device, self._addresses)
        return found


def _as_of(conn: Connection) -> str:
    row = conn.one(
        "SELECT (SELECT COUNT(*) FROM apk) AS files, (SELECT MAX(added_at) FROM apk) AS newest,"
        " (SELECT COUNT(*) FROM android_package) AS packages, (SELECT COUNT(*) FROM android_book) AS books"
    )
    return "" if row is None else f"{row['files']} {row['newest']} {row['packages']} {row['books']}"


def _newer(conn: Connection, chosen: Apk) -> tuple[str, ...]:
    """Android never goes back by itself: who has one of these must lose it first."""
    found = {
        one.version_name for one in apks_of_package(conn, chosen.package) if one.version_code > chosen.version_code
    }
    return tuple(sorted(found - {chosen.version_name}))


def remember_packages(conn: Connection, policy: Policy) -> None:
    """Note what a policy may put on tablets or lock there, books too, so that it is taken away when it leaves."""
    rows = [{"package": app.package, "kind": "app"} for app in policy.apps if app.package and app.install == "required"]
    rows += [{"package": package, "kind": "locked"} for package in policy.android.locked_packages]
    conn.many("INSERT INTO android_package (package, kind) VALUES (:package, :kind) ON CONFLICT DO NOTHING", rows)
    books = [{"path": book.path} for book in policy.books if book.path is not None]
    conn.many("INSERT INTO android_book (path) VALUES (:path) ON CONFLICT DO NOTHING", books)
