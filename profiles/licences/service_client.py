"""What is asked of Apple's Apps and Books: where it is, what a location owns and assigned, and to assign more.

Sources: Apple's documentation of Device Management, "Getting started with the management API", "Managing assets",
"Using paginated endpoints" and "Service Config". See docs/protocols/apps-and-books.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from profiles.licences.answers import (
    Asset,
    AssetPage,
    Assignment,
    AssignmentPage,
    ClientConfig,
    Event,
    EventStatus,
    Limits,
    MdmInfo,
    ServiceConfig,
)
from profiles.licences.errors import (
    AnswerLost,
    AnswerNotUnderstood,
    CountOvertaken,
    ServiceBusy,
    ServiceUnreachable,
)
from profiles.licences.transport import Access, Transport

log = structlog.get_logger()

Answer = TypeVar("Answer")
Item = TypeVar("Item")

PRICING = "STDQ"
"""The only quality that apps have; the other, PLUS, is of books, which are assigned to no device."""

_CONFIG_PATH = "/mdm/v2/service/config"
_CONFIG_MS = 5 * 60_000
_TRIES = 4
_PATIENCE_SECONDS = 30.0
_WALKS = 3
_PAGES = 20_000


class Listing(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """A whole list; ``version`` names the state of what was listed."""

    items: tuple[Item, ...]
    version: str


class ServiceClient:
    """The service at ``url``; ``own`` is what this server writes at a location to say that it manages it.

    Requests that only look are made again a few times when Apple asks to wait or does not answer. Requests that change
    something never are: their caller has to find out what was done. Errors are `TokenError` and `ServiceError`.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        url: str,
        own: MdmInfo,
        ca_file: Path | None = None,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._url = url.rstrip("/")
        self._own = own
        self._transport = Transport(clock, self._url, own.id, ca_file)
        self._pause = pause
        self._config: ServiceConfig | None = None
        self._config_at = 0

    @property
    def own_id(self) -> str:
        """What this server calls itself at Apple's."""
        return self._own.id

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def limits(self) -> Limits:
        """Return how much one request may hold."""
        return (await self._configured()).limits

    def forget_limits(self) -> None:
        """Ask for addresses and limits again before the next request: Apple changes them without notice."""
        self._config = None

    async def client_config(self, access: Access) -> ClientConfig:
        """Return what location a token is for, and which service says that it manages it."""
        urls = (await self._configured()).urls
        return await self._look(urls.client_config, access, ClientConfig)

    async def claim(self, access: Access) -> None:
        """Write at the location that this server manages it."""
        config = await self._configured()
        limits = config.limits
        info = {
            "id": self._own.id[: limits.max_mdm_id_length],
            "name": self._own.name[: limits.max_mdm_name_length],
            "metadata": self._own.metadata[: limits.max_mdm_metadata_length],
        }
        await self._transport.send("POST", config.urls.client_config, access, ClientConfig, content={"mdmInfo": info})

    async def assets(self, access: Access, *, known_version: str = "") -> Listing[Asset] | None:
        """Return the apps that a location owns; None when they are still those of ``known_version``."""
        urls = (await self._configured()).urls
        query = {"productType": "App", "pricingParam": PRICING}
        return await self._walk(urls.get_assets, access, AssetPage, lambda page: page.assets, query, known_version)

    async def assignments(
        self, access: Access, *, known_version: str = "", store_id: int | None = None, serial: str | None = None
    ) -> Listing[Assignment] | None:
        """Return what is assigned, of one app or to one device where named; None when still of ``known_version``."""
        urls = (await self._configured()).urls
        query = {"pricingParam": PRICING}
        if store_id is not None:
            query["adamId"] = str(store_id)
        if serial is not None:
            query["serialNumber"] = serial
        return await self._walk(
            urls.get_assignments, access, AssignmentPage, lambda page: page.assignments, query, known_version
        )

    async def associate(self, access: Access, store_ids: Collection[int], serials: Collection[str]) -> str:
        """Ask that each of these devices gets a licence of each of these apps; return the event to follow.

        Raises `AnswerLost` when it is not known whether Apple took the request.
        """
        urls = (await self._configured()).urls
        return await self._manage(urls.associate_assets, access, store_ids, serials)

    async def disassociate(self, access: Access, store_ids: Collection[int], serials: Collection[str]) -> str:
        """Ask that each of these devices gives back its licence of each of these apps; return the event to follow.

        Raises `AnswerLost` when it is not known whether Apple took the request.
        """
        urls = (await self._configured()).urls
        return await self._manage(urls.disassociate_assets, access, store_ids, serials)

    async def event(self, access: Access, event_id: str) -> EventStatus:
        """Return how far an event is; raise `ServiceRefused` with 9708 for one that Apple does not know."""
        urls = (await self._configured()).urls
        status = await self._look(urls.event_status, access, EventStatus, query={"eventId": event_id})
        self._transport.require_own(status.mdm_info, access)
        return status

    async def _configured(self) -> ServiceConfig:
        now = self._clock.ms()
        if self._config is None or not 0 <= now - self._config_at <= _CONFIG_MS:
            config = await self._look(self._url + _CONFIG_PATH, None, ServiceConfig)
            for address in msgspec.structs.astuple(config.urls):
                self._transport.require_apple(address)
            self._transport.pace.per_second = config.limits.max_request_per_second
            self._config, self._config_at = config, now
        return self._config

    async def _manage(self, address: str, access: Access, store_ids: Collection[int], serials: Collection[str]) -> str:
        assets = [{"adamId": str(one), "pricingParam": PRICING} for one in store_ids]
        content = {"assets": assets, "serialNumbers": list(serials)}
        return (await self._transport.send("POST", address, access, Event, content=content)).event_id

    async def _walk(
        self,
        address: str,
        access: Access,
        kind: type[Answer],
        items_of: Callable[[Any], Iterable[Item]],
        query: Mapping[str, str],
        known_version: str,
    ) -> Listing[Item] | None:
        """Turn all the pages; begin again when what is listed changes meanwhile, for then some would be missed."""
        for _ in range(_WALKS):
            found: list[Item] = []
            page: Any = await self._page(address, access, kind, query)
            version = page.version_id
            if version and version == known_version:
                return None
            found += items_of(page)
            turned = 1
            while page.version_id == version and page.next_page_index is not None:
                if page.next_page_index != turned or turned >= _PAGES:
                    raise AnswerNotUnderstood(reason=Words(N_("its pages are not in order")))
                page = await self._page(address, access, kind, {**query, "pageIndex": str(turned)})
                found += items_of(page)
                turned += 1
            if page.version_id == version:
                return Listing(items=tuple(found), version=version)
        raise CountOvertaken(location=access.location)

    async def _page(self, address: str, access: Access, kind: type[Answer], query: Mapping[str, str]) -> Answer:
        page: Any = await self._look(address, access, kind, query=query)
        self._transport.require_own(page.mdm_info, access)
        return page  # type: ignore[no-any-return]

    async def _look(
        self, address: str, access: Access | None, kind: type[Answer], *, query: Mapping[str, str] | None = None
    ) -> Answer:
        for attempt in range(1, _TRIES):
            try:
                return await self._transport.send("GET", address, access, kind, query=query)
            except (ServiceBusy, ServiceUnreachable, AnswerLost) as error:
                asked = error.after if isinstance(error, ServiceBusy) else None
                wait = asked if asked is not None else 2.0**attempt
                if wait > _PATIENCE_SECONDS:
                    raise
                log.info("apps_and_books_waits", code=error.code, seconds=wait)
            await self._pause(wait)
        return await self._transport.send("GET", address, access, kind, query=query)
