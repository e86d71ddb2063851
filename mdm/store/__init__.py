"""The store: one asynchronous database with two engines, SQLite embedded and PostgreSQL."""

from mdm.store.connection import Connection, Row
from mdm.store.database import Database, open_database
from mdm.store.errors import Conflict, StoreError
from mdm.store.events import Event, Subscription

__all__ = ["Conflict", "Connection", "Database", "Event", "Row", "StoreError", "Subscription", "open_database"]
