"""The command line: `tonne`, and how each command ends with what to do next."""

from importlib.metadata import version
from typing import Annotated

import typer

from services.cli import (
    audit,
    backup,
    bench,
    cluster,
    codes,
    config,
    demo,
    eligibility,
    erase,
    imports,
    journal,
    keys,
    migrate,
    notify,
    opening,
    particulars,
    proofs,
    rebuild,
    rules,
    send,
    serve,
    topics,
    verify,
    webhooks,
    wire,
)
from services.cli.frame import faults, speak
from services.settings import settings

app = typer.Typer(
    name="tonne",
    help="An open registry for environmental credits: none is used twice, and anyone can prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _told(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        typer.echo(f"tonne {version('tonne')}")
        raise typer.Exit


@app.callback()
def group(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", help="Say which tonne this is.", callback=_told, is_eager=True),
    ] = False,
) -> None:
    """An open registry for environmental credits: none is used twice, and anyone can prove it."""


app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("open")(opening.open_ledger)
app.command("cluster")(cluster.cluster)
app.command("rebuild")(rebuild.rebuild)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("erase")(erase.erase)
app.command("wire")(wire.wire)
app.command("verify")(verify.verify)
app.command("eligibility")(eligibility.ask)
audit.app.command("proof")(proofs.proof)
audit.app.command("checkpoint")(proofs.compare)
keys.app.command("checkpoint")(proofs.draw)
app.add_typer(imports.app, name="import")
app.add_typer(rules.app, name="rules")
app.add_typer(send.app, name="send")
app.add_typer(audit.app, name="audit")
app.add_typer(journal.app, name="journal")
app.add_typer(topics.app, name="topics")
app.add_typer(keys.app, name="keys")
app.add_typer(codes.app, name="codes")
app.add_typer(particulars.app, name="particulars")
app.add_typer(migrate.app, name="migrate")
app.add_typer(notify.app, name="notify")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(bench.app, name="bench")
app.add_typer(config.app, name="config")


def main() -> None:
    """Run the command line; a fault ends it with a clear word and exit code 2."""
    if not __debug__:
        raise SystemExit("tonne must not be run with python -O: its laws are assertions")
    with faults():
        speak(settings().log_level)
        app()
