"""What is refused about costs, in words for the authority's manager."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.fleet.import_errors import FileRefused
from mdm.i18n import N_


class CostError(ValiseError):
    """Something about costs that was asked for and is refused."""

    code: ClassVar[str] = "cost_refused"
    status: ClassVar[int] = 422


class AmountMalformed(CostError):
    """A text is not an amount of money."""

    code: ClassVar[str] = "amount_malformed"
    message: ClassVar[str] = N_("“{text}” is not an amount in euros.")
    hint: ClassVar[str] = N_("Write euros and, after a comma, cents: 12 345,60.")


class AmountNotPositive(CostError):
    """An amount is zero or less."""

    code: ClassVar[str] = "amount_not_positive"
    message: ClassVar[str] = N_("An amount of {amount} cannot be entered.")
    hint: ClassVar[str] = N_("Write an amount above zero; for money that comes back, correct the purchase itself.")


class AmountAbsurd(CostError):
    """An amount is larger than any purchase of tablets."""

    code: ClassVar[str] = "amount_absurd"
    message: ClassVar[str] = N_("An amount of {amount} is more than this server takes for one purchase ({limit}).")
    hint: ClassVar[str] = N_("Check whether cents were written as euros.")


class RateMalformed(CostError):
    """A text is not a rate in percent."""

    code: ClassVar[str] = "rate_malformed"
    message: ClassVar[str] = N_("“{text}” is not a rate in percent.")
    hint: ClassVar[str] = N_("Write a number with one decimal at most, such as 30 or 5,5.")


class RateAbsurd(CostError):
    """A rate is outside of what is possible."""

    code: ClassVar[str] = "rate_absurd"
    message: ClassVar[str] = N_("A rate of {rate} % is not possible here.")
    hint: ClassVar[str] = N_("Write a rate from {lowest} to {highest} %.")


class DayMalformed(CostError):
    """A text is not a date."""

    code: ClassVar[str] = "day_malformed"
    message: ClassVar[str] = N_("“{text}” is not a date.")
    hint: ClassVar[str] = N_("Write the year, the month and the day: 2026-03-31.")


class YearAbsurd(CostError):
    """A year is outside of what is possible."""

    code: ClassVar[str] = "year_absurd"
    message: ClassVar[str] = N_("The year {year} is not possible here.")
    hint: ClassVar[str] = N_("Write a year from {first} to {last}.")


class WordUnknown(CostError):
    """A word is none of those that are expected."""

    code: ClassVar[str] = "word_unknown"
    message: ClassVar[str] = N_("“{word}” is not known here.")
    hint: ClassVar[str] = N_("Write one of: {known}.")


class TextTooLong(CostError):
    """A reference has too many characters, or some that nobody can see."""

    code: ClassVar[str] = "text_refused"
    message: ClassVar[str] = N_("The text “{text}…” cannot be kept.")
    hint: ClassVar[str] = N_("Write {limit} characters at most, all of them visible.")


class NothingCovered(CostError):
    """A purchase is for places, and names none, or names places where it should not."""

    code: ClassVar[str] = "nothing_covered"
    message: ClassVar[str] = N_("The purchase does not say what it is for.")
    hint: ClassVar[str] = N_("Name one territory, or communes, or schools, or kits.")


class LotsDoNotAddUp(CostError):
    """The lots' amounts are not the purchase's."""

    code: ClassVar[str] = "lots_do_not_add_up"
    message: ClassVar[str] = N_("The lots make {lots} together, and the purchase is of {amount}.")
    hint: ClassVar[str] = N_("Correct the lots or the amount; both include VAT.")


class RecurrenceContradicts(CostError):
    """A purchase that recurs ends before it begins, or one that does not recur has an end."""

    code: ClassVar[str] = "recurrence_contradicts"
    message: ClassVar[str] = N_("The last year, {last}, does not go with a purchase of {first}.")
    hint: ClassVar[str] = N_("Only what is paid every year has a last year, which is not before the first.")


class UnitsAbsurd(CostError):
    """A number of tablets or licences is not possible."""

    code: ClassVar[str] = "units_absurd"
    message: ClassVar[str] = N_("{units} is not a number of tablets or licences that can be bought.")
    hint: ClassVar[str] = N_("Write a number from 1 to {limit}.")


class PlannedLifeRefused(CostError):
    """A planned life is outside of the charter's bounds."""

    code: ClassVar[str] = "planned_life_refused"
    message: ClassVar[str] = N_("A planned life of {years} years is not possible.")
    hint: ClassVar[str] = N_("Tablets are planned for {shortest} to {longest} years.")


class PlannedLifeNeedsUnits(CostError):
    """A purchase has a planned life, and says not how many tablets it is."""

    code: ClassVar[str] = "planned_life_needs_units"
    message: ClassVar[str] = N_("A planned life is given to hardware of which the number of tablets is known.")
    hint: ClassVar[str] = N_("Say how many tablets were bought, or leave the planned life out.")


class PurchaseUnknown(CostError):
    """There is no such purchase."""

    code: ClassVar[str] = "purchase_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no purchase {purchase}.")
    hint: ClassVar[str] = N_("Look at the list of purchases: valise cost list.")


class PurchaseChanged(CostError):
    """Someone else changed the purchase meanwhile."""

    code: ClassVar[str] = "purchase_changed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_(
        "“{label}” was changed meanwhile: you corrected its version {seen}, and it is now at version {current}."
    )
    hint: ClassVar[str] = N_("Look at it again, then make your correction on the new version. Nothing was overwritten.")


class PurchaseWithdrawn(CostError):
    """The purchase was withdrawn."""

    code: ClassVar[str] = "purchase_withdrawn"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("“{label}” was withdrawn, and can no longer be changed or counted.")
    hint: ClassVar[str] = N_("Enter the purchase anew if it was withdrawn by mistake.")


class PurchaseSubsidised(CostError):
    """A subsidy counts on the purchase."""

    code: ClassVar[str] = "purchase_subsidised"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("“{label}” cannot be withdrawn: the subsidy of {funder} counts on it.")
    hint: ClassVar[str] = N_("Take it out of the subsidy first.")


class KeyUnknown(CostError):
    """There is no such sharing key."""

    code: ClassVar[str] = "sharing_key_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no sharing key “{reference}”.")
    hint: ClassVar[str] = N_("Look at the list of keys: valise cost keys.")


class KeyMissing(CostError):
    """No key is in force in a year."""

    code: ClassVar[str] = "sharing_key_missing"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("No sharing key is in force in {year}.")
    hint: ClassVar[str] = N_("Enter the key that was adopted, with the first year that it is for.")


class KeyReplaced(CostError):
    """Another deliberation replaced the key."""

    code: ClassVar[str] = "sharing_key_replaced"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The sharing key “{reference}” was replaced by “{by}”, from {year} on.")
    hint: ClassVar[str] = N_("Use “{by}”, or an earlier year.")


class KeyNotYet(CostError):
    """The key is for later years."""

    code: ClassVar[str] = "sharing_key_not_yet"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The sharing key “{reference}” is for {first} and later, not for {year}.")
    hint: ClassVar[str] = N_("Use the key that was in force in {year}.")


class KeyInForce(CostError):
    """A new key does not say that it replaces the one in force."""

    code: ClassVar[str] = "sharing_key_in_force"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_(
        "The sharing key “{reference}” is in force, and the new one does not say it replaces it."
    )
    hint: ClassVar[str] = N_("Name “{reference}” as the key that is replaced.")


class KeyExists(CostError):
    """The deliberation's reference is taken."""

    code: ClassVar[str] = "sharing_key_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The deliberation “{reference}” has its sharing key already.")
    hint: ClassVar[str] = N_("A key never changes: another deliberation makes another key.")


class RuleTwice(CostError):
    """A key has two rules for the same purchases."""

    code: ClassVar[str] = "sharing_rule_twice"
    message: ClassVar[str] = N_("The key has two rules for {item}.")
    hint: ClassVar[str] = N_("Keep the one that was adopted.")


class ReferenceMissing(CostError):
    """A key does not name its deliberation."""

    code: ClassVar[str] = "deliberation_missing"
    message: ClassVar[str] = N_("The key does not name the deliberation that adopted it.")
    hint: ClassVar[str] = N_("Write its reference, such as 2026-14.")


class PupilsMissing(CostError):
    """Pupil numbers are needed and not there."""

    code: ClassVar[str] = "pupils_missing"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Pupil numbers for {year} are missing: {places}.")
    hint: ClassVar[str] = N_("Enter or import them (valise cost pupils), zero for a school that is closed.")


class NobodyToShare(CostError):
    """The places that a purchase is for count for nothing."""

    code: ClassVar[str] = "nobody_to_share"
    status: ClassVar[int] = 409
    hint: ClassVar[str] = N_("Correct what the purchase is for, or let the authority bear it.")


class NoPupilToShare(NobodyToShare):
    """None of the schools has a pupil."""

    code: ClassVar[str] = "no_pupil_to_share"
    message: ClassVar[str] = N_("“{label}” cannot be shared in {year}: the schools that it is for have no pupils.")


class NoTabletToShare(NobodyToShare):
    """None of the kits has a tablet."""

    code: ClassVar[str] = "no_tablet_to_share"
    message: ClassVar[str] = N_("“{label}” cannot be shared in {year}: the kits that it is for have no tablets.")


class SubsidyUnknown(CostError):
    """There is no such subsidy."""

    code: ClassVar[str] = "subsidy_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no subsidy {subsidy}.")
    hint: ClassVar[str] = N_("Look at the list of subsidies: valise cost subsidies.")


class SubsidyChanged(CostError):
    """Someone else changed the subsidy meanwhile."""

    code: ClassVar[str] = "subsidy_changed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_(
        "The subsidy of {funder} was changed meanwhile: you saw version {seen}, and it is now at version {current}."
    )
    hint: ClassVar[str] = N_("Look at it again, then make your change. Nothing was overwritten.")


class SubsidyEmpty(CostError):
    """A subsidy names no purchase."""

    code: ClassVar[str] = "subsidy_empty"
    message: ClassVar[str] = N_("The subsidy names no purchase that qualifies.")
    hint: ClassVar[str] = N_("Name one purchase at least.")


class SubsidyPeriodBackwards(CostError):
    """A subsidy's period ends before it begins."""

    code: ClassVar[str] = "subsidy_period_backwards"
    message: ClassVar[str] = N_("The subsidy's period ends on {last}, before it begins on {first}.")
    hint: ClassVar[str] = N_("Exchange the two dates, or correct them.")


class SubsidiesExceed(CostError):
    """Subsidies would pay more than a purchase costs."""

    code: ClassVar[str] = "subsidies_exceed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("With this subsidy, “{label}” would be subsidised at {rate} %.")
    hint: ClassVar[str] = N_("All the subsidies of a purchase together make 100 % at most.")


class DayInFuture(CostError):
    """Tablets would serve since a day that has not come."""

    code: ClassVar[str] = "day_in_future"
    message: ClassVar[str] = N_("Tablets cannot be in service since {day}, which has not come yet.")
    hint: ClassVar[str] = N_("Enter the day on which they were handed out.")


class NoTabletNamed(CostError):
    """A date in service is for no tablet."""

    code: ClassVar[str] = "no_tablet_named"
    message: ClassVar[str] = N_("No tablet is named, or the kits that are named have none.")
    hint: ClassVar[str] = N_("Name tablets, or kits that have some.")


class PupilsInvalid(FileRefused):
    """A text or number is not a school's number of pupils."""

    code: ClassVar[str] = "pupils_invalid"
    message: ClassVar[str] = N_("“{value}” is not a number of pupils.")
    hint: ClassVar[str] = N_("Write a whole number from 0 to {limit}, in digits.")


class SchoolOfPupilsUnknown(FileRefused):
    """A line is about a school that is not here."""

    code: ClassVar[str] = "pupils_school_unknown"
    message: ClassVar[str] = N_("The school {uai} is not known here.")
    hint: ClassVar[str] = N_("Import it first (valise import schools), or remove the line.")


class SchoolTwice(FileRefused):
    """Two lines are about one school."""

    code: ClassVar[str] = "pupils_school_twice"
    message: ClassVar[str] = N_("Line {other} gives another number for the school {uai}.")
    hint: ClassVar[str] = N_("Keep the one that is right.")
