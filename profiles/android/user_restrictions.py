"""Android's user restrictions, and which fields of a policy they carry out.

Source: Android, ``UserManager.DISALLOW_*`` values; the agent sets them as device owner.
"""

from mdm.i18n import N_
from profiles.payloads.base import NotEnforced
from profiles.policy import Policy

NO_SUCH_THING = N_("an Android system that has such a thing")
AGENT_CANNOT = N_("an agent that can do it: the open one cannot")

_BY_FIELD = {
    "app_store": ("no_install_apps", "no_install_unknown_sources"),
    "app_removal": ("no_uninstall_apps",),
    "account_changes": ("no_modify_accounts",),
    "airdrop": ("no_outgoing_beam",),
    "bluetooth_changes": ("no_config_bluetooth",),
    "erase": ("no_factory_reset",),
    "messages": ("no_sms",),
    "pairing_with_computers": ("no_usb_file_transfer",),
    "passcode_changes": ("no_config_credentials",),
    "vpn_creation": ("no_config_vpn",),
    "wallpaper_changes": ("no_set_wallpaper",),
}
"""What is forbidden where the policy says false."""

_AGENT_CANNOT = frozenset(
    {
        "camera",
        "automatic_app_downloads",
        "in_app_purchases",
        "explicit_content",
        "notification_changes",
        "screen_time",
        "dictation",
        "password_autofill",
        "wifi_always_on",
    }
)
_ELSEWHERE = frozenset({"screenshots", "only_listed_apps"})


def user_restrictions(policy: Policy) -> tuple[tuple[str, ...], list[NotEnforced]]:
    """Return the user restrictions that a policy needs, sorted, and what it asks for that Android cannot."""
    names = set(policy.android.user_restrictions)
    missing: list[NotEnforced] = []
    for field in type(policy.restrictions).__struct_fields__:
        value = getattr(policy.restrictions, field)
        if value is None or field in _ELSEWHERE:
            continue
        # A permission is Android's default; only what is forbidden has to be carried out.
        if field in _BY_FIELD:
            names |= set(_BY_FIELD[field]) if value is False else set()
        elif field == "wifi_always_on" or value is False:
            needs = AGENT_CANNOT if field in _AGENT_CANNOT else NO_SUCH_THING
            missing.append(NotEnforced(field=f"restrictions.{field}", needs=needs, wished=value))
    if policy.restrictions.only_listed_apps:
        # Tiles of other apps are not shown, but nothing stops an app that opens another.
        missing.append(NotEnforced(field="restrictions.only_listed_apps", needs=AGENT_CANNOT, wished=True))
    return tuple(sorted(names)), missing
