"""A program that computes a study in children of its own and kills them at given moments; used by test_kill.py.

Children are forked from a process that has computed the study before, so that an attempt takes as long as computing does. It reads one
attempt a line, as JSON, and answers each with a line: whether the child was killed, or had ended before.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

import relprod
from relprod.run import folder
from relprod.run.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping


def computing(attempt: Mapping[str, Any], stages: int) -> None:
    """Compute in this process, saying on a pipe which stage begins; never return."""
    code = 1
    try:
        if not attempt.get("exchange", True):
            folder._exchanged = lambda *_: False
        if "function" in attempt:
            dies_at(attempt["function"], attempt["call"])
        progress = Progress(say=lambda stage: os.write(stages, f"{stage}\n".encode()) and None)
        relprod.compute(attempt["study"], attempt["target"], force=True, threads=1, progress=progress)
        code = 0
    except Exception:  # noqa: BLE001 - the child ends here whatever happens, and says why
        traceback.print_exc()
    finally:
        os._exit(code)


def dies_at(name: str, call: int) -> None:
    """Have this process die just before a function of the module `folder`, or of what it renames with, is called for the n-th time."""
    owner = folder if hasattr(folder, name) else folder.Path
    real, count = getattr(owner, name), 0

    def dying(*arguments: Any, **settings: Any) -> Any:
        nonlocal count
        count += 1
        if count == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **settings)

    setattr(owner, name, dying)


def tried(attempt: Mapping[str, Any]) -> str:
    """Return "killed" or "ended" after one attempt: killed `after` seconds after the `stage` began, or after the start."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        computing(attempt, writing)
    os.close(writing)
    try:
        seen = b""
        while attempt.get("stage") and attempt["stage"].encode() not in seen:
            part = os.read(reading, 1000)
            if not part:
                break
            seen += part
        if "after" in attempt:
            time.sleep(attempt["after"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(reading)
    return "killed" if os.WIFSIGNALED(status) else f"ended {os.WEXITSTATUS(status)}"


if __name__ == "__main__":
    relprod.compute(sys.argv[1])  # whatever is imported or made on first use is there before the first child
    for line in sys.stdin:
        print(tried(json.loads(line)), flush=True)  # noqa: T201 - the answer goes to the test
