"""What is kept of the training: which parts a guardian passed, and when it was done."""

from mdm.home.guardians.personal_data import GUARDIAN, GUARDIANS, WITH_GUARDIAN
from mdm.home.training.course import module_in_words
from mdm.home.training.training_store import TrainingWay
from mdm.i18n import N_
from mdm.privacy.declaration import Personal, Table, actor
from mdm.privacy.sayings import one_of
from mdm.privacy.vocabulary import Data, Persons

WAY_NAMES = {TrainingWay.ONLINE: N_("online"), TrainingWay.ROOM: N_("in a room")}

TABLES = (
    Table(
        name="training_progress",
        about="Parts of the training that were passed",
        activity=GUARDIANS,
        owners=(GUARDIAN,),
        retention=WITH_GUARDIAN,
        fields=(
            Personal(column="guardian_id", what="who takes the training", data=Data.ACTIVITY, technical=True),
            Personal(column="module", what="the part of the training", data=Data.ACTIVITY, said=module_in_words),
            Personal(column="tries", what="how often it was tried", data=Data.ACTIVITY),
            Personal(column="passed_at", what="when it was passed", data=Data.ACTIVITY),
        ),
        plain="digest",
    ),
    Table(
        name="training_completion",
        about="The training as a whole",
        activity=GUARDIANS,
        owners=(GUARDIAN,),
        retention=WITH_GUARDIAN,
        fields=(
            Personal(column="guardian_id", what="who took the training", data=Data.ACTIVITY, technical=True),
            Personal(column="way", what="online or in a room", data=Data.ACTIVITY, said=one_of(WAY_NAMES)),
            Personal(column="done_on", what="on which day", data=Data.ACTIVITY),
            actor("noted_by", "who noted it", persons=(Persons.GUARDIANS, Persons.STAFF)),
        ),
        plain="digest noted_at",
    ),
)
