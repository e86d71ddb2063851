"""The agent's calls to its server: addresses, signatures, the second host, and what an answer must look like."""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from mdm.simulator.android.addresses import (
    TypedAddress,
    api_url,
    configuration_signature,
    configuration_url,
    is_signed,
    poll_url,
    usable_base,
)
from mdm.simulator.android.build import AgentBuild
from mdm.simulator.android.config import ServerConfig, read_config
from mdm.simulator.android.errors import BadAnswer
from mdm.simulator.android.http import Connections, Reply
from mdm.simulator.android.memory import EnrolOptions, LogRule, Memory
from mdm.simulator.android.messages import PushMessage, read_messages
from mdm.simulator.android.tolerance import Fields, read_json, require_list
from mdm.simulator.errors import ServerUnreachable

NO_SUCH_DEVICE = "error.notfound.device"
POLL_SILENCE = 300.0
"""Seconds for which a poll may stay unanswered."""

_T = TypeVar("_T")


class Answer(msgspec.Struct, Generic[_T], frozen=True, kw_only=True):
    """A server's answer with what was in its envelope; without a body there is none."""

    reply: Reply
    status: str | None = None
    message: str | None = None
    data: _T | None = None

    @property
    def ok(self) -> bool:
        """Whether it is a success with something in it."""
        return self.status == "OK" and self.data is not None


class ConfigAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking for a configuration.

    ``config`` is None when none came; then ``unknown`` tells that the server does not know the number, and ``why``
    says in a few words what the details screen shows.
    """

    config: ServerConfig | None = None
    unknown: bool = False
    why: str = ""


class Server:
    """The server that a tablet's memory points at."""

    def __init__(self, memory: Memory, connections: Connections, build: AgentBuild, abi: str) -> None:
        self._memory = memory
        self._connections = connections
        self._build = build
        self._abi = abi

    async def configuration(self) -> ConfigAnswer:
        """Ask for the configuration: with a POST while none is stored, else with a GET. Nothing is raised."""
        number, headers = self._memory.number, self._config_headers()
        body = None if self._memory.config is not None else _enrol_body(self._memory.enrol)

        async def ask(base: str) -> Answer[ServerConfig]:
            url = configuration_url(base, self._memory.project, number)
            if body is None:
                return _opened(await self._connections.get(url, headers), read_config)
            return _opened(await self._connections.post(url, body, headers), read_config)

        try:
            return self._judge(await self._either(ask))
        except (ServerUnreachable, BadAnswer) as cause:
            return ConfigAnswer(why=str(cause))

    async def probe(self, place: TypedAddress) -> ConfigAnswer:
        """Ask another server for the configuration of the current number, before moving there. Nothing is raised."""
        try:
            url = configuration_url(place.base, place.project, self._memory.number)
            return self._judge(_opened(await self._connections.get(url, self._config_headers()), read_config))
        except (ServerUnreachable, BadAnswer) as cause:
            return ConfigAnswer(why=str(cause))

    async def log_rules(self) -> tuple[LogRule, ...] | None:
        """Ask which log items are wanted; None when there is no usable answer."""

        async def ask(base: str) -> Answer[tuple[LogRule, ...]]:
            path = "rest/plugins/devicelog/log/rules/"
            return _opened(await self._connections.get(self._url(base, path, self._memory.number)), _rules)

        try:
            answer = await self._either(ask)
            return answer.data if answer.ok else None
        except (ServerUnreachable, BadAnswer):
            return None

    async def send_logs(self, items: Sequence[Mapping[str, Any]]) -> bool:
        """Send log items; return whether the server took them."""
        return await self._tell("rest/plugins/devicelog/log/list/", list(items), self._memory.number)

    async def send_info(self, info: Mapping[str, Any]) -> bool:
        """Send the device's information; return whether the server took it."""
        return await self._tell("rest/public/sync/info", info, None)

    async def confirm(self, what: str, info: Mapping[str, Any]) -> bool:
        """Say that a reset, ``reboot`` or ``password`` is about to be done; return whether the server agreed."""
        path = "rest/plugins/devicereset/public/" + (f"{what}/" if what != "reset" else "")
        return await self._tell(path, info, self._memory.number)

    async def poll(self, connections: Connections, base: str, signature: str) -> Answer[tuple[PushMessage, ...]]:
        """Hold a request at ``base`` until there are messages; the secondary host is tried at once when it breaks.

        Raises `ServerUnreachable` or `BadAnswer`. All three arguments are those of when the thread began.
        """

        async def ask(one: str) -> Answer[tuple[PushMessage, ...]]:
            url = poll_url(one, self._memory.project, self._memory.number)
            headers = {"X-Request-Signature": signature}
            return _opened(await connections.get(url, headers, silence=POLL_SILENCE), read_messages)

        return await self._either(ask, base)

    async def _tell(self, path: str, body: Any, number: str | None) -> bool:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

        async def ask(base: str) -> Reply:
            return await self._connections.post(self._url(base, path, number), content)

        try:
            return 200 <= (await self._either(ask)).status < 300
        except ServerUnreachable:
            return False

    async def _either(self, ask: Callable[[str], Coroutine[Any, Any, _T]], primary: str | None = None) -> _T:
        """Ask the first host, and at once the second when that threw, be it the same one."""
        try:
            return await ask(self._base(self._memory.base if primary is None else primary))
        except (ServerUnreachable, BadAnswer):
            return await ask(self._base(self._memory.secondary))

    def _base(self, base: str) -> str:
        return base if usable_base(base) else self._build.compiled_base

    def _url(self, base: str, path: str, number: str | None) -> str:
        return api_url(base, self._memory.project, path, number)

    def _config_headers(self) -> dict[str, str]:
        return {
            "X-Request-Signature": configuration_signature(self._build.secret, self._memory.number),
            "X-CPU-Arch": self._abi,
        }

    def _judge(self, answer: Answer[ServerConfig]) -> ConfigAnswer:
        if answer.status is None:
            return ConfigAnswer(why=f"HTTP {answer.reply.status}")
        if not answer.ok:
            return ConfigAnswer(unknown=answer.message == NO_SUCH_DEVICE, why=f"{answer.status}: {answer.message}")
        if self._build.check_signature:
            body, signature = answer.reply.body.decode("utf-8", "replace"), answer.reply.signature
            if not is_signed(self._build.secret, body, signature):
                return ConfigAnswer(why="the answer's signature is missing or wrong")
        if answer.reply.external_ip is not None:
            self._memory.external_ip = answer.reply.external_ip
        return ConfigAnswer(config=answer.data)


def _opened(reply: Reply, read: Callable[[Any], _T]) -> Answer[_T]:
    """Return a success with its data read; an error, and an answer without a body, hold nothing. Raise `BadAnswer`."""
    if not 200 <= reply.status < 300 or reply.status in (204, 205):
        return Answer(reply=reply)
    value = read_json(reply.body)
    if value is None:
        return Answer(reply=reply)
    fields = Fields(value, "the answer")
    data = fields.value("data")
    return Answer(
        reply=reply,
        status=fields.text("status") or "",
        message=fields.text("message"),
        data=None if data is None else read(data),
    )


def _rules(data: Any) -> tuple[LogRule, ...]:
    return tuple(_rule(one) for one in require_list(data, "the log rules"))


def _rule(value: Any) -> LogRule:
    fields = Fields(value, "a log rule")
    return LogRule(
        package=fields.text("packageId") or "",
        level=fields.number("logLevel") or 0,
        filter=fields.text("filter") or "",
    )


def _enrol_body(enrol: EnrolOptions) -> bytes:
    groups = None if enrol.groups is None else list(enrol.groups)
    return json.dumps(
        {"customer": enrol.customer, "configuration": enrol.configuration, "groups": groups, "groupSet": groups},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
