"""What is kept of a tablet's use at home: sums of days, for eight weeks."""

from mdm.home.loans.personal_data import OF_LOAN
from mdm.home.use.categories import CATEGORY_NAMES
from mdm.privacy.declaration import Activity, Personal, Table, nothing_personal
from mdm.privacy.retention import After
from mdm.privacy.sayings import hour_since_1970, one_of
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

USE = Activity(
    key="home-use",
    name="Use of the tablet at home, as sums of days",
    purpose="To show a family how long the tablet was used, and to count use by school without following any child.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.PUPILS,),
    seen_by=(SELF, "guardian"),
    source="The tablet, in its reports.",
    stops=True,
)
_WEEKS = 56

TABLES = (
    Table(
        name="home_use_day",
        about="Minutes of use in a day",
        activity=USE,
        owners=(OF_LOAN,),
        retention=After(column="day", is_day=True, days=_WEEKS, event="the day"),
        fields=(
            Personal(column="day", what="the day", data=Data.USE),
            Personal(column="category", what="the category of the apps", data=Data.USE, said=one_of(CATEGORY_NAMES)),
            Personal(column="minutes", what="how many minutes", data=Data.USE),
        ),
        plain="tablet_id loan_id source report",
    ),
    Table(
        name="home_use_report",
        about="The last report of use",
        activity=USE,
        owners=(OF_LOAN,),
        retention=After(column="taken_at", days=_WEEKS, event="the report"),
        fields=(Personal(column="taken_at", what="when it came", data=Data.USE),),
        plain="tablet_id loan_id source report",
    ),
    Table(
        name="home_seen_day",
        about="Days on which the tablet was heard out of school",
        activity=USE,
        owners=(OF_LOAN,),
        retention=After(column="day", is_day=True, days=_WEEKS, event="the day"),
        fields=(
            Personal(column="day", what="the day", data=Data.USE),
            Personal(column="hours", what="in how many different hours it was heard", data=Data.USE),
            Personal(
                column="last_hour", what="the last hour, until the day is over", data=Data.USE, said=hour_since_1970
            ),
        ),
        plain="tablet_id loan_id",
    ),
    nothing_personal(
        "home_use_dropped",
        "tablet_id reason reports number last_at",
        why="how many reports of a tablet could not be kept, such as with a wrong clock; forgotten at its return",
    ),
)
