"""The compiler: a policy and a kind of tablet give a target, and nothing else does.

What it makes is the same for all the tablets of that kind, so that it is made once and shared.
"""

import plistlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from mdm.apple.commands.base import version_key
from mdm.commands.target import Artifact, Target, TargetApp, TargetBook, TargetProfile, TargetSettings, store_book
from mdm.i18n import N_
from profiles.charter.agreed import AgreedPolicy
from profiles.declarations import apps_are_declared, declare
from profiles.home_gaps import home_gaps
from profiles.mode_rules import SCHOOL, Focus, ModeRules
from profiles.payloads import content
from profiles.payloads.base import PREFIX, SUPERVISION, DeviceClass, NotEnforced, profile
from profiles.payloads.focus import NAME as FOCUS
from profiles.payloads.focus import app_needed, focus_payloads, removal_date
from profiles.payloads.restrictions import restrictions
from profiles.policy import Policy

PROFILE = "application/x-apple-aspen-config"
_DECLARATIVE_FROM = "17.0"
_CLASSES = ("14.0", "14.5", "15.0", "16.0", "17.0", "17.2", "18.0")
"""The iOS versions from which some compiled key differs; a tablet shares the target of the newest that it has."""
_REMEMBERED = 256
_BOOKS_APP = "com.apple.iBooks"
_ACCOUNT = N_("an Apple Account on each tablet that has a licence of it: Apple gives licences of books to people")
_READER = N_("the app Books ({detail}) among the apps: one that is not listed cannot be opened")


class Signer(Protocol):
    """Signs profiles."""

    def sign(self, profile: bytes) -> bytes:
        """Return the profile in a CMS signature."""
        ...


class CompiledTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A target, the content that it names, and what such tablets do not obey."""

    target: Target
    artifacts: tuple[Artifact, ...]
    not_enforced: tuple[NotEnforced, ...]


@lru_cache(maxsize=256)
def device_class(os_version: str, *, supervised: bool) -> DeviceClass:
    """Return the kind of a tablet: the newest known version that it has, and whether it is supervised."""
    known = [one for one in _CLASSES if version_key(one) <= version_key(os_version)]
    return DeviceClass(os_version=known[-1] if known else _CLASSES[0], supervised=supervised)


class Compiler:
    """Compiles policies; the last ones are remembered."""

    def __init__(
        self, *, organization: str, device_url: str, secret: Callable[[str], str], signer: Signer | None = None
    ) -> None:
        self._organization = organization
        self._device_url = device_url.rstrip("/")
        self._secret = secret
        self._signer = signer
        self._done: OrderedDict[tuple[str, DeviceClass, ModeRules], CompiledTarget] = OrderedDict()

    def compile(self, agreed: AgreedPolicy, device: DeviceClass, rules: ModeRules = SCHOOL) -> CompiledTarget:
        """Return the compiled target under a mode's rules; raise `SecretUnknown` for a secret that is not here."""
        key = (agreed.policy_id, device, rules)
        done = self._done.get(key)
        if done is None:
            done = self._done[key] = self._compile(agreed.policy, device, rules)
            if len(self._done) > _REMEMBERED:
                self._done.popitem(last=False)
        return done

    def gaps(self, policy: Policy, device: DeviceClass) -> tuple[NotEnforced, ...]:
        """Return what such tablets would not obey of a policy, agreed or not; raise `SecretUnknown`."""
        return (*self._compile(policy, device, SCHOOL).not_enforced, *home_gaps(policy, supervised=device.supervised))

    def _compile(self, agreed: Policy, device: DeviceClass, rules: ModeRules) -> CompiledTarget:
        policy = rules.policy(agreed)
        declarative = device.has(_DECLARATIVE_FROM)
        artifacts: list[Artifact] = []
        missing: list[NotEnforced] = []
        made: list[TargetProfile] = []
        for name, title, payloads in self._profiles(policy, device, rules, declarative=declarative, missing=missing):
            made.append(self._profile(name, title, payloads, artifacts))
        picture = None
        if policy.wallpaper is not None:
            media = "image/png" if policy.wallpaper.startswith(b"\x89PNG") else "image/jpeg"
            artifact = Artifact(media_type=media, body=policy.wallpaper)
            artifacts.append(artifact)
            picture = artifact.hash
        settings = TargetSettings(time_zone=policy.time_zone, wallpaper=picture, name_from_slot=policy.name_from_slot)
        if not device.supervised:
            missing += _unsupervised_settings(policy)
        missing += _book_gaps(policy, device)
        target = Target(
            policy_id=agreed.policy_id,
            profiles=tuple(made),
            apps=_apps(policy),
            books=target_books(policy),
            settings=settings,
        )
        if declarative:
            target = self._declared(policy, device, target, artifacts, missing)
        elif policy.os_updates is not None and policy.os_updates.version is not None:
            missing.append(NotEnforced(field="os_updates.version", needs="iPadOS 17.0"))
        if rules.focus is not None and device.supervised:
            target = self._focused(target, rules.focus, device, artifacts)
        return CompiledTarget(target=target, artifacts=tuple(artifacts), not_enforced=tuple(missing))

    def _declared(
        self,
        policy: Policy,
        device: DeviceClass,
        target: Target,
        artifacts: list[Artifact],
        missing: list[NotEnforced],
    ) -> Target:
        declared, refused = declare(
            policy, device, organization=self._organization, device_url=self._device_url, profiles=target.profiles
        )
        missing += refused
        artifact = Artifact(media_type="application/json", body=declared.to_json())
        artifacts.append(artifact)
        apps_declared = apps_are_declared(device)
        return msgspec.structs.replace(
            target,
            profiles=(),
            apps=() if apps_declared else target.apps,
            declarations=artifact.hash,
            declarations_token=declared.token,
            apps_declared=apps_declared,
        )

    def _focused(self, target: Target, focus: Focus, device: DeviceClass, artifacts: list[Artifact]) -> Target:
        """Return the target with the profile of the class mode, which no declaration brings: a command is faster."""
        payloads = focus_payloads(focus, device)
        if not payloads:
            return target
        made = self._profile(FOCUS, "Class mode", payloads, artifacts, removal=removal_date(focus))
        made = msgspec.structs.replace(made, needs_app=app_needed(focus))
        return msgspec.structs.replace(target, profiles=(*target.profiles, made))

    def _profiles(
        self,
        policy: Policy,
        device: DeviceClass,
        rules: ModeRules,
        *,
        declarative: bool,
        missing: list[NotEnforced],
    ) -> Sequence[tuple[str, str, list[dict[str, Any]]]]:
        """Return name, title and payloads of each profile; one a subject, so that a change replaces only that one."""
        found: list[tuple[str, str, list[dict[str, Any]]]] = []
        parts = [
            ("restrictions", "Restrictions", restrictions(policy, device, rules)),
            ("wifi", "Wi-Fi", content.wifi(policy, device, self._secret)),
            ("web-clips", "Web pages", content.web_clips(policy, device)),
            ("home-screen", "Home screen", content.home_screen(policy, device)),
            ("web-filter", "Web filter", content.web_filter(policy, device)),
        ]
        if not declarative:
            parts.append(("passcode", "Passcode", content.passcode(policy, device)))
        for name, title, (payloads, refused) in parts:
            missing += refused
            if payloads:
                # A profile that a declaration brings has a name of its own, so that the two ways never touch each
                # other's when a tablet passes from one to the other.
                found.append((f"declared.{name}" if declarative else f"policy.{name}", title, payloads))
        return found

    def _profile(
        self,
        name: str,
        title: str,
        payloads: list[dict[str, Any]],
        artifacts: list[Artifact],
        *,
        removal: datetime | None = None,
    ) -> TargetProfile:
        plain = profile(name, title, self._organization, payloads, removal=removal)
        body = plistlib.dumps(plain)
        if self._signer is not None:
            body = self._signer.sign(body)
        artifact = Artifact(media_type=PROFILE, body=body)
        artifacts.append(artifact)
        return TargetProfile(identifier=f"{PREFIX}{name}", uuid=plain["PayloadUUID"], artifact=artifact.hash)


def _apps(policy: Policy) -> tuple[TargetApp, ...]:
    return tuple(
        TargetApp(
            bundle_id=app.bundle_id,
            store_id=app.store_id,
            manifest_url=app.manifest_url,
            removable=app.removable,
            configuration=app.configuration or None,
        )
        for app in policy.apps
        if app.install == "required" and app.bundle_id is not None
    )


def target_books(policy: Policy) -> tuple[TargetBook, ...]:
    """Return the books of iPads: commands bring them to every system, for Apple has no declaration of a book."""
    return tuple(
        TargetBook(
            identifier=f"{PREFIX}book.{book.identifier}",
            title=book.name,
            url=book.url,
            kind=book.kind,
            version=str(book.version),
            author=book.author,
        )
        if book.store_id is None
        else TargetBook(identifier=store_book(book.store_id), title=book.name, store_id=book.store_id)
        for book in policy.books
    )


def _book_gaps(policy: Policy, device: DeviceClass) -> list[NotEnforced]:
    found = [
        NotEnforced(field=f"books[{place}] {book.name}", needs=_ACCOUNT)
        for place, book in enumerate(policy.books)
        if book.store_id is not None
    ]
    alone = policy.restrictions.only_listed_apps and device.supervised
    if policy.books and alone and all(app.bundle_id != _BOOKS_APP for app in policy.apps):
        found.append(NotEnforced(field="books", needs=_READER, detail=_BOOKS_APP))
    return found


def _unsupervised_settings(policy: Policy) -> list[NotEnforced]:
    wished = {
        "time_zone": policy.time_zone is not None,
        "wallpaper": policy.wallpaper is not None,
        "name_from_slot": policy.name_from_slot,
    }
    return [NotEnforced(field=field, needs=SUPERVISION) for field, is_wished in wished.items() if is_wished]
