"""``valise config``: show and check the configuration."""

import os
import sys

import click
import msgspec

from mdm.cli.context import EXIT_SETTINGS, Cli, json_option, pass_cli, show, translate
from mdm.settings import Settings

HIDDEN = "(hidden)"


@click.group(help=translate("Show and check the configuration."))
def config() -> None:
    """Group the verbs about the configuration."""


@config.command("show", help=translate("Show every setting that is in force, secrets hidden."))
@json_option
@pass_cli
def show_settings(cli: Cli, as_json: bool) -> None:
    """Print the settings."""
    tree = _without_secrets(cli.settings)
    lines = [
        f"{section}.{key} = {value!r}" for section, values in tree.items() for key, value in sorted(values.items())
    ]
    show(tree, as_json=as_json, lines=lambda: lines)


@config.command(
    help=translate("Check the configuration file and the environment; exit code 3 when something is wrong.")
)
@pass_cli
def check(cli: Cli) -> None:
    """Read the settings, which says what is wrong."""
    settings = cli.settings
    missing = [
        translate("{key} = {path}: the file cannot be read", key=key, path=path)
        for key, path in (
            ("device.tls_certificate", settings.device.tls_certificate),
            ("device.tls_key", settings.device.tls_key),
            ("people.tls_certificate", settings.people.tls_certificate),
            ("people.tls_key", settings.people.tls_key),
            ("push.ca_file", settings.push.ca_file),
            ("apps_and_books.ca_file", settings.apps_and_books.ca_file),
        )
        if path and not os.access(path, os.R_OK)
    ]
    if missing:
        for line in missing:
            click.echo(line, err=True)
        sys.exit(EXIT_SETTINGS)
    click.echo(translate("The configuration is right."))


def _without_secrets(settings: Settings) -> dict[str, dict[str, object]]:
    tree: dict[str, dict[str, object]] = msgspec.to_builtins(settings)
    if tree["people"]["metrics_token"]:
        tree["people"]["metrics_token"] = HIDDEN
    url = settings.database.url
    if "@" in url and ":" in url.split("//", 1)[-1].split("@", 1)[0]:
        scheme, rest = url.split("//", 1)
        user = rest.split(":", 1)[0]
        tree["database"]["url"] = f"{scheme}//{user}:(hidden)@{rest.split('@', 1)[1]}"
    return tree
