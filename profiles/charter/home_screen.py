"""The home screen of a policy from which a web page was taken: its place goes too, so that the rest still holds."""

from typing import Any

from profiles.charter.change import PolicyTree

_PAGE = "web:"


def without_lost_pages(policy: PolicyTree) -> PolicyTree:
    """Return the policy without places on the home screen for web pages that it does not have."""
    screen = policy.get("home_screen")
    clips = policy.get("web_clips", [])
    if not isinstance(screen, dict) or not isinstance(clips, list):
        return policy
    known = {f"{_PAGE}{clip.get('label')}" for clip in clips if isinstance(clip, dict)}
    kept = {
        key: [_kept(one, known) for one in value if _stays(one, known)] if isinstance(value, list) else value
        for key, value in screen.items()
    }
    return {**policy, "home_screen": kept}


def _kept(item: Any, known: set[str]) -> Any:
    return [one for one in item if _stays(one, known)] if isinstance(item, list) else item


def _stays(item: Any, known: set[str]) -> bool:
    return not isinstance(item, str) or not item.startswith(_PAGE) or item in known
