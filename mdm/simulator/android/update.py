"""One full update of the agent, in its own order: from the configuration to the report."""

from typing import Literal

from mdm.simulator.android import logs
from mdm.simulator.android.addresses import TypedAddress, same_place, split_address
from mdm.simulator.android.apps import bring_in_line
from mdm.simulator.android.config import ServerConfig
from mdm.simulator.android.device_info import device_info
from mdm.simulator.android.errors import AddressRefused
from mdm.simulator.android.files import bring_files_in_line, install_authorities
from mdm.simulator.android.means import Means, Occasion, UpdateEnd
from mdm.simulator.android.memory import EnrolOptions
from mdm.simulator.android.policies import (
    apply_early,
    hide_packages,
    reset_screen_code,
    restrict,
    set_defaults,
    set_managed_settings,
)

_MOVES = 10


async def first_load(means: Means) -> UpdateEnd:
    """Load the configuration inside Android's set-up: no move to another address, no applications."""
    end = await _load(means, Occasion(background=False))
    if end is None:
        apply_early(means, means.memory.config or ServerConfig())
        return "done"
    return end


async def full_update(means: Means, occasion: Occasion) -> UpdateEnd:
    """Bring the tablet in line with the server's configuration; raise `AgentCrash` for one with nulls.

    When the configuration names another server that answers, the update starts anew there, in the background.
    """
    for _ in range(_MOVES):
        end = await _once(means, occasion)
        if end != "moved":
            return end
        occasion = Occasion(screen=occasion.screen, boot=occasion.boot)
    means.tell("failed", f"two servers sent the tablet to each other {_MOVES} times")
    return "stopped"


async def _once(means: Means, occasion: Occasion) -> UpdateEnd | Literal["moved"]:
    means.tablet.lift_restrictions()
    end = await _load(means, occasion)
    if end is not None:
        return end
    config = means.memory.config or ServerConfig()
    apply_early(means, config)
    if await _move(means, config):
        return "moved"
    means.start_push()
    end = await _do_orders(means, config)
    if end is not None:
        return end
    if not await bring_files_in_line(means, config, occasion):
        return _stop(means)
    await install_authorities(means, config)
    if not await bring_in_line(means, config, occasion):
        return _stop(means)
    restrict(means, config)
    hide_packages(means, config)
    set_managed_settings(means, config)
    set_defaults(means, config)
    means.tell("updated", "")
    if occasion.screen or occasion.boot:
        await report(means)
    return "done"


async def report(means: Means) -> bool:
    """Send the device's information; return whether the server took it."""
    taken = await means.server.send_info(device_info(means.tablet, means.memory, means.build))
    if taken:
        means.tell("informed", "")
    return taken


async def _load(means: Means, occasion: Occasion) -> UpdateEnd | None:
    """Ask for the configuration and the log rules; return how the update ends when it cannot go on."""
    memory = means.memory
    answer = await means.server.configuration()
    for _ in range(memory.retries):
        if answer.config is not None or answer.unknown:
            break
        await means.pace.rest(memory.retry_seconds)
        answer = await means.server.configuration()
    if answer.unknown:
        means.tell("asked", "the server does not know the device number: another one is asked for")
        return "asks"
    if answer.config is not None:
        _adopt(means, answer.config)
    elif memory.config is None or occasion.waits or (memory.config.show_wifi and occasion.screen):
        means.tell("asked", f"the server cannot be reached: {answer.why}")
        return "asks"
    else:
        means.log.write(logs.WARN, f"Failed to update the configuration: {answer.why}")
    rules = await means.server.log_rules()
    if rules is not None:
        memory.rules = rules
    return None


def _adopt(means: Means, config: ServerConfig) -> None:
    memory = means.memory
    first, memory.config, memory.enrol = memory.config is None, config, EnrolOptions()
    if config.new_number and config.new_number != memory.number:
        memory.number = config.new_number
        means.tell("renamed", memory.number)
    if first:
        means.tell("enrolled", memory.number)


async def _move(means: Means, config: ServerConfig) -> bool:
    """Move to the server that the configuration names, if it is another one and knows this number."""
    memory = means.memory
    if not config.new_server_url:
        return False
    try:
        place = split_address(config.new_server_url)
    except AddressRefused as cause:
        means.log.write(logs.WARN, f"Cannot migrate: {cause}")
        return False
    if same_place(place, TypedAddress(base=memory.base, project=memory.project)):
        return False
    answer = await means.server.probe(place)
    if answer.config is None:
        means.log.write(logs.WARN, f"Cannot migrate: {answer.why}")
        means.tell("failed", f"the new server does not take the tablet: {answer.why}")
        return False
    memory.base, memory.secondary, memory.project = place.base, place.base, place.project
    await means.connections.hang_up()
    means.tell("moved", place.base)
    return True


async def _do_orders(means: Means, config: ServerConfig) -> UpdateEnd | None:
    """Reset or restart only after the server agreed; a new code for the screen is set before it is told."""
    if config.factory_reset and await _confirm(means, "reset", factoryReset=means.tablet.owned):
        means.tell("confirmed", "factory reset")
        if means.tablet.owned:
            return "wiped"
    if config.reboot and await _confirm(means, "reboot"):
        means.tell("confirmed", "restart")
        if means.tablet.owned:
            return "restart"
    if config.password_reset is not None:
        reset_screen_code(means, config)
        await _confirm(means, "password")
        means.tell("confirmed", "screen code")
    return None


async def _confirm(means: Means, what: str, **more: bool) -> bool:
    info = device_info(means.tablet, means.memory, means.build)
    return await means.server.confirm(what, {**info, **more})


def _stop(means: Means) -> UpdateEnd:
    means.tell("stopped", "the update stopped half-way, with the restrictions lifted")
    return "stopped"
