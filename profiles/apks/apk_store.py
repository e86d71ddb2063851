"""SQL of the APK store. Every function runs inside the caller's transaction."""

import msgspec

from mdm.store import Connection, Row
from profiles.apks.apk import Apk

_ALSO_RUNS = {"arm64-v8a": ("armeabi-v7a", "armeabi"), "armeabi-v7a": ("armeabi",), "x86_64": ("x86",)}


def add_apk(conn: Connection, apk: Apk) -> bool:
    """Store what is known of a file; tell whether it is new."""
    row = msgspec.structs.asdict(apk)
    row |= {
        "abis": msgspec.json.encode(apk.abis).decode(),
        "permissions": msgspec.json.encode(apk.permissions).decode(),
        "split": int(apk.split),
    }
    return bool(
        conn.run(
            "INSERT INTO apk (hash, package, version_name, version_code, label, min_sdk, abis, permissions, signer,"
            " split, size, added_at, added_by) VALUES (:hash, :package, :version_name, :version_code, :label,"
            " :min_sdk, :abis, :permissions, :signer, :split, :size, :added_at, :added_by)"
            " ON CONFLICT (hash) DO NOTHING",
            **row,
        )
    )


def apk_of_hash(conn: Connection, digest: str) -> Apk | None:
    """Return the file with that SHA-256."""
    row = conn.one("SELECT * FROM apk WHERE hash = :hash", hash=digest)
    return None if row is None else _apk(row)


def apk_of_beginning(conn: Connection, begun: str) -> Apk | None:
    """Return the file whose SHA-256 begins so."""
    row = conn.one(
        "SELECT * FROM apk WHERE hash >= :begun AND hash < :after ORDER BY hash LIMIT 1", begun=begun, after=f"{begun}g"
    )
    return None if row is None else _apk(row)


def apks_of_package(conn: Connection, package: str) -> list[Apk]:
    """Return the files of an app, the newest version first."""
    rows = conn.all(
        "SELECT * FROM apk WHERE package = :package ORDER BY version_code DESC, added_at DESC, hash", package=package
    )
    return [_apk(row) for row in rows]


def list_apks(conn: Connection) -> list[Apk]:
    """Return every file, by app, the newest version first."""
    return [_apk(row) for row in conn.all("SELECT * FROM apk ORDER BY package, version_code DESC, hash")]


def find_apks(conn: Connection, reference: str) -> list[Apk]:
    """Return the files that a person means: an app's, or those whose hash begins so (6 digits at least)."""
    begun = [one for one in list_apks(conn) if len(reference) >= 6 and one.hash.startswith(reference.lower())]
    return apks_of_package(conn, reference) or begun


def apk_for(
    conn: Connection,
    package: str,
    *,
    abi: str,
    version_name: str | None,
    signer: str | None = None,
    api: int | None = None,
) -> Apk | None:
    """Return the newest file of an app that a tablet can run, in the version and by the signer named; else None.

    A file for the tablet's own machine code is better than one for an older that it runs too. ``api``: the tablet's
    level of Android's interface; None where it does not matter.
    """
    found = [
        one
        for one in apks_of_package(conn, package)
        if version_name in (None, one.version_name)
        and signer in (None, one.signer)
        and (api is None or one.min_sdk <= api)
    ]
    for wanted in (abi, *_ALSO_RUNS.get(abi, ())):
        for one in found:
            if not one.abis or wanted in one.abis:
                return one
    return None


def remove_apk(conn: Connection, digest: str) -> bool:
    """Forget a file; tell whether it was there."""
    return bool(conn.run("DELETE FROM apk WHERE hash = :hash", hash=digest))


def _apk(row: Row) -> Apk:
    return Apk(
        hash=row["hash"],
        package=row["package"],
        version_name=row["version_name"],
        version_code=row["version_code"],
        label=row["label"],
        min_sdk=row["min_sdk"],
        abis=tuple(msgspec.json.decode(row["abis"])),
        permissions=tuple(msgspec.json.decode(row["permissions"])),
        signer=row["signer"],
        split=bool(row["split"]),
        size=row["size"],
        added_at=row["added_at"],
        added_by=row["added_by"],
    )
