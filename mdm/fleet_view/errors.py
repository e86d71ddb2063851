"""What the views of the fleet refuse, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class ViewError(ValiseError):
    """Something was asked of the fleet's lists, figures or actions, and is refused."""

    code: ClassVar[str] = "fleet_view_refused"


class FilterInvalid(ViewError):
    """A filter has a value that means nothing."""

    code: ClassVar[str] = "filter_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The list cannot be filtered by “{value}” under “{field}”.")
    hint: ClassVar[str] = N_("Choose one of the values that the page offers.")


class CursorInvalid(ViewError):
    """A place in a list is not one that was given out."""

    code: ClassVar[str] = "list_place_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This part of the list cannot be found.")
    hint: ClassVar[str] = N_("Go back to the beginning of the list.")


class TooManyFilters(ViewError):
    """A person has as many saved filters as one may have."""

    code: ClassVar[str] = "too_many_saved_filters"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("You have saved {limit} filters, which is as many as are kept.")
    hint: ClassVar[str] = N_("Delete one that you do not use any more.")


class SavedFilterUnknown(ViewError):
    """There is no such saved filter, or it is somebody else's."""

    code: ClassVar[str] = "saved_filter_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This saved filter is not there, or not yours.")
    hint: ClassVar[str] = N_("It may have been deleted. Choose another one, or save yours again.")
