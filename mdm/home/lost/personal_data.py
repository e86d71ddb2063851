"""What the search of a lost tablet keeps of persons: one position while it is lost, who asked for it, who looked."""

from mdm.home.loans.personal_data import OF_LOAN
from mdm.privacy.declaration import Activity, DeleteRow, Personal, Table, actor
from mdm.privacy.retention import After, WithParent
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

SEARCHES = Activity(
    key="lost-tablets",
    name="The search of lost tablets",
    purpose="To find a tablet that was declared lost, at the wish of the family or of two persons of the authority.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.PUPILS, Persons.GUARDIANS),
    seen_by=(SELF, "guardian", "head", "manager", "technician", "dpo"),
    source="The tablet itself, while it is declared lost.",
)

TABLES = (
    Table(
        name="lost_search",
        about="Searches of a lost tablet",
        activity=SEARCHES,
        owners=(OF_LOAN,),
        retention=After(column="ended_at", days=180, event="the end of the search"),
        fields=(
            Personal(
                column="sealed_position",
                what="the last position of the lost tablet, encrypted; the page of the lost tablet shows it",
                data=Data.POSITION,
                seen_by=(SELF, "guardian"),
                secret=True,
                erasure=DeleteRow(),
                retention=After(column="searching_until", event="the end of the search, after 14 days at most"),
            ),
            Personal(column="declared_at", what="when the tablet was declared lost", data=Data.TABLET),
            Personal(column="place_asked_at", what="when the tablet was asked last where it is", data=Data.TABLET),
            Personal(column="ended_at", what="when it was found", data=Data.TABLET),
            actor("guardian", "which guardian asked for the search", persons=(Persons.GUARDIANS,)),
            actor("first_by", "who of the school or the authority asked for the search first"),
            actor("second_by", "who confirmed the search"),
        ),
        plain="search_id tablet_id loan_id state declared_as first_as second_as searching_since searching_until"
        " stopped_why screen screen_words screen_number screen_command screen_problem place_command place_problem"
        " rang_at due_at ended_why",
    ),
    Table(
        name="lost_look",
        about="Who looked at the position of the lost tablet",
        activity=SEARCHES,
        retention=WithParent(
            column="search_id", parent="lost_search", key="search_id", event="the erasure of the search"
        ),
        fields=(actor("looked_by", "who looked at the position"),),
        plain="search_id looked_at looked_as",
    ),
)
