"""Structured logs: one JSON object per line, event names `area.fact`, and no personal data.

Callers pass ids, counts, codes and states. The net here drops what must never be written: fields whose name says
that they hold personal data or a secret, and the row values that PostgreSQL puts into its errors.
"""

import logging
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Final, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import Processor

# Parts of field names. A field that matches is dropped, whatever it holds.
FORBIDDEN: Final = (
    "name", "phone", "mobile", "email", "address", "birth", "identity", "id_number", "body", "text", "subject_line",
    "password", "secret", "token", "authorization", "cookie", "headers", "query", "payload", "statement", "dsn", "url",
)  # fmt: skip
# Fields that match a forbidden part and are harmless.
ALLOWED: Final = frozenset({"template", "filename", "func_name", "hostname", "lease_token"})
LONGEST: Final = 500


def configure(*, level: str = "info", form: str = "json", stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging for this process. `form` is `json` or `text`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False)]
        if form == "text"
        else [
            # No locals: a traceback must not print what a function was working on.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            without_error_values,
            structlog.processors.JSONRenderer(),
        ]
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Both would print addresses and statements at their lower levels.
    for noisy in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The second net: drop fields whose name is forbidden, cut long texts."""
    for key in list(event):
        if _forbidden(key):
            del event[key]
        elif isinstance(event[key], str) and key != "exception" and len(event[key]) > LONGEST:
            event[key] = event[key][:LONGEST] + "…"
    return event


@lru_cache(maxsize=1024)
def _forbidden(key: str) -> bool:
    return key not in ALLOWED and any(part in key.lower() for part in FORBIDDEN)


def without_error_values(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep the kind of every error and its frames; its message may quote a row."""
    found = event.get("exception")
    if isinstance(found, list):
        for each in found:  # pyright: ignore[reportUnknownVariableType]
            if isinstance(each, dict):
                each.pop("exc_value", None)  # pyright: ignore[reportUnknownMemberType]
                each.pop("exc_notes", None)  # pyright: ignore[reportUnknownMemberType]
    return event
