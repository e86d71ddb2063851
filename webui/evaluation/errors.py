"""What the pages of evaluations refuse, and the words for it."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class FormIncomplete(ValiseError):
    """A protocol's form lacks something, or has something that cannot be read."""

    code: ClassVar[str] = "protocol_incomplete"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The protocol cannot be read at “{field}”.")
    hint: ClassVar[str] = N_("Fill in this field as its words say, then send the form again.")
