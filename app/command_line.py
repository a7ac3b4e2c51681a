"""The command line: its commands and options; exit code 0 done, 1 not done, 2 not understood."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import (
    App,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    Parameter,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from app import __version__
from app.i18n import LANGUAGES, Language, set_language, system_language, tr
from app.log import Level
from app.openrosa_line import OpenRosaLine
from app.paths import Places, find_places
from app.starting import DONE, NOT_DONE, NOT_UNDERSTOOD, prepare, run_to_exit_code

if TYPE_CHECKING:
    from app.commands import Answer


class CommandLine:
    """The commands and what is common to all of them: where the data is, and how to answer."""

    def __init__(self) -> None:
        self.places: Places | None = None
        self.as_json = False

    def build(self) -> App:
        """The commands in the language spoken now; each returns the exit code."""
        app = App(
            name="cunjiang",
            help=tr("app.about"),
            version=__version__,
            result_action="return_value",
            group_commands=tr("cli.group.commands"),
            group_arguments=tr("cli.group.arguments"),
            group_parameters=tr("cli.group.options"),
            default_parameter=Parameter(negative="", show_default=False),
        )
        app["--help"].help, app["--version"].help = tr("cli.help.help"), tr("cli.help.version")
        app.default(self.window)
        commands: dict[str, Callable[..., int]] = {
            "demo": self.demo,
            "list": self.list,
            "print": self.print,
            "export": self.export,
            "enrol": self.enrol,
            "sync": self.sync,
            "backup": self.backup,
            "check": self.check,
            "restore": self.restore,
            "import-instances": self.import_instances,
            "export-instances": self.export_instances,
            "install-form": self.install_form,
            "install-polygons": self.install_polygons,
        }
        for name, command in commands.items():
            app.command(command, name=name, help=tr(f"cli.help.{name}"))
        reports = App(name="report", help=tr("cli.help.report"))
        reports.command(self.report_county, name="county", help=tr("cli.help.report-county"))
        app.command(reports)
        app.command(OpenRosaLine(self._answer_openrosa).build())
        app.meta.default(self.launch_in(app))
        return app

    def launch_in(self, app: App) -> Callable[..., int]:
        """What every command line goes through first: the options common to all commands."""

        def launch(
            *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
            data_dir: Annotated[Path | None, Parameter(help=tr("cli.option.data_dir"))] = None,
            portable: Annotated[bool, Parameter(help=tr("cli.option.portable"))] = False,
            as_json: Annotated[bool, Parameter(name="--json", help=tr("cli.option.json"))] = False,
            log_level: Annotated[Level, Parameter(help=tr("cli.option.log_level"))] = "info",
            lang: Annotated[Language | None, Parameter(help=tr("cli.option.lang"))] = None,
        ) -> int:
            self.as_json = as_json
            self.places = find_places(data_dir, portable=portable)
            command, bound, _ = app.parse_args(tokens, exit_on_error=False, print_error=False)
            prepare(self.places, log_level, lang)
            code: int = command(*bound.args, **bound.kwargs)
            return code

        return launch

    def window(self) -> int:
        """Opens the window."""
        from app.bootstrap import show_window  # noqa: PLC0415  # --version and --help need no database

        return show_window(self._places)

    def demo(
        self, *, out: Annotated[Path, Parameter(help=tr("cli.option.demo_out"))] = Path("demo-out")
    ) -> int:
        """Does the main job on real input."""
        from app.demo.run import run_demo  # noqa: PLC0415  # as above

        return run_demo(out.absolute())

    def list(
        self,
        *,
        form: Annotated[str, Parameter(help=tr("cli.option.of_form"))] = "",
        find: Annotated[str, Parameter(help=tr("cli.option.find"))] = "",
    ) -> int:
        """Lists the records."""
        return self._answer(lambda c: c.list_records(self._places, form, find))

    def print(
        self,
        *records: Annotated[str, Parameter(help=tr("cli.option.records"))],
        out: Annotated[Path, Parameter(help=tr("cli.option.out"))] = Path(),
    ) -> int:
        """Prints records."""
        return self._answer(lambda c: c.print_records(self._places, records, out.absolute()))

    def report_county(
        self,
        code: Annotated[str, Parameter(help=tr("cli.option.division"))],
        *,
        out: Annotated[Path, Parameter(help=tr("cli.option.report_out"))],
        since: Annotated[str, Parameter(help=tr("cli.option.since"))] = "",
        until: Annotated[str, Parameter(help=tr("cli.option.until"))] = "",
    ) -> int:
        """Summarises a county."""
        return self._answer(lambda c: c.report_county(self._places, code, out.absolute(), since, until))

    def export(
        self,
        record: Annotated[str, Parameter(help=tr("cli.option.record"))],
        *,
        pdf: Annotated[bool, Parameter(help=tr("cli.option.pdf"))] = False,
        docx: Annotated[bool, Parameter(help=tr("cli.option.docx"))] = False,
        out: Annotated[Path, Parameter(help=tr("cli.option.export_out"))] = Path(),
        replace: Annotated[bool, Parameter(help=tr("cli.option.replace"))] = False,
    ) -> int:
        """Saves the paper of one record."""
        endings = tuple(ending for ending, wanted in ((".pdf", pdf or not docx), (".docx", docx)) if wanted)
        folder = out.absolute()
        return self._answer(lambda c: c.export_record(self._places, record, folder, endings, replace=replace))

    def enrol(
        self,
        ticket: Annotated[str, Parameter(help=tr("cli.option.ticket"))],
        *,
        name: Annotated[str, Parameter(help=tr("cli.option.name"))],
    ) -> int:
        """Joins a server."""
        given = ticket.encode() if ticket.lstrip().startswith("CUNJIANG") else Path(ticket)
        return self._answer(lambda c: c.enrol(self._places, given, name))

    def sync(self) -> int:
        """Syncs once."""
        return self._answer(lambda c: c.sync_now(self._places))

    def backup(
        self,
        target: Annotated[Path, Parameter(help=tr("cli.option.target"))],
        *,
        plain: Annotated[bool, Parameter(help=tr("cli.option.plain"))] = False,
    ) -> int:
        """Copies everything."""
        return self._answer(lambda c: c.back_up(self._places, target, plain=plain))

    def check(self) -> int:
        """Reads everything back."""
        return self._answer(lambda c: c.check(self._places))

    def restore(
        self, *, key_from: Annotated[Path | None, Parameter(help=tr("cli.option.key_from"))] = None
    ) -> int:
        """Brings back what can be had."""
        return self._answer(lambda c: c.restore(self._places, key_from))

    def import_instances(self, *sources: Annotated[Path, Parameter(help=tr("cli.option.instances"))]) -> int:
        """Takes submission files in."""
        return self._answer(lambda c: c.import_instances(self._places, sources))

    def export_instances(
        self,
        *records: Annotated[str, Parameter(help=tr("cli.option.records"))],
        out: Annotated[Path, Parameter(help=tr("cli.option.instances_out"))],
    ) -> int:
        """Writes submission files."""
        return self._answer(lambda c: c.export_instances(self._places, records, out.absolute()))

    def install_form(self, file: Annotated[Path, Parameter(help=tr("cli.option.form"))]) -> int:
        """Takes a form in."""
        return self._answer(lambda c: c.install_form(self._places, file))

    def install_polygons(self, file: Annotated[Path, Parameter(help=tr("cli.option.polygons"))]) -> int:
        """Takes county borders over."""
        return self._answer(lambda c: c.install_polygons(self._places, file))

    @property
    def _places(self) -> Places:
        assert self.places is not None, "commands run through launch"
        return self.places

    def _answer(self, command: Callable[[Any], Answer]) -> int:
        from app import commands  # noqa: PLC0415  # as above

        return self._tell(command(commands))

    def _answer_openrosa(self, command: Callable[[Places, Any], Answer]) -> int:
        from app import openrosa_commands  # noqa: PLC0415  # as above

        return self._tell(command(self._places, openrosa_commands))

    def _tell(self, answer: Answer) -> int:
        if self.as_json:
            print(json.dumps({"ok": answer.complete, **answer.data}, ensure_ascii=False, indent=1))
        else:
            print(*answer.lines, sep="\n")
        return DONE if answer.complete else NOT_DONE


def run_command_line(given: list[str]) -> int:
    """Does what these arguments say and returns the exit code."""
    set_language(_language_of(given))
    line = CommandLine()
    return run_to_exit_code(lambda: _understood(line, given), as_json=lambda: line.as_json)


def _understood(line: CommandLine, given: list[str]) -> int:
    try:
        code = line.build().meta(given, exit_on_error=False, print_error=False)
    except CycloptsError as e:
        print(tr("cli.not_understood", detail=_wrong(e)), file=sys.stderr)
        return NOT_UNDERSTOOD
    return code if isinstance(code, int) else DONE


def _wrong(error: CycloptsError) -> str:
    """What is wrong with the command line, in the language spoken where we know the kind."""
    match error:
        case UnusedCliTokensError() | UnknownCommandError() if error.unused_tokens:
            return tr("cli.wrong.unknown", what=" ".join(error.unused_tokens))
        case UnknownOptionError():
            return tr("cli.wrong.unknown", what=error.token.keyword or error.token.value)
        case MissingArgumentError() if error.argument is not None:
            return tr("cli.wrong.missing", name=error.argument.name)
        case CoercionError() if error.token is not None:
            return tr("cli.wrong.value", value=error.token.value, name=error.token.keyword or "")
    return str(error)


def _language_of(arguments: list[str]) -> Language:
    """The language for the help, which is made before the arguments are understood."""
    for one, following in pairwise([*arguments, ""]):
        asked = following if one == "--lang" else one.removeprefix("--lang=")
        if asked in LANGUAGES:
            return asked
    return system_language()
