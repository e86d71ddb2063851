"""What modes keep of persons: a child's tablet and its mode, what a guardian takes away, who led a class."""

from mdm.fleet.personal_data import HANDS, OF_TABLET, TABLET, replaced
from mdm.home.modes.mode import MODE_NAMES, WHY_WORDS
from mdm.home.modes.rules_said import rules_in_words
from mdm.privacy.declaration import MANAGED, Activity, Owner, Personal, Stay, Step, Table, actor, nothing_personal
from mdm.privacy.retention import After, Kept, Reference, WhileUsed
from mdm.privacy.sayings import one_of, yes_or_no
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

HOME = Activity(
    key="home-rules",
    name="Rules of the tablet at home",
    purpose="To let a tablet at home do what school and family agreed, at the hours that they agreed.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.PUPILS, Persons.GUARDIANS),
    seen_by=(SELF, "guardian", "head", "dpo"),
    source="The child's guardian, and the school's calendar.",
)

OPEN_LOAN = "state IN ('prepared', 'accepted', 'handed_over', 'lost')"

TABLES = (
    Table(
        name="class_mode",
        about="Times in which a class used one app together",
        activity=MANAGED,
        retention=After(column="until_at", days=365, event="the end of the lesson"),
        fields=(
            actor("started_by", "who led the class"),
            actor("ended_by", "who ended it"),
            Personal(
                column="what",
                what="which app or page the class used",
                data=Data.ACTIVITY,
                erasure=Stay("It is about a class; who led it is erased."),
            ),
        ),
        plain="class_mode_id kit_id kind started_at until_at ended_at running_kit",
        small=True,
    ),
    Table(
        name="tablet_mode",
        about="The tablet's mode now",
        activity=TABLET,
        owners=HANDS,
        retention=replaced(),
        fields=(
            Personal(
                column="mode",
                what="the mode: school, home, focus, holiday or lost",
                data=Data.TABLET,
                erasure=OF_TABLET,
                said=one_of(MODE_NAMES),
            ),
            Personal(
                column="why", what="why it is in this mode", data=Data.TABLET, erasure=OF_TABLET, said=one_of(WHY_WORDS)
            ),
            Personal(column="since_at", what="since when", data=Data.TABLET, erasure=OF_TABLET),
            Personal(column="until_at", what="until when", data=Data.TABLET, erasure=OF_TABLET),
        ),
        plain="tablet_id usable class_mode_id due_at",
    ),
    Table(
        name="tablet_place",
        about="Whether the tablet was heard at school or elsewhere",
        activity=TABLET,
        owners=HANDS,
        retention=After(column="seen_at", days=365, event="the last contact"),
        fields=(
            Personal(
                column="at_school",
                what="whether the last contact came from the school's network; no address is kept",
                data=Data.TABLET,
                erasure=OF_TABLET,
                said=yes_or_no,
            ),
            Personal(column="seen_at", what="when the tablet was heard last", data=Data.TABLET, erasure=OF_TABLET),
        ),
        plain="tablet_id",
        small=True,
    ),
    Table(
        name="stricter_rules",
        about="What a guardian takes away on the tablet",
        activity=HOME,
        owners=(
            Owner(
                subject="pupil",
                column="pupil_id",
                via=(Step(column="tablet_id", table="loan", key="tablet_id", only=OPEN_LOAN),),
            ),
        ),
        retention=WhileUsed(
            key="tablet_id",
            by=(Reference(table="loan", column="tablet_id", only=OPEN_LOAN),),
            since="set_at",
            event="the end of the loan",
        ),
        fields=(
            Personal(column="rules", what="the guardian's own rules", data=Data.AGREEMENT, said=rules_in_words),
            actor("set_by", "which guardian made the rules", persons=(Persons.GUARDIANS,)),
            Personal(column="set_at", what="when the rules were made", data=Data.AGREEMENT),
        ),
        plain="tablet_id",
        small=True,
    ),
    Table(
        name="tablet_shown",
        about="The last time that a tablet was asked to show itself",
        activity=MANAGED,
        retention=After(column="until_at", days=365, event="the end of the order"),
        fields=(actor("asked_by", "who asked for it"),),
        plain="tablet_id command_id asked_at until_at open",
        small=True,
    ),
    Table(
        name="school_network",
        about="Schools' networks",
        activity=MANAGED,
        retention=Kept(reason="it is a school's network; who entered it is taken out in time"),
        fields=(actor("added_by", "who entered it"),),
        plain="uai network added_at",
    ),
    nothing_personal("mode_rules_seen", "one as_of", why="which calendars and editions schedules were made from"),
)
