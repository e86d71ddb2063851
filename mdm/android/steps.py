"""Puts the planner's steps into messages for the agent, which applies its whole configuration by itself."""

import hashlib

import msgspec

from mdm.android.messages import CLEAR_DOWNLOADS, CONFIG_UPDATED, INTENT, RUN_APP, UNINSTALL, Message, to_body
from mdm.commands.queue import NewCommand
from mdm.commands.report import Report
from mdm.commands.steps import ApplyConfiguration, InstallAppStep, InstallBookStep, OpenStep, RemoveAppStep, Step
from mdm.commands.target import Opening
from mdm.store import Connection

_MINUTE = 60_000
TIME_TO_APPLY_MS = 30 * _MINUTE
"""An agent reports every 15 minutes, and Android may stretch that; before, a missing app is on its way."""


class AgentSteps:
    """The `StepEncoder` of Android tablets."""

    patience: tuple[int, ...] = (5 * _MINUTE, 30 * _MINUTE, 60 * _MINUTE, 6 * 60 * _MINUTE)
    acknowledges = False

    def command_for(self, conn: Connection, tablet_id: str, step: Step) -> NewCommand:
        """Return the messages that carry ``step`` out; equal steps of many tablets are one command."""
        del conn, tablet_id
        messages = _messages(step)
        body = to_body(messages)
        digest = hashlib.sha256(step.key.encode() + b"\0" + body).hexdigest()[:32]
        return NewCommand(command_id=digest, request_type=messages[-1].message_type, body=body, step=step.key)

    def before_look(self, report: Report, now: int) -> Report:
        """Try again what failed, and miss what should be there by now.

        A package that was hidden and is not back in time is taken for missing, unless it should be hidden.
        """
        report = with_time(msgspec.structs.replace(report, failed={}), now)
        if not report.overdue:
            return report
        return msgspec.structs.replace(report, veiled=tuple(one for one in report.veiled if one in report.hides))


def with_time(report: Report, now: int) -> Report:
    """Return the report with whether the tablet had its time to apply what it fetched."""
    overdue = report.configuration is not None and now - report.configuration_at >= TIME_TO_APPLY_MS
    return msgspec.structs.replace(report, overdue=overdue)


def _messages(step: Step) -> tuple[Message, ...]:
    match step:
        case ApplyConfiguration():
            return (Message(message_type=CONFIG_UPDATED),)
        case InstallAppStep() | InstallBookStep():
            # An agent does not try a failed download again by itself.
            return (Message(message_type=CLEAR_DOWNLOADS), Message(message_type=CONFIG_UPDATED))
        case RemoveAppStep():
            return (Message(message_type=UNINSTALL, payload={"pkg": step.bundle_id}),)
        case OpenStep():
            return (_opening_message(step.opening),)
        case _:
            raise LookupError(f"an agent knows no {type(step).__name__}")


def _opening_message(opening: Opening) -> Message:
    """Return what opens an app, or an address in a browser.

    Source: the agent's ``worker/PushNotificationProcessor.java``: ``runApp`` starts the app's own first screen, with
    an action and an address where they are given; ``intent`` lets Android choose who opens the address.
    """
    given = {"pkg": opening.package, "action": opening.action, "data": opening.data}
    payload = {name: value for name, value in given.items() if value is not None}
    return Message(message_type=RUN_APP if opening.package is not None else INTENT, payload=payload)
