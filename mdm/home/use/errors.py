"""What is refused of a report of use, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class UseError(ValiseError):
    """Something about use at home that is refused."""

    code: ClassVar[str] = "use_refused"
    status: ClassVar[int] = 422


class UseReportInvalid(UseError):
    """A text is not a report of use."""

    code: ClassVar[str] = "use_report_invalid"
    message: ClassVar[str] = N_("The report of use cannot be read: {reason}.")
    hint: ClassVar[str] = N_("Send it as docs/home-use.md says. Nothing was kept of it.")
