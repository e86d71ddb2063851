"""The weekly picture says nothing of persons: small groups are hidden before it is written."""

from mdm.privacy.declaration import nothing_personal

_SUMS = "sums over groups of at least ten children; smaller groups are hidden and kept nowhere"

TABLES = (
    nothing_personal("home_week", "week threshold published_at", why=_SUMS),
    nothing_personal("home_week_cell", "week uai level figures guards", why=_SUMS),
)
