"""What the command line does without a window. Each command gives an answer for people and for programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from app.bootstrap import open_data
from app.errors import finding_sentence, known_os_error
from app.given_files import file_name, write_given
from app.i18n import tr
from app.jobs import Progress
from app.paths import Places
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.findings import Finding

if TYPE_CHECKING:
    from app.usecases.records import RecordRow


@dataclass(frozen=True)
class Answer:
    """The end of a command: lines for people, `data` for programs, and whether all was done."""

    lines: tuple[str, ...]
    data: dict[str, Any]
    complete: bool = True


def list_records(places: Places, form_id: str = "", text: str = "") -> Answer:
    """Every record that is not deleted, or those of a form, or those that a text finds."""
    from app.usecases import records

    with open_data(places) as workspace:
        records.renew_projection(workspace, Progress())
        wanted = records.RecordFilter(form_id=form_id or None, text=text or None)
        rows = records.list_records(workspace, wanted)
    lines = [f"{row.record_id}  {_state(row)}  {row.title}" for row in rows]
    return Answer((*lines, tr("cli.records", count=len(rows))), {"records": _plain(rows)})


def _state(row: RecordRow) -> str:
    lacks = row.state == "draft" and row.problems
    return tr("records.state.lacks", count=row.problems) if lacks else tr(f"cli.state.{row.state}")


def print_records(places: Places, record_ids: tuple[str, ...], folder: Path) -> Answer:
    """A PDF of each record, of all of them when none is named, in `folder`; older prints are replaced."""
    from app.usecases import records, reports

    with open_data(places) as workspace:
        records.renew_projection(workspace, Progress())
        rows = records.list_records(workspace)
        wanted = [row for row in rows if not record_ids or row.record_id in record_ids]
        if unknown := set(record_ids) - {row.record_id for row in wanted}:
            raise KnownError("record_missing", record=min(unknown))
        files, missing = [], set[str]()
        for row in wanted:
            printed = reports.record_pdf(workspace, row.record_id)
            name = file_name(row.title, f"_{row.record_id[-12:]}.pdf")
            files.append(str(_write(folder, name, printed.pdf)))
            missing |= set(printed.missing)
    lines = [*files, tr("cli.printed", count=len(files))]
    if missing:
        lines.append(tr("cli.printed_without", characters=" ".join(sorted(missing))))
    return Answer(tuple(lines), {"files": files, "missing_characters": sorted(missing)})


def report_county(places: Places, code: str, file: Path, since: str, until: str) -> Answer:
    """The summary of a county or another division as a PDF, of all days or of a period; an older one goes."""
    from app.i18n import language
    from app.usecases import records, summary

    period = summary.Period(*(_day(text) for text in (since, until)))
    with open_data(places) as workspace:
        records.renew_projection(workspace, Progress())
        source = summary.gather_summary(workspace, code.ljust(12, "0"), language())
        content = summary.summary_content(source, language(), period=period)
        printed = summary.summary_pdf(workspace, content, language())
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise known_os_error(e, file) from e
    write_given(file, printed.pdf)
    said = {"file": str(file), "pages": printed.pages, "missing_villages": [v.code for v in content.missing]}
    line = tr("cli.summarised", place=content.place, pages=printed.pages, file=file)
    return Answer((line,), {"summary": said})


def _day(text: str) -> str:
    """A day as given, "" for none. Raises KnownError "bad_day"."""
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as e:
        raise KnownError("bad_day", day=text) from e


def export_record(
    places: Places, record_id: str, folder: Path, endings: tuple[str, ...], *, replace: bool
) -> Answer:
    """The paper of a record as files of these kinds (.pdf, .docx), named by its place, title and day.

    Nothing is made when one of them is there already, unless it may be replaced. Raises KnownError
    "record_missing", "file_there".
    """
    from app.i18n import language
    from app.usecases import exports, records, reports

    with open_data(places) as workspace:
        records.renew_projection(workspace, Progress())
        stem = exports.export_name(workspace, record_id, language())
        names = {ending: file_name(stem, ending) for ending in endings}
        for name in names.values():
            if (folder / name).exists() and not replace:
                raise KnownError("file_there", file=name)
        make = {
            ".pdf": lambda: reports.record_pdf(workspace, record_id, language()).pdf,
            ".docx": lambda: reports.record_word(workspace, record_id, language()),
        }
        files = [str(_write(folder, name, make[ending]())) for ending, name in names.items()]
    return Answer(tuple(files), {"files": files})


def enrol(places: Places, ticket: Path | bytes, name: str) -> Answer:
    """Makes this workspace known to the server that gave the ticket, and says what it may do there."""
    from app.usecases import enrolling

    with open_data(places) as workspace:
        read = enrolling.read_ticket(ticket)
        words = enrolling.tell_ticket(workspace, read)
        enrolling.enrol(workspace, read, name)
    role = tr(f"role.{words.role or 'any'}")
    where = words.division or tr("role.everywhere")
    done = tr("cli.enrolled", project=words.project, role=role, division=where)
    return Answer((done,), {"project": words.project, "role": words.role, "division": words.division})


def sync_now(places: Places) -> Answer:
    """One whole sync: everything that waits goes out, everything new comes in."""
    from app.usecases import sync

    with open_data(places) as workspace:
        result = sync.sync_now(workspace, Progress())
    done = tr(
        "cli.synced",
        ops_sent=result.ops_sent,
        photos_sent=result.photos_sent,
        ops_received=result.ops_received,
        photos_received=result.photos_received,
    )
    left = tr("cli.sync_waiting", waiting=result.photos_waiting, refused=result.photos_refused)
    whole = not (result.photos_waiting or result.photos_refused)
    return Answer((done,) if whole else (done, left), {"sync": _plain(result)}, complete=whole)


def back_up(places: Places, target: Path, *, plain: bool) -> Answer:
    """A checked copy of everything at `target`, which must not exist yet."""
    from app.usecases import backup

    with open_data(places) as workspace:
        facts = (backup.backup_plain if plain else backup.backup_sealed)(workspace, target.absolute())
    line = tr("cli.backed_up", folder=facts.folder, files=facts.files, bytes=facts.size)
    missing = tr("cli.backup_lacks", count=len(facts.photos_missing))
    whole = not facts.photos_missing
    return Answer((line,) if whole else (line, missing), {"backup": _plain(facts)}, complete=whole)


def check(places: Places) -> Answer:
    """Everything read back: the database and every photo."""
    from app.usecases import backup

    with open_data(places) as workspace:
        found = backup.check_workspace(workspace)
    lines = [tr("cli.check_sound")] if found.sound else []
    if found.database:
        lines.append(tr("cli.check_database", finds="; ".join(found.database[:3])))
    if found.copies:
        lines.append(tr("cli.check_copies", names=" ".join(found.copies)))
    if found.photos:
        lines.append(tr("cli.check_photos", count=len(found.photos)))
    return Answer(tuple(lines), {"check": _plain(found)}, complete=found.sound)


def restore(places: Places, key_from: Path | None) -> Answer:
    """All that can be had of a workspace that does not open; what was damaged is kept beside."""
    from app.usecases import health

    found = health.recover_workspace(places.workspace, key_from=key_from)
    return Answer(tuple(health.told(found)), {"restore": _plain(found)})


def install_form(places: Places, file: Path) -> Answer:
    """Takes a form file in: an XLSForm workbook or XForm XML.

    What is wrong in it is said cell by cell. Raises KnownError "form_refused".
    """
    from app.i18n import language
    from app.usecases import forms

    with open_data(places) as workspace:
        reading = forms.read_form(workspace, file, language())
        said = [_finding(finding) for finding in reading.findings]
        found = [_plain(finding) for finding in reading.findings]
        if reading.form is None:
            raise KnownError("form_refused", file=file.name, found="\n".join(said))
        changes = forms.install_read(workspace, reading)
        titles = [_title(workspace, form_id) for form_id in changes.forms]
    lines = [tr("cli.form_installed", title=title) for title in titles] or [tr("cli.form_known")]
    return Answer((*said, *lines), {"forms": sorted(changes.forms), "findings": found})


def import_instances(places: Places, sources: tuple[Path, ...]) -> Answer:
    """Takes in the submission files of these folders and zips; not all was done if one was refused."""
    from app.instance_words import import_details, import_words
    from app.usecases.instance_import import import_instances

    with open_data(places) as workspace:
        result = import_instances(workspace, sources)
    data = {
        "records": [
            {"record": one.record_id, "outcome": one.outcome, "missing": list(one.missing)}
            for one in result.taken
        ],
        "refused": [{"file": str(one.file), "code": one.error.code} for one in result.refused],
    }
    return Answer((*import_details(result), import_words(result)), data, complete=not result.refused)


def export_instances(places: Places, record_ids: tuple[str, ...], target: Path) -> Answer:
    """Writes records as submission files with their photos, all of them when none is named."""
    from app.instance_words import export_words
    from app.usecases import records
    from app.usecases.instance_export import export_instances

    with open_data(places) as workspace:
        records.renew_projection(workspace, Progress())
        wanted = record_ids or tuple(row.record_id for row in records.list_records(workspace))
        done = export_instances(workspace, wanted, target)
    data = {"place": str(target), "records": done.records, "missing": list(done.missing)}
    return Answer((export_words(done),), data, complete=not done.missing)


def _finding(finding: Finding) -> str:
    return f"{tr(f'finding.{finding.severity}')}　{finding_sentence(finding)}"


def install_polygons(places: Places, file: Path) -> Answer:
    """Takes a pack of county borders over."""
    from app.usecases import divisions

    with open_data(places) as workspace:
        count = divisions.install_county_polygons(workspace, file)
    return Answer((tr("cli.polygons_installed", count=count),), {"counties": count})


def _title(workspace: Workspace, form_id: str) -> str:
    form = workspace.forms.newest(form_id)
    return form_id if form is None else form.title("zh")


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Puts a file whole into `folder`, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise known_os_error(e, folder) from e
    write_given(folder / name, content)
    return folder / name


def _plain(thing: object) -> Any:
    """What JSON can hold, from dataclasses, structs, sets and paths."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return {f.name: _plain(getattr(thing, f.name)) for f in dataclasses.fields(thing)}
    if isinstance(thing, msgspec.Struct):
        return {f.encode_name: _plain(getattr(thing, f.name)) for f in msgspec.structs.fields(thing)}
    if isinstance(thing, list | tuple):
        return [_plain(part) for part in thing]
    if isinstance(thing, set | frozenset):
        return sorted(_plain(part) for part in thing)
    if isinstance(thing, dict):
        return {str(key): _plain(part) for key, part in thing.items()}
    if isinstance(thing, Path):
        return str(thing)
    return msgspec.to_builtins(thing)
