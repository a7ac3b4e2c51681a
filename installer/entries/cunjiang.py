"""`cunjiang` as it is handed over: the window, and the command line.

`cunjiang -m MODULE …` runs one of its parts in a process of its own, as `python -m` does from source; the
demonstration starts its server and its windows for pictures that way.
"""

import os
import runpy
import sys

from app.__main__ import main

PARTS = {"server", "app.ui.pictures"}


def forget_own_libraries() -> None:
    """Programs of the machine that we open, such as its file browser, load its libraries and not ours."""
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is None:
        os.environ.pop("LD_LIBRARY_PATH", None)
    else:
        os.environ["LD_LIBRARY_PATH"] = before


if __name__ == "__main__":
    forget_own_libraries()
    if sys.argv[1:2] == ["-m"] and sys.argv[2:3] and sys.argv[2] in PARTS:
        part = sys.argv[2]
        del sys.argv[1:3]
        runpy.run_module(part, run_name="__main__")
    else:
        sys.exit(main())
