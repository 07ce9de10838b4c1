"""`splitboard notices`: what concerns me, what of it I have read, which kinds come by mail."""

from typing import Annotated

import typer
from typer.core import TyperGroup

from client.commands.application import Application
from client.commands.reporting import AsJson
from client.commands.student import asking
from grader.messages import Message

LIST = "list"


class _ListsByDefault(TyperGroup):
    """Without a command of the group it lists."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [LIST, *args]
        return super().parse_args(ctx, args)


app = Application(
    help=Message("Show what concerns you, mark it as read, choose what comes by mail."),
    group_class=_ListsByDefault,
)
Keys = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY]...", help=Message("As `splitboard notices` shows them; all without any.")),
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="KIND", help=Message("A kind that comes by mail; give each one.")),
]


@app.command(LIST)
def show(as_json: AsJson = False) -> None:
    """List your notices, the newest first."""
    with asking(as_json) as (api, output):
        output.notices(api.notices())


@app.command()
def read(keys: Keys = None, as_json: AsJson = False) -> None:
    """Mark notices as read."""
    with asking(as_json) as (api, output):
        output.notices(api.read_notices(keys or None))


@app.command()
def mail(
    only: Kinds = None,
    none: Annotated[bool, typer.Option("--none", help=Message("No kind comes by mail."))] = False,
    as_json: AsJson = False,
) -> None:
    """Show which kinds come by mail too, or choose them."""
    with asking(as_json) as (api, output):
        choices = api.choose_notice_kinds(only or []) if only or none else api.notice_kinds()
        output.notice_kinds(choices)
