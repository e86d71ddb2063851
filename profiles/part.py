"""What every part of a policy is, and the texts that many of them hold."""

from typing import Annotated

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=100)]
HttpsUrl = Annotated[str, Meta(pattern=r"^https://[^\s]+$", max_length=2000)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a policy. Defaults are not written, so that a field that is added changes no policy's hash."""
