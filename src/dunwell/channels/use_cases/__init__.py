"""What can be done with messages."""

from dunwell.channels.use_cases.claiming import claim_batch
from dunwell.channels.use_cases.flight import advance, hand_over, reap, record_outcomes, release
from dunwell.channels.use_cases.lists import (
    channel_states,
    list_messages,
    list_unknown,
    message,
    message_counts,
)
from dunwell.channels.use_cases.planning import plan_messages, template_contents
from dunwell.channels.use_cases.published import Written, channel_settings, files_in_force, written
from dunwell.channels.use_cases.reports import (
    hook_addresses,
    hook_token,
    record_reports,
    report_context,
    settle_unknown,
)
from dunwell.channels.use_cases.sandbox import (
    clear_faults,
    list_faults,
    make_reports,
    sandbox_messages,
    set_fault,
    take_in_sandbox,
)

__all__ = [
    "Written",
    "advance",
    "channel_settings",
    "channel_states",
    "claim_batch",
    "clear_faults",
    "files_in_force",
    "hand_over",
    "hook_addresses",
    "hook_token",
    "list_faults",
    "list_messages",
    "list_unknown",
    "make_reports",
    "message",
    "message_counts",
    "plan_messages",
    "reap",
    "record_outcomes",
    "record_reports",
    "release",
    "report_context",
    "sandbox_messages",
    "set_fault",
    "settle_unknown",
    "take_in_sandbox",
    "template_contents",
    "written",
]
