"""Asks JavaRosa all of the corpus anew and writes its answers: `python -m tools.oracle [--check]`.

Needs a Java development kit; the engine itself lies in pyxform's package. The answers are committed, so that
the tests need neither. With --check nothing is written, and the exit code is 1 when an answer is another.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.oracle.corpus import (
    EXPRESSION_ANSWERS,
    FORM_ANSWERS,
    SUBMISSION_ANSWERS,
    Script,
    questions,
    scripts,
    world,
)
from tools.oracle.javarosa import ZONE, JavaRosa, version
from tools.oracle.submissions import submission_lines

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # another at each run


def expression_lines(javarosa: JavaRosa) -> Iterator[list[str]]:
    """[topic, context, expression, kind, text] for each; the kind is `error` for one it refuses."""
    _expect_ok(world(), javarosa.load(world()))
    for step in world().steps:
        _expect_ok(world(), javarosa.ask(*step))
    for question in questions():
        kind, text = javarosa.ask("eval", question.context, question.source)[:2]
        yield [question.topic, question.context, question.source, kind, text]


def _expect_ok(script: Script, answer: list[str]) -> None:
    if answer != ["ok"]:
        raise ValueError(f"{script.name}: {answer}")


def form_lines(javarosa: JavaRosa) -> Iterator[list[object]]:
    """[name, [answer of the step, what it changed in the state], …]; a path that is gone is null."""
    for script in scripts():
        told: list[object] = [script.name]
        before: dict[str, str] = {}
        for step in ((), *script.steps):
            said = javarosa.ask(*step) if step else javarosa.load(script)
            if said[0] == "error":
                told.append([said[:2], {}])
                continue
            answer = [_UUID.sub("one", text) for text in said if said != [""]]  # "": no choices at all
            now = javarosa.state()
            changed: dict[str, str | None] = {
                path: text for path, text in now.items() if before.get(path) != text
            }
            told.append([answer, {**changed, **dict.fromkeys(before.keys() - now.keys())}])
            before = now
        yield told


_FILES: Final = (
    (EXPRESSION_ANSWERS, expression_lines),
    (FORM_ANSWERS, form_lines),
    (SUBMISSION_ANSWERS, submission_lines),
)


def main(arguments: list[str] | None = None) -> int:
    """0 when the answers are written; 1 when, with --check, one is another than was committed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args(arguments).check
    heading = {"source": f"JavaRosa {version()}", "by": "python -m tools.oracle", "zone": ZONE}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        javarosa = JavaRosa(Path(folder))
        for file, lines in _FILES:
            told = [
                json.dumps(line, ensure_ascii=False, sort_keys=True) for line in (heading, *lines(javarosa))
            ]
            text = "\n".join(told) + "\n"
            if check and file.read_text(encoding="utf-8") != text:
                print(f"{file.name}: JavaRosa answers something else", file=sys.stderr)
                wrong += 1
            elif not check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
                print(f"{file.name}: {len(told) - 1}")
        javarosa.end()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
