"""What every verb shares: the settings, the language, how to print, and how errors become exit codes.

Exit codes: 0 done; 1 refused or failed, the reason is on standard error; 2 the command line is not right;
3 the configuration is not right; 4 something was checked and is not as it should be.
"""

import asyncio
import getpass
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import msgspec

from mdm.clock import Clock, SystemClock
from mdm.errors import ValiseError
from mdm.i18n import Catalogs, Translator, packages_with_words
from mdm.journal import Journal
from mdm.settings import Settings, SettingsError, load_settings
from mdm.store import Database, open_database
from mdm.vault import Vault
from mdm.vault_key import open_vault

T = TypeVar("T")

EXIT_REFUSED = 1
EXIT_SETTINGS = 3
EXIT_NOT_RIGHT = 4

DEFAULT_CONFIG = Path("/etc/valise/valise.toml")


def language_of(environment: dict[str, str] | os._Environ[str]) -> str:
    """Return ``fr`` or ``en``, as the terminal's locale asks; French where it asks for neither."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value and value not in ("C", "POSIX", "C.UTF-8", "C.utf8"):
            return "fr" if value.startswith("fr") else "en"
    return "fr" if not environment.get("LANG") else "en"


translate: Translator = Catalogs("mdm", "mdm.cli").for_language(language_of(os.environ))
"""The terminal's language; help texts are made when the verbs are defined."""


class Cli:
    """One run of the command."""

    def __init__(self, config: Path | None) -> None:
        self.config = config
        self.clock: Clock = SystemClock()
        self.journal = Journal(self.clock)

    @cached_property
    def settings(self) -> Settings:
        """The configuration; ends the command with exit code 3 when it is not right."""
        try:
            return load_settings(self.config_path, os.environ)
        except SettingsError as error:
            for mistake in error.mistakes:
                click.echo(str(mistake), err=True)
            sys.exit(EXIT_SETTINGS)

    @property
    def config_path(self) -> Path | None:
        """The configuration file that is used; None when there is none and defaults serve."""
        if self.config is not None:
            return self.config
        named = os.environ.get("VALISE_CONFIG")
        if named:
            return Path(named)
        return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None

    @cached_property
    def vault(self) -> Vault:
        """The vault, opened with the key file."""
        try:
            return open_vault(self.settings.keys_dir)
        except ValiseError as error:
            refuse(error)

    @cached_property
    def words(self) -> Translator:
        """The translator of every room's texts."""
        return all_words()

    @cached_property
    def catalogs(self) -> Catalogs:
        """The words of every room in every language."""
        return Catalogs(*packages_with_words())

    @property
    def actor(self) -> str:
        """Who is at the terminal, for the journal."""
        try:
            return f"cli:{getpass.getuser()}"
        except (KeyError, OSError):
            return f"cli:{os.getuid()}"

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """Open the store and close it again."""
        database = await open_database(self.settings.database_url, self.clock)
        try:
            yield database
        finally:
            await database.close()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run asynchronous work to its end; a refusal ends the command with its words and exit code 1."""
        try:
            return self.run_checked(work)
        except ValiseError as error:
            refuse(error)

    def run_checked(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run asynchronous work to its end; what it raises is the caller's to answer."""
        return asyncio.run(work())


def all_words() -> Translator:
    """Return the translator of every room's texts to the terminal's language."""
    return Catalogs(*packages_with_words()).for_language(language_of(os.environ))


def refuse(error: ValiseError) -> NoReturn:
    """Say what was refused and what to do, and end with exit code 1."""
    words = all_words()
    click.echo(error.text(words), err=True)
    if advice := error.advice(words):
        click.echo(advice, err=True)
    sys.exit(EXIT_REFUSED)


def show(value: Any, *, as_json: bool, lines: Callable[[], list[str]]) -> None:
    """Print a value: as JSON, or as lines for a person."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    else:
        for line in lines():
            click.echo(line)


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return rows as aligned columns under a head."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]
    ]


json_option = click.option("--json", "as_json", is_flag=True, help=translate("Print JSON instead of text."))
pass_cli = click.make_pass_decorator(Cli)
