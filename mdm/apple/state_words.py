"""States and reasons that devices give as codes, in a person's words.

Sources: Apple's schema, mdm/commands/application.install.yaml, application.managed.list.yaml, media.install.yaml,
declarative/status/app.managed.list.yaml; Apple, "DeclarationBase", reason codes.
"""

from collections.abc import Callable

from mdm.i18n import N_

Translate = Callable[..., str]

_APP_STATES: dict[str, str] = {
    "queued": N_("waiting to be installed"),
    "needs-redemption": N_("waiting for a licence code"),
    "redeeming": N_("getting its licence"),
    "prompting": N_("waiting for somebody to accept it on the tablet"),
    "prompting-for-consent": N_("waiting for somebody to accept it on the tablet"),
    "prompting-for-login": N_("waiting for somebody to sign in to the App Store"),
    "prompting-for-update": N_("waiting for somebody to accept its update on the tablet"),
    "prompting-for-update-login": N_("waiting for somebody to sign in to the App Store"),
    "prompting-for-management": N_("waiting for somebody to accept its management on the tablet"),
    "validating-purchase": N_("having its licence checked"),
    "validating-update": N_("having its licence checked"),
    "downloading": N_("being downloaded"),
    "installing": N_("being installed"),
    "updating": N_("being updated"),
    "managed": N_("installed"),
    "managed-but-uninstalled": N_("removed on the tablet by somebody"),
    "user-installed-app": N_("installed by somebody, and not managed"),
    "user-rejected": N_("refused on the tablet by somebody"),
    "update-rejected": N_("installed; somebody refused its update"),
    "management-rejected": N_("installed; somebody refused its management"),
    "optional": N_("offered, not installed"),
    "failed": N_("could not be installed"),
    "unknown": N_("in a state that the tablet does not tell"),
}

_BOOK_STATES: dict[str, str] = {
    "Queued": N_("waiting to be put on the tablet"),
    "PromptingForLogin": N_("waiting for somebody to sign in to Apple's book store"),
    "Updating": N_("being replaced by another version"),
    "Installing": N_("being fetched by the tablet"),
    "Managed": N_("on the tablet"),
    "Installed": N_("on the tablet"),
    "ManagedButUninstalled": N_("taken off the tablet by somebody"),
    "Uninstalled": N_("taken off the tablet by somebody"),
    "Failed": N_("did not arrive; it is sent again"),
    "Unknown": N_("in a state that the tablet does not tell"),
}

_REJECTIONS: dict[str, str] = {
    "AppAlreadyInstalled": N_("The app is already installed."),
    "AppAlreadyQueued": N_("The app already waits to be installed."),
    "AppStoreDisabled": N_("The App Store is switched off on this tablet."),
    "CouldNotVerifyAppID": N_("The App Store does not know this app."),
    "CouldNotVerifyITunesStoreID": N_("Apple's store does not know this book."),
    "DownloadInvalid": N_("There is no valid book at the address."),
    "EnterpriseBooksNotSupportedInMultiUser": N_("A shared iPad takes no book from an address."),
    "ManagementChangeNotSupported": N_("The tablet cannot take over an app that somebody installed."),
    "NotAnApp": N_("This is not an app."),
    "NotSupported": N_("The tablet does not support this app."),
    "PurchaseMethodNotSupported": N_("The tablet does not accept this kind of licence."),
    "PurchaseMethodNotSupportedInMultiUser": N_("A shared iPad does not accept this kind of licence."),
    "PurchaseNotFound": N_("The Apple Account on the tablet has no licence of this book."),
    "WrongMediaType": N_("The tablet takes only books in this way."),
    "Other": N_("The tablet refused the app and did not say why."),
}

_REASONS: dict[str, str] = {
    "Error.ActivationFailed": N_("It was not switched on, because its activation failed."),
    "Error.AssetCannotBeDeserialized": N_("The data that it needs is malformed."),
    "Error.AssetCannotBeDownloaded": N_("The data that it needs could not be downloaded."),
    "Error.AssetCannotBeVerified": N_("The data that it needs is not what was announced."),
    "Error.ConfigurationAlreadyPresent": N_("The tablet already has another one of this kind."),
    "Error.ConfigurationCannotBeApplied": N_("The tablet could not apply it."),
    "Error.ConfigurationCannotBeDeserialized": N_("It is malformed."),
    "Error.ConfigurationFailed": N_("The configuration that uses it failed."),
    "Error.ConfigurationIsInvalid": N_("It is not valid for this tablet."),
    "Error.ConfigurationNotSupported": N_("This tablet does not support it."),
    "Error.InvalidPayload": N_("It did not arrive whole."),
    "Error.MissingAssets": N_("The data that it needs is not on the tablet."),
    "Error.MissingConfigurations": N_("A configuration that it switches on is not on the tablet."),
    "Error.MissingState": N_("The tablet lost track of it."),
    "Error.PredicateFailed": N_("Its condition could not be evaluated."),
    "Error.UnableToEvaluatePredicate": N_("Its condition could not be evaluated."),
    "Error.UnableToParsePredicate": N_("Its condition is malformed."),
    "Error.UnableToParsePredicateWithCustomOperator": N_("Its condition is malformed."),
    "Error.Unknown": N_("The tablet had an internal error."),
    "Error.UnknownDeclarationType": N_("This tablet does not know this kind of declaration."),
    "Error.UnknownPayloadKeys": N_("It has keys that this tablet does not know."),
    "Info.NotReferencedByActivation": N_("No activation switches it on."),
    "Info.NotReferencedByConfiguration": N_("No configuration uses it."),
    "Info.Predicate": N_("Its condition is not met."),
    "Info.UnsupportedSettings": N_("This tablet does not support all of its settings."),
}


def app_state_in_words(state: str, translate: Translate) -> str:
    """Return how far an app is, from ManagedApplicationList (``ManagedButUninstalled``) or a status report."""
    words = _APP_STATES.get(_dashed(state))
    return translate(words) if words is not None else state


def book_state_in_words(state: str, translate: Translate) -> str:
    """Return how far a book is, from ManagedMediaList."""
    words = _BOOK_STATES.get(state)
    return translate(words) if words is not None else state


def rejection_in_words(reason: str, translate: Translate) -> str:
    """Return why a device rejected an InstallApplication or InstallMedia command."""
    words = _REJECTIONS.get(reason)
    return translate(words) if words is not None else reason


def reason_in_words(code: str, description: str, translate: Translate) -> str:
    """Return why a declaration is not valid or not active: by its code, else in the device's words."""
    words = _REASONS.get(code)
    return translate(words) if words is not None else description or code


def _dashed(state: str) -> str:
    """``ManagedButUninstalled`` and ``managed-but-uninstalled`` are the same state in two protocols."""
    if "-" in state or state.islower():
        return state
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in state).lstrip("-")
