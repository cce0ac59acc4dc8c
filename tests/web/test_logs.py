"""What a log line may hold: events and ids; never personal data, whatever a caller passes by mistake."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from dunwell import logs

PHONE = "13800138000"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    handlers, level, before = logging.root.handlers, logging.root.level, structlog.get_config()
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    logging.root.handlers, logging.root.level = handlers, level
    structlog.configure(**before)


def _last(stream: io.StringIO) -> dict[str, object]:
    return json.loads(stream.getvalue().splitlines()[-1])


def test_a_line_is_one_json_object_with_its_event(lines: io.StringIO):
    structlog.stdlib.get_logger("dunwell.loans").info("payment.recorded", tenant="acme", count=3)
    line = _last(lines)
    assert (line["event"], line["tenant"], line["count"], line["level"]) == (
        "payment.recorded",
        "acme",
        3,
        "info",
    )
    assert line["timestamp"]


@pytest.mark.parametrize(
    "field", ["phone", "borrower_name", "email", "body", "token", "authorization", "url", "Secret"]
)
def test_a_field_that_could_hold_personal_data_or_a_secret_is_dropped(lines: io.StringIO, field: str):
    structlog.stdlib.get_logger().info("message.sent", **{field: PHONE})
    assert PHONE not in lines.getvalue()
    assert _last(lines)["event"] == "message.sent"


def test_a_traceback_shows_frames_and_no_values(lines: io.StringIO):
    try:
        int(PHONE + "x")
    except ValueError as error:
        structlog.stdlib.get_logger().error("request.broken", exc_info=error)
    assert PHONE not in lines.getvalue()
    assert "test_a_traceback_shows_frames_and_no_values" in lines.getvalue()


def test_lines_of_libraries_take_the_same_form(lines: io.StringIO):
    logging.getLogger("asyncpg").warning("connection lost", extra={"dsn": "postgresql://secret"})
    assert _last(lines)["event"] == "connection lost"
    assert "postgresql" not in lines.getvalue()


def test_a_long_text_is_cut(lines: io.StringIO):
    structlog.stdlib.get_logger().info("work.failed", error="x" * 10_000)
    assert len(str(_last(lines)["error"])) <= logs.LONGEST + 1
