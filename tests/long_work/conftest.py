"""The same databases as for the fleet's views: on PostgreSQL copied from one that is migrated."""

from tests.fleet_view.conftest import migrated, store_url

__all__ = ["migrated", "store_url"]
