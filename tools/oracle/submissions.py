"""What JavaRosa makes of instance documents: of ours, opened as a phone opens a saved record, and its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.submission.writing import write_submission
from tests.oracle.replay import RECORD, Replay
from tools.oracle.corpus import Script, scripts
from tools.oracle.filled_records import REFERRED, filled_records
from tools.oracle.javarosa import JavaRosa

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def submission_lines(javarosa: JavaRosa) -> Iterator[list[object]]:
    """[name, our XML, what JavaRosa finds wrong in it, its XML of those answers, its XML of the same steps].

    The last is null for records that were not made by steps.
    """
    for script, session in _records():
        ours = numbered(write_submission(session, f"uuid:{RECORD}").xml.decode())
        own = _own(javarosa, script) if script.steps else None
        _expect(javarosa.open(script, ours.encode()), "ok", script)
        yield [script.name, ours, javarosa.ask("validate"), numbered(javarosa.ask("xml")[0]), own]


def _records() -> Iterator[tuple[Script, FormSession]]:
    """Every form of the corpus after its steps, then the bundled forms."""
    for script in scripts():
        try:
            replay = Replay(script)
        except KnownError:
            continue
        for step in script.steps:
            replay.obey(*step)
        yield script, replay.session
    yield from filled_records()


def _own(javarosa: JavaRosa, script: Script) -> str:
    _expect(javarosa.load(script), "ok", script)
    for step in script.steps:
        javarosa.ask(*step)
    return numbered(javarosa.ask("xml")[0])


def _expect(answer: list[str], expected: str, script: Script) -> None:
    if answer != [expected]:
        raise ValueError(f"{script.name}: {answer}")


def numbered(xml: str) -> str:
    """With ids counted from 1 in place of those that are others at each run."""
    ids, numbers = {record: record for record in REFERRED}, count(1)

    def plain(found: re.Match[str]) -> str:
        return ids.setdefault(found.group(), f"00000000-0000-4000-8000-{next(numbers):012d}")

    return _UUID.sub(plain, xml)
