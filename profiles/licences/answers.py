"""What Apple's Apps and Books answers, as values.

Source: Apple's documentation of Device Management, "App, Book, and Subscription Management": the objects
ServiceConfigResponse, ClientConfigResponse, GetAssetsResponse, GetAssignmentsResponse, EventResponse, StatusResponse
and ErrorResponse. Unknown members are ignored, for Apple adds some.
"""

from typing import Literal

import msgspec

from mdm.errors import Words
from mdm.i18n import N_
from profiles.licences.errors import AnswerNotUnderstood

UNLIMITED = 2_147_483_647
"""The total of an app that may be assigned without end: a free one."""

_STORE_ID_LIMIT = 1 << 62
_NAME_LIMIT = 200


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An answer's members bear Apple's names in camel case."""


class Limits(_Answer, frozen=True, kw_only=True):
    """How much one request may hold; the defaults are those of Apple's example, and serve where one is missing."""

    max_assets: int = 25
    max_serial_numbers: int = 1000
    max_request_per_second: int = 15
    max_mdm_name_length: int = 100
    max_mdm_metadata_length: int = 255
    max_mdm_id_length: int = 100


class Addresses(_Answer, frozen=True, kw_only=True):
    """Where each request goes."""

    client_config: str
    get_assets: str
    get_assignments: str
    associate_assets: str
    disassociate_assets: str
    event_status: str


class ServiceConfig(_Answer, frozen=True, kw_only=True):
    """What the service says of itself; good for five minutes."""

    urls: Addresses
    limits: Limits = Limits()


class MdmInfo(_Answer, frozen=True, kw_only=True):
    """The management service that says a location is its own."""

    id: str = ""
    name: str = ""
    metadata: str = ""


class ClientConfig(_Answer, frozen=True, kw_only=True):
    """A location; ``u_id`` is Apple's identifier of its library, the same for each of its tokens."""

    u_id: str = msgspec.field(name="uId")
    location_name: str = ""
    mdm_info: MdmInfo | None = None

    @property
    def name(self) -> str:
        """The location's name, fit to be shown."""
        return "".join(one for one in self.location_name if one.isprintable())[:_NAME_LIMIT] or self.u_id


class _Owned(_Answer, frozen=True, kw_only=True):
    mdm_info: MdmInfo | None = None


class Asset(_Answer, frozen=True, kw_only=True):
    """An app or a book that a location owns."""

    adam_id: str
    pricing_param: str = "STDQ"
    product_type: str = "App"
    total_count: int = 0
    assigned_count: int = 0
    available_count: int = 0
    device_assignable: bool = False
    revocable: bool = True

    @property
    def store_id(self) -> int:
        """The App Store's number of it."""
        return store_id_of(self.adam_id)

    @property
    def is_unlimited(self) -> bool:
        """Tell whether it may be assigned without end."""
        return self.total_count >= UNLIMITED


class Assignment(_Answer, frozen=True, kw_only=True):
    """An app that is assigned to a device, or to a user (then without a serial number)."""

    adam_id: str
    serial_number: str | None = None
    pricing_param: str = "STDQ"

    @property
    def store_id(self) -> int:
        """The App Store's number of the app."""
        return store_id_of(self.adam_id)


class _Page(_Owned, frozen=True, kw_only=True):
    current_page_index: int = 0
    next_page_index: int | None = None
    total_pages: int = 1
    version_id: str = ""


class AssetPage(_Page, frozen=True, kw_only=True):
    """A page of what a location owns."""

    assets: tuple[Asset, ...] = ()


class AssignmentPage(_Page, frozen=True, kw_only=True):
    """A page of what is assigned."""

    assignments: tuple[Assignment, ...] = ()


class Event(_Owned, frozen=True, kw_only=True):
    """A request that was accepted, and is carried out later."""

    event_id: str


class Refusal(_Answer, frozen=True, kw_only=True):
    """An error: a number that is documented, and Apple's own words for it."""

    error_number: int = 0
    error_message: str = ""


class EventStatus(_Owned, frozen=True, kw_only=True):
    """How far an accepted request is."""

    event_status: Literal["PENDING", "COMPLETE", "FAILED"]
    num_completed: int = 0
    num_requested: int = 0
    failures: tuple[Refusal, ...] = ()


def store_id_of(adam_id: str) -> int:
    """Return a product's number; raise `AnswerNotUnderstood`."""
    if not (adam_id.isascii() and adam_id.isdigit() and len(adam_id) < 19 and 0 < int(adam_id) < _STORE_ID_LIMIT):
        raise AnswerNotUnderstood(reason=Words(N_("an app's number is not a number")))
    return int(adam_id)
