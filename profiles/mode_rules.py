"""What a mode changes of an agreed policy: it takes away, it never adds.

At home the charter's home rules hold, and what guardians take away on top; outside the hours of use nothing may be
opened. In class mode one app or one page is in front, or the screen is covered.
"""

from collections.abc import Collection
from datetime import time
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from mdm.home.modes.hours import HomeHours, Span
from mdm.home.modes.mode import Mode
from mdm.home.modes.mode_store import Brought, RunningFocus
from profiles.policy import App, Home, Policy, WebClip, WebFilter

SAFARI, SETTINGS_APP = "com.apple.mobilesafari", "com.apple.Preferences"
CHROME = "com.android.chrome"
_APPLES = "com.apple."
_GRID_MS = 5 * 60_000


class Focus(msgspec.Struct, frozen=True, kw_only=True):
    """A class mode, as it is compiled: ``app`` by bundle identifier or package, or a page of the policy.

    ``until`` in milliseconds; ``browser``: a page opens in the policy's browser.
    """

    class_mode_id: str
    kind: Literal["app", "page", "lock"]
    until: int
    app: str | None = None
    page: WebClip | None = None
    browser: bool = False


class ModeRules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds on top of a policy; equal rules compile to the same.

    ``hidden``: bundle identifiers and packages that cannot be opened. ``closed``: none can. ``web_filter`` is in the
    place of the policy's. ``veiled``: packages that an Android tablet hid and has not shown again yet.
    """

    hidden: tuple[str, ...] = ()
    closed: bool = False
    web_filter: WebFilter | None = None
    focus: Focus | None = None
    veiled: tuple[str, ...] = ()

    def policy(self, policy: Policy) -> Policy:
        """Return the policy with what these rules change of its fields."""
        if self.web_filter is not None:
            policy = msgspec.structs.replace(policy, web_filter=self.web_filter)
        if self.focus is not None and self.focus.page is not None and not self.focus.browser:
            clip = msgspec.structs.replace(self.focus.page, full_screen=True)
            policy = msgspec.structs.replace(policy, web_clips=(clip,), home_screen=None)
        return policy

    def with_veiled(self, packages: tuple[str, ...]) -> "ModeRules":
        """Return these rules for a tablet that hides these packages still, though it should not."""
        return msgspec.structs.replace(self, veiled=packages)


SCHOOL = ModeRules()
"""Nothing but the policy."""


def rules_of(policy: Policy, brought: Brought | None, taken_away: Collection[str], *, platform: str) -> ModeRules:
    """Return the rules of a tablet that was brought to a mode; ``taken_away`` are apps by guardians' wish."""
    if brought is None or brought.mode is Mode.SCHOOL:
        return SCHOOL
    if brought.mode is Mode.FOCUS:
        focus = focus_of(policy, brought.focus, platform=platform) if brought.focus is not None else None
        return ModeRules(focus=focus)
    if brought.mode is Mode.LOST:
        # An iPad in lost mode takes no profile, and its screen shows nothing else; an agent has nothing but this.
        return ModeRules(closed=True, hidden=app_names(policy)) if platform == "android" else SCHOOL
    return home_rules(policy, taken_away, usable=brought.usable)


def home_rules(policy: Policy, taken_away: Collection[str], *, usable: bool) -> ModeRules:
    """Return the rules at home, in or outside the hours of use."""
    home = policy.home or Home()
    gone = {*home.apps_taken_away, *taken_away}
    # An app has a name on each platform, and either takes it away.
    hidden = {
        name
        for app in policy.apps
        if {app.bundle_id, app.package} & gone
        for name in (app.bundle_id, app.package)
        if name is not None
    }
    return ModeRules(
        hidden=tuple(sorted(hidden)) if usable else app_names(policy),
        closed=not usable,
        web_filter=stricter_filter(policy.web_filter, home.web_filter),
    )


def focus_of(policy: Policy, running: RunningFocus, *, platform: str) -> Focus | None:
    """Return a class mode where the policy agrees to what it opens; None where it does not, or not any more."""
    app, page = None, None
    if running.kind == "app":
        app = next((running.what for one in policy.apps if running.what == name_on(one, platform)), None)
        if app is None:
            return None
    elif running.kind == "page":
        page = next((one for one in policy.web_clips if one.label == running.what), None)
        if page is None:
            return None
    ipad = platform == "ipad"
    return Focus(
        # An iPad's profile names its end and nothing else of the occasion: kits that end together share it.
        class_mode_id="" if ipad else running.class_mode_id,
        kind=app_page_or_lock(running.kind),
        until=-(-running.until // _GRID_MS) * _GRID_MS if ipad else running.until,
        app=app,
        page=page,
        browser=has_browser(policy, platform=platform),
    )


def app_page_or_lock(kind: str) -> Literal["app", "page", "lock"]:
    """Return the kind of a class mode as a value."""
    return "app" if kind == "app" else "page" if kind == "page" else "lock"


def has_browser(policy: Policy, *, platform: str) -> bool:
    """Tell whether the policy agrees to the browser that pages open in: Safari, or Chrome on Android."""
    names = {name for app in policy.apps for name in (app.bundle_id, app.package)}
    if platform == "android":
        return CHROME in names
    return policy.restrictions.safari is not False and (not policy.restrictions.only_listed_apps or SAFARI in names)


def name_on(app: App, platform: str) -> str | None:
    """Return what identifies an app on a platform; None where it is not for that one."""
    return app.package if platform == "android" else app.bundle_id


def is_preinstalled(bundle_id: str) -> bool:
    """Tell whether an app comes with iPads."""
    return bundle_id.startswith(_APPLES)


def app_names(policy: Policy) -> tuple[str, ...]:
    """Return the identifiers of a policy's apps, on both platforms."""
    return tuple(sorted({name for app in policy.apps for name in (app.bundle_id, app.package) if name is not None}))


def hours_of(home: Home | None) -> HomeHours:
    """Return the hours of use that home rules set."""
    if home is None:
        return HomeHours()
    return HomeHours(
        school_days=_span(home.school_days_from, home.school_days_to),
        other_days=_span(home.other_days_from, home.other_days_to),
        night=_span(home.night_from, home.night_to),
    )


def stricter_filter(one: WebFilter | None, other: WebFilter | None) -> WebFilter | None:
    """Return a filter that lets through only what both let through; None where there is none."""
    if one is None or other is None:
        return one or other
    filters = (one, other)
    return WebFilter(
        limit_adult_content=one.limit_adult_content or other.limit_adult_content,
        blocked=tuple(dict.fromkeys((*one.blocked, *other.blocked))),
        allowed=tuple(
            url
            for url in dict.fromkeys((*one.allowed, *other.allowed))
            if all(_lets_through(each, url) for each in filters)
        ),
    )


def _lets_through(rule: WebFilter, url: str) -> bool:
    """Tell whether a filter surely lets an address through: it is named, or nothing touches its host."""
    host = urlsplit(url).hostname or ""
    blocked = any(_under(host, urlsplit(one).hostname or "") for one in rule.blocked)
    return url in rule.allowed or (not rule.limit_adult_content and not blocked)


def _under(host: str, blocked: str) -> bool:
    return host == blocked or host.endswith(f".{blocked}") or blocked.endswith(f".{host}")


def _span(begin: str | None, end: str | None) -> Span | None:
    if begin is None or end is None:
        return None
    return Span(begin=time.fromisoformat(begin), end=time.fromisoformat(end))
