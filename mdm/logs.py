"""Logging: events with fields, one line each, without secrets."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

_SECRET_WORDS = ("token", "secret", "password", "passcode", "magic", "challenge", "key_pem", "cookie", "authorization")
_HIDDEN = "(hidden)"


def configure_logging(level: str, form: str) -> None:
    """Send every event, also those of libraries, to standard error, as JSON lines or for a person's eyes."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    if form == "json":
        # A frame's variables may hold a secret, or a child's name: the lines are enough to find the fault.
        shared.append(structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, renderer],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryFormatter(shared, renderer))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("asyncio", "aiohttp.access", "hpack", "psycopg.pool"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def quiet_logs() -> None:
    """Let only warnings through: a verb's output is for its answer."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the value of every field whose name says that it is a secret: the last net, not the first."""
    for name in event:
        if any(word in name.lower() for word in _SECRET_WORDS) and not isinstance(event[name], (int, bool)):
            event[name] = _HIDDEN
    return event


class _LibraryFormatter(logging.Formatter):
    """Gives records of libraries the same form; structlog's own arrive rendered already."""

    def __init__(self, shared: list[structlog.typing.Processor], renderer: structlog.typing.Processor) -> None:
        super().__init__()
        self._foreign = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if text.startswith("{") or record.name.split(".")[0] in ("mdm", "enrollment", "profiles", "push", "webui"):
            return text
        return self._foreign.format(record)
