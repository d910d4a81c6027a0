"""Finds the program, and runs it."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import ProgramNotFoundError, error_of

_OF_LAUNCHERS = ("OMPI_", "PMIX_", "PMI_", "ORTE_", "PRTE_")


def find_program() -> str:
    """The path of gmmvi.

    That of the environment variable GMMVI; the program with which this package was installed, or of the source tree in
    which it is; the first on PATH.
    """
    named = os.environ.get("GMMVI")
    if named:
        found = shutil.which(named)
        if found is None:
            raise ProgramNotFoundError(f"GMMVI is {named}, but there is no program of that name")
        return found
    package = Path(__file__).resolve().parent
    # PREFIX/share/gmmvi/python/gmmvi, and python/gmmvi of the source tree.
    for place in (package.parents[3] / "bin" / "gmmvi", package.parents[1] / "build" / "release" / "apps" / "gmmvi"):
        if os.access(place, os.X_OK):
            return str(place)
    found = shutil.which("gmmvi")
    if found is None:
        raise ProgramNotFoundError(
            "The program gmmvi is not on PATH. Install or build it (cluster/local.sh build, in a clone of gmmvi-mpi), "
            "and set the environment variable GMMVI to its path."
        )
    return found


def command(arguments: Sequence[str], ranks: int = 1) -> list[str]:
    """The words that start gmmvi with these arguments, by mpirun where there are several ranks."""
    if ranks < 1:
        raise ValueError(f"ranks is {ranks}, but at least one rank does the work")
    words = [find_program(), *arguments]
    if ranks == 1:
        return words
    mpirun = shutil.which("mpirun")
    if mpirun is None:
        raise ProgramNotFoundError(
            "mpirun, which starts several ranks, is not on PATH. Install Open MPI, or use ranks=1."
        )
    more_than_cores = ["--oversubscribe"] if ranks > len(os.sched_getaffinity(0)) else []
    return [mpirun, *more_than_cores, "-n", str(ranks), *words]


def environment() -> dict[str, str]:
    """This process's, without what a launcher has told it: the program is a job of its own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(_OF_LAUNCHERS)}
    if os.geteuid() == 0:  # as in containers, where mpirun would refuse
        variables["OMPI_ALLOW_RUN_AS_ROOT"] = variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    return variables


def _end_with_parent() -> None:
    """In the child: it is told to stop when this interpreter dies."""
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)


class _Lines(threading.Thread):
    """Reads what the program says, so that it never waits."""

    def __init__(self, stream: object) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.lines: list[str] = []
        self.start()

    def run(self) -> None:
        for line in self._stream:  # type: ignore[attr-defined]
            self.lines.append(line)

    def text(self) -> str:
        self.join(timeout=5.0)
        return "".join(self.lines)


def run(
    arguments: Sequence[str],
    ranks: int = 1,
    watch: Callable[[], None] | None = None,
    interval: float = 0.2,
) -> str:
    """Runs gmmvi and returns what it prints.

    Parameters
    ----------
    arguments : sequence of str
    ranks : int
    watch : callable, optional
        Called every `interval` seconds while it runs, and at its end.

    Raises
    ------
    GmmviError
        With the program's own message, where its exit code is not 0.
    KeyboardInterrupt
        After Ctrl-C, when the program has stopped of its own accord: a run can be gone on with.
    """
    process = subprocess.Popen(
        command(arguments, ranks),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment(),
        start_new_session=True,  # Ctrl-C is passed on below, once
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )
    said, complained = _Lines(process.stdout), _Lines(process.stderr)
    try:
        while process.poll() is None:
            time.sleep(interval if watch else 0.02)
            if watch:
                watch()
    except BaseException:
        _stop(process)
        raise
    if watch:
        watch()
    output, message = said.text(), complained.text()
    if process.returncode != 0:
        raise error_of(process.returncode, message_of(message) or message_of(output))
    return output


def _stop(process: subprocess.Popen[str]) -> None:
    """Evaluations that run may end, then there is a checkpoint; a second Ctrl-C ends all at once."""
    try:
        process.send_signal(signal.SIGUSR1)
        process.wait()
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def message_of(text: str) -> str:
    """The error in what the program has said; all of it where there is none, without mpirun's frames."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith(("error:", "Error:"))]
    if starts:
        lines = lines[starts[0] :]
    kept = []
    for line in lines:
        if line.startswith("-----") or line.startswith("Primary job  terminated"):
            break
        kept.append(line)
    return "\n".join(kept).removeprefix("error:").strip()
