"""Apple's commands: one frozen value each, its encoding, and why a tablet could not obey it.

Source: Apple's schema, mdm/commands/*.yaml.
"""

from mdm.apple.commands.base import Capabilities, Command, CommandRefused, encode, refusal

__all__ = ["Capabilities", "Command", "CommandRefused", "encode", "refusal"]
