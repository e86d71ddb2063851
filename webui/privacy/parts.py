"""What the pages of personal data are made with, from the services that people reach."""

from mdm.privacy.composition import PrivacyParts, privacy_parts
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals
from webui.services import PeopleServices


def parts_of(services: PeopleServices) -> PrivacyParts:
    """Make them; the erasure takes persons out of the committee's sealed rows too."""
    return privacy_parts(
        services.database,
        services.clock,
        services.journal,
        services.settings.data_dir,
        rooms={"charter": SeatEraser(services.clock, Seals(services.vault))},
    )
