"""What became of an import or export of submission files, in words."""

from __future__ import annotations

from app.errors import sentence
from app.i18n import tr
from app.usecases.instance_export import ExportedInstances
from app.usecases.instance_import import ImportedInstances


def export_words(done: ExportedInstances) -> str:
    """What became of an export."""
    words = tr("instances.exported", count=done.records, place=done.place.name)
    return words + (tr("instances.exported_missing", count=len(done.missing)) if done.missing else "")


def import_words(result: ImportedInstances) -> str:
    """What became of an import, in a few sentences."""
    done = {name: result.count(name) for name in ("added", "filled", "edited", "known")}
    counts = [tr(f"instances.{name}", count=count) for name, count in done.items() if count]
    shown = tr("instances.between").join(counts) or tr("instances.nothing")
    words = [tr("instances.done", counts=shown)]
    more = {
        "conflicts": result.count("conflict"),
        "missing": sum(len(one.missing) for one in result.taken),
        "unread": sum(len(one.unread) for one in result.taken),
        "refused": len(result.refused),
    }
    words += [tr(f"instances.{name}", count=count) for name, count in more.items() if count]
    return "".join([*words, tr("instances.cancelled")] if result.cancelled else words)


def import_details(result: ImportedInstances) -> list[str]:
    """A line for each thing that was not taken as it is."""
    lines = [
        tr("instances.line_refused", file=one.file.name, why=sentence(one.error)) for one in result.refused
    ]
    for taken in result.taken:
        name = taken.file.parent.name
        lines += [tr("instances.line_missing", file=name, name=missing) for missing in taken.missing]
        lines += [
            tr(
                "instances.line_unread",
                file=name,
                path=one.path,
                reason=tr(f"instances.reason_{one.reason}"),
                text=one.text,
            )
            for one in taken.unread
        ]
    return lines
