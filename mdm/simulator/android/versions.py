"""Which of two versions of an application is the newer one, as the agent compares them."""

import re
from itertools import zip_longest

_OTHER = re.compile(r"[^\d.]", re.ASCII)


def digits_and_dots(version: str) -> str:
    """Return what the agent compares of a version's name: ``1.2-beta`` is ``1.2``."""
    return _OTHER.sub("", version)


def same_version(name: str, code: int | None, installed_name: str, installed_code: int) -> bool:
    """Tell whether a wanted version is the installed one: by its code unless that is null or 0, else by its name."""
    if code:
        return code == installed_code
    return digits_and_dots(name) == digits_and_dots(installed_name)


def is_older(name: str, code: int | None, installed_name: str, installed_code: int) -> bool:
    """Tell whether a wanted version is older than the installed one, and so is left alone."""
    if code:
        return code < installed_code
    for wanted, installed in zip_longest(_numbers(name), _numbers(installed_name), fillvalue=0):
        if wanted != installed:
            return wanted < installed
    return False


def _numbers(version: str) -> list[int]:
    return [int(part[-18:] or 0) for part in digits_and_dots(version).split(".")]
