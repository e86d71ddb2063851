"""How far a person's reading goes: everything, or what lies in some places."""

import msgspec


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """The places whose kits and tablets may be read; ``everything`` stands above the four sets.

    ``communes``: INSEE codes. ``schools``: UAIs. ``classes`` and ``kits``: identifiers. A class reaches the kits that
    it has now.
    """

    everything: bool = False
    communes: frozenset[str] = frozenset()
    schools: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    kits: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is reached."""
        return not (self.everything or self.communes or self.schools or self.classes or self.kits)


EVERYTHING = Reach(everything=True)
