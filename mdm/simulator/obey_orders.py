"""Orders to the tablet itself: lock, clear the code, lost mode, restart, shut down, erase, finish setting up."""

from mdm.simulator.command import (
    Answer,
    Command,
    CommandMalformed,
    Erase,
    ErrorItem,
    Refused,
    Restart,
    ShutDown,
    Synchronize,
    mdm_error,
)
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import LostMode, Tablet


async def device_lock(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey DeviceLock."""
    message, phone = command.text("Message"), command.text("PhoneNumber")
    await around.pace.rest(0.3)
    tablet.lock()
    if message is None and phone is None:
        return Answer()
    shown = "Success" if tablet.passcode else "NoPasscodeSet"
    return Answer(keys={"MessageResult": "DeviceInLostMode" if tablet.lost else shown})


async def clear_passcode(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey ClearPasscode, with the token that the tablet gave when it was enrolled."""
    token = command.need("UnlockToken", bytes)
    await around.pace.rest(1)
    if tablet.management is None or token != tablet.management.unlock_token:
        raise Refused(ErrorItem(domain="MCPasscodeErrorDomain", code=5013, text="The passcode could not be cleared."))
    tablet.passcode = tablet.locked = False
    return Answer()


async def enable_lost_mode(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey EnableLostMode; the screen needs something to say."""
    message, phone = command.text("Message"), command.text("PhoneNumber")
    footnote = command.text("Footnote")
    if not message and not phone:
        raise mdm_error(12066, "Lost Mode could not be enabled: a message or a phone number is needed.")
    await around.pace.rest(0.5)
    tablet.lost = LostMode(message=message, phone=phone, footnote=footnote)
    tablet.lock()
    return Answer()


async def disable_lost_mode(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey DisableLostMode."""
    del command
    _require_lost(tablet)
    await around.pace.rest(0.5)
    tablet.lost = None
    return Answer()


async def play_lost_mode_sound(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey PlayLostModeSound."""
    del command, around
    _require_lost(tablet)
    tablet.sounds_played += 1
    return Answer()


async def restart_device(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey RestartDevice."""
    del tablet, around, command
    return Answer(after=Restart())


async def shut_down_device(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey ShutDownDevice."""
    del tablet, around, command
    return Answer(after=ShutDown())


async def erase_device(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey EraseDevice; with Return to Service (iPadOS 17) the tablet enrols again by itself."""
    del around
    again = command.may("ReturnToService", dict, {})
    profile = again.get("MDMProfileData") if again.get("Enabled") is True and tablet.os.at_least("17.0") else None
    if profile is not None and not isinstance(profile, bytes):
        raise CommandMalformed("MDMProfileData has the wrong type")
    return Answer(after=Erase(profile))


async def device_configured(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey DeviceConfigured: the Setup Assistant goes on."""
    del command
    await around.pace.rest(1)
    tablet.awaiting_configuration = False
    return Answer()


async def declarative_management(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey DeclarativeManagement: acknowledge, then fetch what changed."""
    del tablet, around
    return Answer(after=Synchronize(command.need("Data", bytes) if "Data" in command.keys else None))


def _require_lost(tablet: Tablet) -> None:
    if tablet.lost is None:
        raise mdm_error(12067, "The device is not in MDM Lost Mode.")
