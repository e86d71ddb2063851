"""The words of declarations: legal bases, categories of persons and of data, and who may see something.

The texts are English gettext texts; they are translated in this room's catalogue.
"""

from enum import Enum

SELF = "self"
"""The person that the data is about."""

EVERYBODY = "everybody"
"""Whoever has an account; what they may see may be read by all of them."""

PUBLIC = "public"
"""Anybody, also without an account."""

VIEWERS: dict[str, str] = {
    SELF: "the person concerned",
    "guardian": "the child's legal guardians",
    "teacher": "the teachers of the class",
    "head": "the head of the school",
    "technician": "the technicians",
    "administrator": "the server's administrator",
    "manager": "the authority's managers",
    "dsden": "the DSDEN",
    "member": "the members of the committee",
    "evaluator": "the researchers of an evaluation, under a pseudonym",
    "dpo": "the data protection officer",
    EVERYBODY: "everybody who has an account",
    PUBLIC: "the public",
}
"""Viewer keys with their names. Roles have the key of their own name; `SELF` and ``guardian`` are found by the page."""


class Basis(Enum):
    """The legal bases of Regulation (EU) 2016/679, article 6(1)."""

    CONSENT = "consent of the person (article 6(1)(a))"
    CONTRACT = "a contract with the person (article 6(1)(b))"
    LEGAL_OBLIGATION = "a legal obligation (article 6(1)(c))"
    VITAL_INTERESTS = "vital interests (article 6(1)(d))"
    PUBLIC_TASK = "a task carried out in the public interest (article 6(1)(e))"
    LEGITIMATE_INTERESTS = "legitimate interests (article 6(1)(f))"


class Persons(Enum):
    """Categories of persons (article 30(1)(c))."""

    STAFF = "staff of the schools and of the authority"
    COMMITTEE = "members of the committee"
    TECHNICIANS = "technicians and administrators"
    PUPILS = "pupils"
    GUARDIANS = "pupils' legal guardians"
    RESEARCHERS = "researchers of evaluations"
    OFFICERS = "data protection officers"


class Data(Enum):
    """Categories of personal data (article 30(1)(c))."""

    IDENTITY = "identity"
    CONTACT = "contact details"
    ACCOUNT = "account and sign-in"
    ACTIVITY = "what was done in the tool, and when"
    OPINION = "opinions given in public deliberations"
    SCHOOLING = "class and school"
    AGREEMENT = "agreements, consents and objections"
    TABLET = "state of the tablet"
    USE = "sums of the tablet's use"
    POSITION = "position of a lost tablet"
