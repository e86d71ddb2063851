"""What the people listener keeps of persons: accounts, sessions, tokens, repeated requests."""

from mdm.i18n import N_
from mdm.privacy.declaration import Activity, Clear, Owner, Personal, Search, Stay, Table, actor
from mdm.privacy.retention import AFTER_ACCOUNT_DAYS, After, WithParent
from mdm.privacy.sayings import one_of
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons
from webui.doors.places import EXTENT_NAMES
from webui.doors.role_words import ROLE_NAMES

ACCOUNTS = Activity(
    key="accounts",
    name="Accounts and sign-in",
    purpose="To let each person in, with what this person may do, and nobody else.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.STAFF, Persons.COMMITTEE, Persons.TECHNICIANS, Persons.GUARDIANS, Persons.RESEARCHERS),
    seen_by=(SELF, "administrator", "manager", "technician", "dpo"),
    source="The person who makes the account, or the person concerned.",
)

ACCOUNT = Owner(subject="account", column="account_id")
_ENDS = "the end of the account"
_WITH_ACCOUNT = WithParent(column="account_id", parent="account", key="account_id", event="the erasure of the account")

_WHILE_OPEN = After(column="expires_at", event="the end of the invitation, or earlier when it is used or withdrawn")

METHOD_NAMES = {
    "password": N_("with a password"),
    "passkey": N_("with the device's own key"),
    "oidc": N_("through another service"),
    "code": N_("with a code"),
    "demo": N_("in the demonstration"),
}

TABLES = (
    Table(
        name="account",
        about="Accounts",
        activity=ACCOUNTS,
        owners=(ACCOUNT,),
        retention=After(column="disabled_at", days=AFTER_ACCOUNT_DAYS, event=_ENDS),
        by_erasure=True,
        fields=(
            Personal(column="account_id", what="the account's identifier", data=Data.ACCOUNT, technical=True),
            Personal(column="login", what="the login", data=Data.IDENTITY),
            Personal(
                column="password_hash",
                what="a hash by which the password is recognised",
                data=Data.ACCOUNT,
                secret=True,
            ),
            Personal(column="created_at", what="when the account was made", data=Data.ACCOUNT),
            Personal(column="disabled_at", what="when the account ended", data=Data.ACCOUNT),
        ),
        plain="revision device_epoch",
    ),
    Table(
        name="account_grant",
        about="What accounts may do",
        activity=ACCOUNTS,
        owners=(ACCOUNT,),
        retention=_WITH_ACCOUNT,
        fields=(
            Personal(column="account_id", what="whose role it is", data=Data.ACCOUNT, technical=True),
            Personal(column="role", what="the role", data=Data.ACCOUNT, said=one_of(ROLE_NAMES)),
            Personal(column="extent", what="how wide the role holds", data=Data.ACCOUNT, said=one_of(EXTENT_NAMES)),
            Personal(column="place_id", what="where the role holds", data=Data.ACCOUNT, technical=True),
        ),
    ),
    Table(
        name="session",
        about="Browsers that are signed in",
        activity=ACCOUNTS,
        owners=(ACCOUNT,),
        retention=After(column="expires_at", event="the end of the session"),
        fields=(
            Personal(column="session_digest", what="a hash of the session's cookie", data=Data.ACCOUNT, secret=True),
            Personal(column="account_id", what="who is signed in", data=Data.ACCOUNT, technical=True),
            Personal(column="csrf", what="a secret of the session's forms", data=Data.ACCOUNT, secret=True),
            Personal(column="created_at", what="when the person signed in", data=Data.ACCOUNT),
            Personal(column="expires_at", what="when the session ends", data=Data.ACCOUNT),
            Personal(column="session_id", what="the session's identifier", data=Data.ACCOUNT, technical=True),
            Personal(column="method", what="how the person signed in", data=Data.ACCOUNT, said=one_of(METHOD_NAMES)),
            Personal(column="second", what="whether a second proof was given", data=Data.ACCOUNT),
            Personal(column="device", what="the browser and system, from a short list", data=Data.ACCOUNT),
            Personal(column="seen_at", what="when it was used last, to ten minutes", data=Data.ACCOUNT),
            Personal(column="proved_at", what="when the person last proved who it is", data=Data.ACCOUNT),
            Personal(column="previous_digest", what="a hash of the cookie before", data=Data.ACCOUNT, secret=True),
        ),
        plain="renew renewed_at",
    ),
    Table(
        name="totp_secret",
        about="One-time passwords",
        activity=ACCOUNTS,
        owners=(ACCOUNT,),
        retention=_WITH_ACCOUNT,
        fields=(
            Personal(column="account_id", what="whose one-time passwords these are", data=Data.ACCOUNT, technical=True),
            Personal(column="sealed_secret", what="their secret, encrypted", data=Data.ACCOUNT, secret=True),
            Personal(column="made_at", what="when they were set up", data=Data.ACCOUNT),
            Personal(column="confirmed_at", what="when the first one was right", data=Data.ACCOUNT),
            Personal(column="last_step", what="the time of the last one", data=Data.ACCOUNT, technical=True),
        ),
    ),
    Table(
        name="recovery_code",
        about="Recovery codes",
        activity=ACCOUNTS,
        owners=(ACCOUNT,),
        retention=_WITH_ACCOUNT,
        fields=(
            Personal(column="account_id", what="whose code it is", data=Data.ACCOUNT, technical=True),
            Personal(column="code_digest", what="a hash of the code", data=Data.ACCOUNT, secret=True),
            Personal(column="made_at", what="when it was made", data=Data.ACCOUNT),
        ),
    ),
    Table(
        name="oidc_link",
        about="Logins of other services that open an account",
        activity=ACCOUNTS,
        owners=(ACCOUNT,),
        retention=_WITH_ACCOUNT,
        fields=(
            Personal(column="issuer", what="the other service", data=Data.ACCOUNT),
            Personal(column="subject", what="the person's identifier there", data=Data.IDENTITY, technical=True),
            Personal(column="account_id", what="which account it opens", data=Data.ACCOUNT, technical=True),
            Personal(column="linked_at", what="when it was linked", data=Data.ACCOUNT),
        ),
    ),
    Table(
        name="entry_step",
        about="Steps of coming in that wait for the next one",
        activity=ACCOUNTS,
        retention=After(column="expires_at", event="the end of the time in which it may be answered"),
        fields=(
            Personal(
                column="sealed_detail",
                what="what the next step needs, encrypted",
                data=Data.ACCOUNT,
                secret=True,
                erasure=Stay("It is encrypted, and gone after minutes."),
            ),
            Personal(
                column="browser",
                what="a hash of the browser's form cookie",
                data=Data.ACCOUNT,
                secret=True,
                erasure=Stay("It is encrypted, and gone after minutes."),
            ),
        ),
        plain="step_digest kind tries expires_at",
    ),
    Table(
        name="failed_attempt",
        about="Attempts to come in that failed",
        activity=ACCOUNTS,
        retention=After(column="forget_at", event="half an hour without another failure"),
        fields=(
            Personal(
                column="key_digest",
                what="a keyed hash of a network address, a login or a device",
                data=Data.ACCOUNT,
                secret=True,
                erasure=Stay("It is a keyed hash, and gone half an hour after the last failure."),
            ),
        ),
        plain="failures forget_at",
    ),
    Table(
        name="invitation",
        about="Invitations",
        activity=ACCOUNTS,
        owners=(ACCOUNT,),
        retention=After(column="expires_at", days=365, event="the end of the invitation"),
        fields=(
            Personal(
                column="account_id", what="the account that it leads back into", data=Data.ACCOUNT, technical=True
            ),
            Personal(
                column="label",
                what="how the invited person was written down",
                data=Data.IDENTITY,
                retention=_WHILE_OPEN,
                cleared_to="",
            ),
            Personal(
                column="email_digest",
                what="a keyed hash of the e-mail address",
                data=Data.CONTACT,
                secret=True,
                retention=_WHILE_OPEN,
            ),
            Personal(column="code_digest", what="a hash of the code", data=Data.ACCOUNT, secret=True),
            Personal(column="role", what="the role", data=Data.ACCOUNT, said=one_of(ROLE_NAMES)),
            Personal(column="extent", what="how wide the role holds", data=Data.ACCOUNT, said=one_of(EXTENT_NAMES)),
            Personal(column="place_id", what="where the role holds", data=Data.ACCOUNT, technical=True),
            Personal(column="used_at", what="when the code was used", data=Data.ACCOUNT),
            actor("made_by", "who invited"),
            actor("used_by", "who came in by it"),
        ),
        plain="invitation_id way made_at expires_at withdrawn_at",
    ),
    Table(
        name="letter",
        about="Letters by e-mail",
        activity=ACCOUNTS,
        retention=After(column="done_at", days=30, event="the sending of the letter"),
        fields=(
            Personal(
                column="sealed_letter",
                what="address and text, encrypted, until it is sent",
                data=Data.CONTACT,
                secret=True,
                erasure=Stay("It is encrypted, and gone as soon as it is sent or given up."),
                recipients=("the authority's mail server",),
            ),
        ),
        plain="letter_id about state tries reply made_at next_at done_at",
    ),
    Table(
        name="api_token",
        about="Tokens of programs",
        activity=ACCOUNTS,
        retention=After(column="expires_at", days=365, event="the end of the token"),
        fields=(
            actor("created_by", "who made the token"),
            Personal(
                column="name",
                what="what the token is for",
                data=Data.ACTIVITY,
                of=Owner(subject="account", column="created_by", holds="actor"),
                erasure=Clear(""),
            ),
        ),
        plain="token_id digest role scope created_at expires_at revoked_at",
    ),
    Table(
        name="idempotency_key",
        about="Answers that are kept for repeated requests",
        activity=ACCOUNTS,
        retention=After(column="expires_at", event="the end of the day in which the request may come again"),
        fields=(
            Personal(
                column="answer",
                what="the answer to a request, for the case that it comes again",
                data=Data.ACTIVITY,
                seen_by=(SELF,),
                of=Owner(subject="account", column="answer", holds="login"),
                erasure=Search(),
            ),
        ),
        plain="key_digest request_digest begun_at expires_at",
    ),
)
