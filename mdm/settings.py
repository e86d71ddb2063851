"""The one configuration: a TOML file plus environment variables, checked once, at start.

A variable ``VALISE_<SECTION>_<KEY>`` overrides the key of that section, for example ``VALISE_DATABASE_URL``.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import msgspec

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.settings_checks import (
    OWN_HOSTS,
    absolute,
    apple_address,
    between,
    https_address,
    is_loopback,
    issuer_address,
    listen_address,
    network,
    telephone,
    web_address,
)
from mdm.settings_checks import split_listen as split_listen

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """What is common to both listeners."""

    data_dir: str = "/var/lib/valise"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    language: Literal["fr", "en"] = "fr"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """The device listener: what tablets talk to."""

    url: str = "https://localhost:8443"
    listen: str = "0.0.0.0:8443"
    tls_certificate: str = ""
    tls_key: str = ""
    tls: bool = True
    client_certificate_header: Literal["", "Client-Cert", "X-SSL-Client-Cert"] = ""
    trusted_proxies: tuple[str, ...] = ()
    connections: int = 15_000


class People(msgspec.Struct, frozen=True, kw_only=True):
    """The people listener: pages and live events.

    ``session_hours``: how long one stays signed in at most; ``idle_minutes``: and without doing anything.
    ``second_factor``: who needs more than a password. Privileged are administrators, technicians and managers.
    """

    url: str = "http://127.0.0.1:8080"
    listen: str = "127.0.0.1:8080"
    tls_certificate: str = ""
    tls_key: str = ""
    metrics_token: str = ""
    trusted_proxies: tuple[str, ...] = ()
    session_hours: int = 12
    idle_minutes: int = 240
    second_factor: Literal["privileged", "everybody", "nobody"] = "privileged"
    demo: bool = False


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """The database; empty means a SQLite file in the data folder."""

    url: str = ""


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """How tablets join."""

    organization: str = "Valise"
    ticket_hours: int = 12
    sign_messages: bool = False
    profile_certificate: str = ""
    profile_key: str = ""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """Apple's push service."""

    host: str = "api.push.apple.com"
    port: int = 443
    ca_file: str = ""
    per_second: int = 500
    enabled: bool = True


class Android(msgspec.Struct, frozen=True, kw_only=True):
    """The agent on Android tablets. ``agent_secret`` is in the agent's build: everybody knows the official one."""

    agent_secret: str = "changeme-C3z9vi54"  # noqa: S105
    check_signature: bool = False
    push: Literal["polling", "mqttWorker", "mqttAlarm"] = "polling"
    poll_seconds: int = 50
    path_minutes: int = 60
    mqtt_host: str = ""
    mqtt_port: int = 31000
    mqtt_keepalive_seconds: int = 300


class AppsAndBooks(msgspec.Struct, frozen=True, kw_only=True):
    """Licences of Apple's Apps and Books. ``count_hours``: how old a count may become before it is made again."""

    enabled: bool = False
    url: str = "https://vpp.itunes.apple.com"
    ca_file: str = ""
    count_hours: int = 6


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server that takes letters to people; without a host none is sent, and codes are printed instead.

    ``security``: starttls (submission, port 587), tls (from the first byte, port 465), or none, on this machine only.
    ``sender``: an address, or a name with an address in angle brackets.
    """

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    ca_file: str = ""


class Oidc(msgspec.Struct, frozen=True, kw_only=True):
    """The login service of an authority or academy, by OpenID Connect; without an issuer there is none.

    ``label``: the words on its button. ``second_factor``: whether those who need one are asked for it here too, or the
    service's own is enough. ``link_verified_email``: an address that the service verified opens the invitation that was
    sent to it, and the account whose login it is. ``grants``: such as ``directeurs=head@school:0400377T``, the roles
    that the service's groups give; those that no line names are given by hand.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    label: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    second_factor: Literal["ask", "provider"] = "ask"
    link_verified_email: bool = False
    groups_claim: str = "groups"
    grants: tuple[str, ...] = ()
    ca_file: str = ""


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """What families meet. ``lost_number``: the telephone number that the screen of a lost tablet shows."""

    lost_number: str = ""


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Where the keys are; empty means the folder ``keys`` in the data folder."""

    folder: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings."""

    server: Server = Server()
    device: Device = Device()
    people: People = People()
    database: Store = Store()
    enrollment: Enrollment = Enrollment()
    push: Push = Push()
    android: Android = Android()
    apps_and_books: AppsAndBooks = AppsAndBooks()
    mail: Mail = Mail()
    oidc: Oidc = Oidc()
    home: Home = Home()
    keys: Keys = Keys()

    @property
    def data_dir(self) -> Path:
        """The folder that holds everything the server writes."""
        return Path(self.server.data_dir)

    @property
    def database_url(self) -> str:
        """The address of the database."""
        return self.database.url or f"sqlite:///{self.data_dir / 'valise.db'}"

    @property
    def apks_dir(self) -> Path:
        """The folder of the files that Android tablets install."""
        return self.data_dir / "apks"

    @property
    def keys_dir(self) -> Path:
        """The folder of the private keys."""
        return Path(self.keys.folder) if self.keys.folder else self.data_dir / "keys"


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong setting: its key, the value found and what would be right."""

    key: str
    found: str
    right: str

    def __str__(self) -> str:
        return f"{self.key} = {self.found}: {self.right}" if self.found else f"{self.key}: {self.right}"


class SettingsError(ValiseError):
    """The configuration has mistakes; ``mistakes`` has them all."""

    code: ClassVar[str] = "settings_wrong"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("The configuration is not right: {problems}")
    hint: ClassVar[str] = N_("Correct these lines in the configuration file, then run: valise config check")

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(problems="; ".join(str(mistake) for mistake in mistakes))


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read ``path`` (None: defaults only) and the environment's overrides.

    Raises `SettingsError` with every mistake: unknown keys, wrong types, values that cannot work together.
    """
    tree = _read(path) if path is not None else {}
    mistakes: list[Mistake] = []
    sections: dict[str, Any] = {}
    hints = get_type_hints(Settings)
    for name in tree:
        if name not in hints:
            mistakes.append(_unknown(name, name, hints))
    for name, kind in hints.items():
        given = tree.get(name, {})
        if not isinstance(given, dict):
            mistakes.append(Mistake(key=name, found=repr(given), right=f"must be a section, [{name}]"))
            continue
        sections[name] = _section(name, kind, given, environment, mistakes)
    _check_environment(environment, hints, mistakes)
    settings = Settings(**sections)
    told = {mistake.key for mistake in mistakes}
    mistakes += [mistake for mistake in _contradictions(settings) if mistake.key not in told]
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        right = f"cannot be read ({error.strerror}); run: valise init"
        raise SettingsError([Mistake(key=str(path), found="", right=right)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([Mistake(key=str(path), found="", right=f"is not TOML: {error}")]) from error


def _section(
    name: str, kind: type[Any], given: Mapping[str, Any], environment: Mapping[str, str], mistakes: list[Mistake]
) -> Any:
    hints = {key: hint for key, hint in get_type_hints(kind).items() if _NAME.fullmatch(key)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in hints:
            mistakes.append(_unknown(f"{name}.{key}", key, hints))
        elif (right := _mistype(hints[key], value)) is not None:
            mistakes.append(Mistake(key=f"{name}.{key}", found=_shown(key, value), right=right))
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    for key, hint in hints.items():
        variable = f"VALISE_{name}_{key}".upper()
        if variable not in environment:
            continue
        value = _from_text(hint, environment[variable])
        if (right := _mistype(hint, value)) is not None:
            mistakes.append(Mistake(key=variable, found=_shown(key, value), right=right))
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def _check_environment(environment: Mapping[str, str], sections: Mapping[str, Any], mistakes: list[Mistake]) -> None:
    known = {f"VALISE_{name}_{key}".upper() for name, kind in sections.items() for key in get_type_hints(kind)} | {
        "VALISE_CONFIG",
        "VALISE_AS",
    }
    for variable in environment:
        if variable.startswith("VALISE_") and variable not in known:
            mistakes.append(_unknown(variable, variable, dict.fromkeys(known)))


def _unknown(where: str, key: str, known: Mapping[str, Any]) -> Mistake:
    near = difflib.get_close_matches(key, known, n=1)
    right = f"is not a setting; did you mean {near[0]}?" if near else f"is not a setting; known: {', '.join(known)}"
    return Mistake(key=where, found="", right=right)


def _shown(key: str, value: object) -> str:
    return "(hidden)" if any(word in key for word in ("token", "secret", "password")) else repr(value)


def _from_text(hint: Any, text: str) -> Any:
    if hint is bool:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(text.lower(), text)
    if hint is int:
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if get_origin(hint) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _mistype(hint: Any, value: object) -> str | None:
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return None if value in choices else "must be one of " + ", ".join(repr(choice) for choice in choices)
    if get_origin(hint) is tuple:
        good = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return None if good else 'must be a list of texts, such as ["127.0.0.1"]'
    if hint is bool:
        return None if isinstance(value, bool) else "must be true or false"
    if hint is int:
        return None if isinstance(value, int) and not isinstance(value, bool) else "must be a whole number"
    return None if isinstance(value, str) else "must be a text in quotes"


def _contradictions(settings: Settings) -> Iterator[Mistake]:
    for key, check, value in _checks(settings):
        if (right := check(value)) is not None:
            yield Mistake(key=key, found=repr(value), right=right)
    for name, section in (("device", settings.device), ("people", settings.people)):
        if bool(section.tls_certificate) != bool(section.tls_key):
            yield Mistake(key=f"{name}.tls_key", found="", right="tls_certificate and tls_key go together")
    if settings.device.client_certificate_header and not settings.device.trusted_proxies:
        right = "name the proxy's address, or the header would be believed from nobody"
        yield Mistake(key="device.trusted_proxies", found="[]", right=right)
    yield from _mail_contradictions(settings.mail)
    yield from _oidc_contradictions(settings.oidc)
    if settings.people.demo and not is_loopback(settings.people.listen):
        right = "the demo has no sign-in: it listens on 127.0.0.1 only"
        yield Mistake(key="people.listen", found=repr(settings.people.listen), right=right)


def _mail_contradictions(mail: Mail) -> Iterator[Mistake]:
    if not mail.host:
        return
    if not _ADDRESS.fullmatch(parseaddr(mail.sender)[1]):
        right = 'must be an address, such as "Valise <valise@example.fr>"'
        yield Mistake(key="mail.sender", found=repr(mail.sender), right=right)
    if bool(mail.user) != bool(mail.password):
        yield Mistake(key="mail.password", found="", right="user and password go together")
    if not (mail.user + mail.password).isascii():
        right = "must be plain letters, digits and signs, without accents: the sign-in of mail servers knows no others"
        yield Mistake(key="mail.password", found="", right=right)
    if mail.security == "none" and mail.host not in OWN_HOSTS:
        right = "must be starttls or tls: letters hold codes, and only this machine's own mail server may do without"
        yield Mistake(key="mail.security", found="'none'", right=right)


def _oidc_contradictions(oidc: Oidc) -> Iterator[Mistake]:
    if not oidc.issuer:
        return
    for key, value in (("client_id", oidc.client_id), ("label", oidc.label)):
        if not value:
            yield Mistake(key=f"oidc.{key}", found="", right="is needed with an issuer")
    if "openid" not in oidc.scopes:
        yield Mistake(key="oidc.scopes", found=repr(list(oidc.scopes)), right='must have "openid"')


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[Any], str | None], Any]]:
    yield "device.url", https_address, settings.device.url
    yield "device.listen", listen_address, settings.device.listen
    yield "people.url", web_address, settings.people.url
    yield "people.listen", listen_address, settings.people.listen
    yield "people.session_hours", between(1, 24 * 30), settings.people.session_hours
    yield "people.idle_minutes", between(15, 24 * 60 * 30), settings.people.idle_minutes
    yield "mail.port", between(1, 65535), settings.mail.port
    yield "home.lost_number", telephone, settings.home.lost_number
    yield "oidc.issuer", issuer_address, settings.oidc.issuer
    yield "enrollment.ticket_hours", between(1, 24 * 90), settings.enrollment.ticket_hours
    yield "push.port", between(1, 65535), settings.push.port
    yield "push.per_second", between(1, 100_000), settings.push.per_second
    yield "device.connections", between(10, 1_000_000), settings.device.connections
    yield "android.poll_seconds", between(5, 240), settings.android.poll_seconds
    yield "android.path_minutes", between(5, 24 * 60), settings.android.path_minutes
    yield "android.mqtt_port", between(1, 65535), settings.android.mqtt_port
    yield "android.mqtt_keepalive_seconds", between(30, 24 * 3600), settings.android.mqtt_keepalive_seconds
    yield "apps_and_books.url", apple_address, settings.apps_and_books.url
    yield "apps_and_books.count_hours", between(1, 24 * 7), settings.apps_and_books.count_hours
    yield "server.data_dir", absolute, settings.server.data_dir
    for one in (*settings.device.trusted_proxies, *settings.people.trusted_proxies):
        yield "trusted_proxies", network, one
