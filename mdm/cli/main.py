"""The ``valise`` command itself; each group of verbs has its own file and is loaded when it is asked for."""

import importlib
from pathlib import Path

import click

from mdm.cli.context import Cli, translate
from mdm.version import VERSION

_VERBS = {
    "account": ("mdm.cli.account", "account"),
    "catalogue": ("mdm.cli.catalogue", "catalogue"),
    "charter": ("mdm.cli.charter", "charter"),
    "committee": ("mdm.cli.committee", "committee"),
    "config": ("mdm.cli.config", "config"),
    "db": ("mdm.cli.db", "db"),
    "demo": ("mdm.cli.demo", "demo"),
    "apk": ("mdm.cli.apk", "apk"),
    "calendar": ("mdm.cli.calendar", "calendar"),
    "command": ("mdm.cli.command", "command"),
    "cost": ("mdm.cli.cost", "cost"),
    "device": ("mdm.cli.device", "device"),
    "edition": ("mdm.cli.edition", "edition"),
    "geography": ("mdm.cli.geography", "geography"),
    "import": ("mdm.cli.imports", "imports"),
    "init": ("mdm.cli.init", "init"),
    "journal": ("mdm.cli.journal", "journal"),
    "kit": ("mdm.cli.kit", "kit"),
    "licence": ("mdm.cli.licence", "licence"),
    "loan": ("mdm.cli.loan", "loan"),
    "meeting": ("mdm.cli.meeting", "meeting"),
    "mqtt": ("mdm.cli.mqtt", "mqtt"),
    "privacy": ("mdm.cli.privacy", "privacy"),
    "fault": ("mdm.cli.fault", "fault"),
    "evaluation": ("mdm.cli.evaluation", "evaluation"),
    "proposal": ("mdm.cli.proposal", "proposal"),
    "pupils": ("mdm.cli.pupils", "pupils"),
    "push-cert": ("mdm.cli.push_cert", "push_cert"),
    "rollout": ("mdm.cli.rollout", "rollout"),
    "school": ("mdm.cli.school", "school"),
    "serve": ("mdm.cli.serve", "serve"),
    "simulate": ("mdm.cli.simulate", "simulate"),
    "token": ("mdm.cli.token", "token"),
    "vote": ("mdm.cli.vote", "vote"),
}


class Verbs(click.Group):
    """Loads a verb's module only when the verb is used, so that the command starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in order."""
        del ctx
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, or None when there is none of that name."""
        del ctx
        if cmd_name not in _VERBS:
            return None
        module, name = _VERBS[cmd_name]
        verb = getattr(importlib.import_module(module), name)
        return verb if isinstance(verb, click.Command) else None


@click.group(
    cls=Verbs,
    help=translate("Valise manages a territory's classroom tablets."),
    epilog=translate(
        "Exit codes: 0 done; 1 refused or failed; 2 wrong command line; 3 wrong configuration; 4 checked and not right."
    ),
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help=translate("The configuration file; otherwise VALISE_CONFIG, then /etc/valise/valise.toml."),
)
@click.version_option(VERSION, prog_name="valise")
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Keep what all verbs need."""
    ctx.obj = Cli(config)
