"""``valise init``: everything a new server needs, made once."""

import asyncio
import os
from pathlib import Path

import click

from enrollment.authority import create_authority
from enrollment.authority.certificate_store import add_authority
from mdm.cli.context import Cli, pass_cli, refuse, translate
from mdm.errors import ValiseError
from mdm.settings import Settings, load_settings
from mdm.store import open_database
from mdm.vault_key import create_vault_key, open_vault
from webui.doors.parts import invitations_of
from webui.roles import Role
from webui.scopes import Grant
from webui.sessions import create_administrator

_TEMPLATE = """\
# The configuration of Valise. Every key has a default; what is commented out is the default.
# An environment variable VALISE_<SECTION>_<KEY> overrides a key. Check with: valise config check

[server]
# Everything that the server writes is in this folder.
data_dir = "{data_dir}"
# log_level = "info"          # debug, info, warning, error
# log_format = "json"         # json, console
# language = "fr"             # fr, en

[device]
# The address that tablets call, and that is in their enrollment profile: choose it once.
url = "{device_url}"
listen = "{device_listen}"
# Without these two the server makes a certificate of its own authority, which only tablets that have its root trust.
# tls_certificate = "/etc/valise/tls/fullchain.pem"
# tls_key = "/etc/valise/tls/privkey.pem"
# tls = true                  # false behind a reverse proxy that ends TLS
# client_certificate_header = ""   # Client-Cert (RFC 9440) or X-SSL-Client-Cert (nginx), only from trusted_proxies
# trusted_proxies = []
# connections = 4000

[people]
# The address that people open.
url = "{people_url}"
listen = "{people_listen}"
# tls_certificate = ""
# tls_key = ""
# session_hours = 12          # how long one stays signed in at most
# idle_minutes = 240          # and without doing anything
# second_factor = "privileged"   # who needs more than a password: privileged, everybody, nobody
# metrics_token = ""          # lets other machines than this one read /metrics
# trusted_proxies = []

[database]
# sqlite:///path, or postgresql://user@host/name for a whole territory; empty is valise.db in data_dir.
# url = ""

[enrollment]
# The name that tablets show.
organization = "{organization}"
# ticket_hours = 12           # how long a QR code is valid
# sign_messages = false       # true where a proxy cannot pass the client certificate
# profile_certificate = ""    # signs the enrollment profile, so that iPads show it as verified
# profile_key = ""

[push]
# enabled = true
# host = "api.push.apple.com"
# port = 443
# per_second = 500

[mail]
# The mail server that takes invitations to people; without a host, codes are printed instead.
# host = ""
# port = 587
# security = "starttls"       # starttls, tls (port 465), none (this machine's own mail server only)
# user = ""
# password = ""
# sender = "Valise <valise@example.fr>"

[oidc]
# The login service of an authority or academy (OpenID Connect): docs/accounts.md.
# issuer = ""
# client_id = ""
# client_secret = ""
# label = ""                  # the words on its button

[home]
# lost_number = ""            # the telephone number that the screen of a lost tablet shows

[keys]
# folder = ""                 # empty is the folder keys in data_dir
"""


@click.command(
    help=translate("Make the configuration, the keys, the authority, the database and the first administrator.")
)
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), default="/var/lib/valise", show_default=True
)
@click.option("--organization", default="Valise", show_default=True, help=translate("The name that tablets show."))
@click.option("--device-url", default="https://localhost:8443", show_default=True, help=translate("What tablets call."))
@click.option("--device-listen", default="0.0.0.0:8443", show_default=True)
@click.option("--people-url", default="http://127.0.0.1:8080", show_default=True, help=translate("What people open."))
@click.option("--people-listen", default="127.0.0.1:8080", show_default=True)
@click.option("--admin", default="admin", show_default=True, help=translate("The first administrator's login."))
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=translate("A file with the administrator's password; otherwise an invitation for the first one is printed."),
)
@pass_cli
def init(
    cli: Cli,
    data_dir: Path,
    organization: str,
    device_url: str,
    device_listen: str,
    people_url: str,
    people_listen: str,
    admin: str,
    password_file: Path | None,
) -> None:
    """Make a new server; refuses to touch one that is there."""
    config = cli.config or data_dir / "valise.toml"
    if config.exists():
        click.echo(translate("{file} exists already: nothing was changed.", file=str(config)), err=True)
        raise SystemExit(1)
    text = _TEMPLATE.format(
        data_dir=data_dir.absolute(),
        organization=organization.replace('"', "'"),
        device_url=device_url,
        device_listen=device_listen,
        people_url=people_url,
        people_listen=people_listen,
    )
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    config.parent.mkdir(parents=True, exist_ok=True)
    config.touch(mode=0o600)
    config.write_text(text, encoding="utf-8")
    password = password_file.read_text(encoding="utf-8").strip() if password_file else None
    try:
        code = asyncio.run(make_server(load_settings(config, os.environ), cli, admin, password))
    except ValiseError as error:
        config.unlink()
        refuse(error)
    click.echo(translate("The configuration is in {file}.", file=str(config)))
    click.echo(translate("Next: valise --config {file} serve", file=str(config)))
    if code:
        address = f"{people_url.rstrip('/')}/invitation"
        click.echo(translate("Then open {address}#{code}", address=address, code=code))
        click.echo(translate("This invites the first administrator: once, within two weeks. It is shown this once."))


async def make_server(settings: Settings, cli: Cli, admin: str, password: str | None) -> str:
    """Make keys, authority and database for a configuration; raise a `ValiseError`.

    With a password, also an administrator; without one, return the code that invites the first.
    """
    await asyncio.to_thread(create_vault_key, settings.keys_dir)
    vault = open_vault(settings.keys_dir)
    authority = await asyncio.to_thread(
        create_authority,
        settings.keys_dir / "authority",
        vault,
        settings.enrollment.organization,
        cli.clock,
        f"{settings.device.url}/crl",
    )
    database = await open_database(settings.database_url, cli.clock, migrate=True)
    try:
        await database.write(lambda conn: add_authority(conn, authority))
        if password is None:
            invitations = invitations_of(database, cli.clock, cli.journal, vault, settings, cli.catalogs)
            grant = Grant(role=Role.ADMINISTRATOR)
            return (await invitations.make_at_terminal(grant, actor=cli.actor)).code
        await create_administrator(database, cli.clock, cli.journal, admin, password, actor=cli.actor)
        return ""
    finally:
        await database.close()
