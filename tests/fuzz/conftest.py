"""The servers of the system tests."""

from tests.system.conftest import make_valise, push_service

__all__ = ["make_valise", "push_service"]
