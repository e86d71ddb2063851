"""Puts the planner's steps into Apple's commands; equal steps of many tablets are one command."""

import hashlib
from collections import OrderedDict

import msgspec

from mdm.apple.commands.base import Command, encode
from mdm.apple.commands.books import InstallMedia, ManagedMediaList, RemoveMedia
from mdm.apple.commands.content import (
    DeclarativeManagement,
    DeviceConfigured,
    InstallApplication,
    InstallProfile,
    RemoveApplication,
    RemoveProfile,
    SetDeviceName,
    SetTimeZone,
    SetWallpaper,
)
from mdm.apple.commands.queries import DeviceInformation, ManagedApplicationList, ProfileList, SecurityInfo
from mdm.apple.declarative_service import timestamp
from mdm.commands import convergence_store
from mdm.commands.queue import NewCommand
from mdm.commands.report import Report
from mdm.commands.steps import (
    ApplyConfiguration,
    FinishSetup,
    InstallAppStep,
    InstallBookStep,
    InstallProfileStep,
    NameStep,
    OpenStep,
    QueryApps,
    QueryBooks,
    QueryDevice,
    QueryProfiles,
    QuerySecurity,
    RemoveAppStep,
    RemoveBookStep,
    RemoveProfileStep,
    Step,
    SyncDeclarations,
    TimeZoneStep,
    WallpaperStep,
)
from mdm.commands.target import TargetBook, store_id_of
from mdm.store import Connection

_REMEMBERED = 512
_MINUTE = 60_000


class AppleSteps:
    """The `StepEncoder` of iPads. A command's UUID is the hash of its content, so that it is stored once."""

    patience: tuple[int, ...] = (
        _MINUTE // 6,
        _MINUTE // 2,
        _MINUTE,
        5 * _MINUTE,
        15 * _MINUTE,
        60 * _MINUTE,
        6 * 60 * _MINUTE,
    )
    acknowledges = True

    def __init__(self) -> None:
        self._made: OrderedDict[str, NewCommand] = OrderedDict()

    def command_for(self, conn: Connection, tablet_id: str, step: Step) -> NewCommand:
        """Return the command that carries ``step`` out."""
        del tablet_id
        name = hashlib.sha256(type(step).__name__.encode() + msgspec.json.encode(step, order="sorted")).hexdigest()
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = _new_command(step, _command(conn, step))
            if len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
        return made

    def before_look(self, report: Report, now: int) -> Report:
        """Forget what an iPad can be asked, so that drift shows."""
        del now
        return report.asked_again()


def _new_command(step: Step, command: Command) -> NewCommand:
    content = hashlib.sha256(step.key.encode() + b"\0" + encode(command, "")).hexdigest()[:32]
    return NewCommand(
        command_id=content, request_type=command.request_type, body=encode(command, content), step=step.key
    )


def _command(conn: Connection, step: Step) -> Command:
    match step:
        case QueryDevice():
            return DeviceInformation()
        case QuerySecurity():
            return SecurityInfo()
        case QueryProfiles():
            return ProfileList()
        case QueryApps():
            return ManagedApplicationList()
        case QueryBooks():
            return ManagedMediaList()
        case SyncDeclarations():
            return DeclarativeManagement(tokens=_sync_tokens(conn, step))
        case InstallProfileStep():
            return InstallProfile(profile=_artifact(conn, step.profile.artifact))
        case RemoveProfileStep():
            return RemoveProfile(identifier=step.identifier)
        case InstallAppStep():
            app = step.app
            return InstallApplication(
                bundle_id=app.bundle_id,
                store_id=app.store_id,
                manifest_url=app.manifest_url,
                removable=app.removable,
                configuration=app.configuration,
            )
        case RemoveAppStep():
            return RemoveApplication(bundle_id=step.bundle_id)
        case InstallBookStep():
            return _install_media(step.book)
        case RemoveBookStep():
            store_id = store_id_of(step.identifier)
            return RemoveMedia(store_id=store_id, persistent_id=None if store_id is not None else step.identifier)
        case NameStep():
            return SetDeviceName(name=step.name)
        case TimeZoneStep():
            return SetTimeZone(time_zone=step.time_zone)
        case WallpaperStep():
            return SetWallpaper(picture=_artifact(conn, step.picture))
        case FinishSetup():
            return DeviceConfigured()
        case ApplyConfiguration() | OpenStep():
            raise LookupError("an iPad has no agent")


def _install_media(book: TargetBook) -> InstallMedia:
    if book.store_id is not None:
        return InstallMedia(store_id=book.store_id)
    return InstallMedia(
        url=book.url,
        persistent_id=book.identifier,
        kind=book.kind,
        version=book.version,
        author=book.author,
        title=book.title,
    )


def _artifact(conn: Connection, digest: str) -> bytes:
    found = convergence_store.artifact(conn, digest)
    if found is None:
        raise LookupError(digest)
    return found[1]


def _sync_tokens(conn: Connection, step: SyncDeclarations) -> bytes:
    created = timestamp(convergence_store.artifact_created(conn, step.artifact))
    return msgspec.json.encode({"SyncTokens": {"DeclarationsToken": step.token, "Timestamp": created}})
