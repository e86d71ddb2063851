"""What is kept of pupils: a first name, as much of the last name as the school chose, school, class and level."""

from mdm.home.pupils.lines import Source
from mdm.i18n import N_
from mdm.privacy.declaration import Activity, Named, Owner, Personal, Stay, Table, actor, nothing_personal
from mdm.privacy.retention import After, Kept, SchoolYearEnd, WithParent
from mdm.privacy.sayings import one_of, yes_or_no
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

LENDING = Activity(
    key="loans",
    name="Loans of tablets to families",
    purpose="To lend a tablet to a child's family, to know which child has which tablet, and to get it back.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.PUPILS,),
    seen_by=(SELF, "guardian", "teacher", "head", "dpo"),
    source="The school's list of pupils (ONDE), or the commune's.",
    grounds="no tablet is lent without knowing to whom; bring it back, and it is erased at the time shown",
)
_SETTLED = (SELF, "guardian", "teacher", "head", "manager", "dpo")
"""A manager who takes a list in settles its doubtful lines, and reads names there alone."""
PUPIL = Owner(subject="pupil", column="pupil_id")
"""The pupil whom a row names."""
WITH_PUPIL = WithParent(column="pupil_id", parent="pupil", key="pupil_id", event="the erasure of the child's data")

SOURCE_NAMES = {
    Source.ONDE: N_("the school's list (ONDE)"),
    Source.MUNICIPAL: N_("the commune's list"),
    Source.HAND: N_("the school, by hand"),
}

TABLES = (
    Table(
        name="pupil",
        about="Pupils",
        activity=LENDING,
        owners=(PUPIL,),
        retention=SchoolYearEnd(column="left_at", event="the child's leaving"),
        fields=(
            Personal(column="pupil_id", what="the child's identifier here", data=Data.IDENTITY, technical=True),
            Personal(column="first_name", what="the first name", data=Data.IDENTITY, seen_by=_SETTLED),
            Personal(
                column="last_name",
                what="the last name, as much of it as the school chose",
                data=Data.IDENTITY,
                seen_by=_SETTLED,
            ),
            Personal(
                column="both_must_agree",
                what="whether every guardian must agree to a loan",
                data=Data.AGREEMENT,
                said=yes_or_no,
            ),
            Personal(column="created_at", what="when the child was entered", data=Data.SCHOOLING),
            Personal(column="left_at", what="when the child left the school", data=Data.SCHOOLING),
        ),
        by_erasure=True,
    ),
    Table(
        name="pupil_key",
        about="By what the next list recognises the child",
        activity=LENDING,
        owners=(PUPIL,),
        retention=WITH_PUPIL,
        fields=(
            Personal(
                column="key_digest",
                what="a keyed hash of the child's number or of name and birth date",
                data=Data.IDENTITY,
                secret=True,
            ),
            Personal(column="kind", what="what was hashed", data=Data.IDENTITY, technical=True),
        ),
        plain="pupil_id",
    ),
    Table(
        name="inscription",
        about="The child's school and class",
        activity=LENDING,
        owners=(PUPIL,),
        retention=WITH_PUPIL,
        fields=(
            Personal(
                column="uai", what="the school", data=Data.SCHOOLING, said=Named(table="school", key="uai", name="name")
            ),
            Personal(
                column="class_id",
                what="the class",
                data=Data.SCHOOLING,
                said=Named(table="school_class", key="class_id", name="name"),
                seen_by=_SETTLED,
            ),
            Personal(column="level", what="the level", data=Data.SCHOOLING, seen_by=_SETTLED),
            Personal(column="source", what="which list says so", data=Data.SCHOOLING, said=one_of(SOURCE_NAMES)),
            Personal(column="since", what="since when", data=Data.SCHOOLING),
        ),
        plain="pupil_id",
    ),
    Table(
        name="pupil_school",
        about="How schools write pupils' names",
        activity=LENDING,
        retention=Kept(reason="it is a school's choice; who made it is taken out in time"),
        fields=(actor("changed_by", "who chose it"),),
        plain="uai name_form changed_at",
    ),
    Table(
        name="pupil_import",
        about="Lists of pupils that are being taken in",
        activity=LENDING,
        retention=After(column="expires_at", event="the end of the import"),
        fields=(
            Personal(
                column="sealed_lines",
                what="the lines of the list, encrypted",
                data=Data.IDENTITY,
                secret=True,
                erasure=Stay("It is encrypted, and gone a day after the file was read."),
            ),
            actor("created_by", "who takes the list in"),
        ),
        plain="import_id state uais counts leavers done created_at expires_at",
    ),
    nothing_personal("pupil_import_turn", "one import_id moved_at", why="which list is taken in now"),
    Table(
        name="pupil_doubt",
        about="Lines of a list of which it is not clear who is meant",
        activity=LENDING,
        retention=After(column="expires_at", event="the end of the import"),
        fields=(
            Personal(
                column="sealed_line",
                what="the line, encrypted",
                data=Data.IDENTITY,
                seen_by=("head", "manager", "dpo"),
                erasure=Stay("It is not known yet whose line it is; it goes after 90 days."),
            ),
            Personal(
                column="line_digest",
                what="a keyed hash of the line",
                data=Data.IDENTITY,
                secret=True,
                erasure=Stay("It is not known yet whose line it is; it goes after 90 days."),
            ),
            Personal(
                column="candidates",
                what="the children who may be meant",
                data=Data.IDENTITY,
                seen_by=("head", "manager", "dpo"),
                erasure=Stay("It holds identifiers only, which lead to nobody once the child's data are erased."),
            ),
        ),
        plain="doubt_id uai reason created_at expires_at",
    ),
)
