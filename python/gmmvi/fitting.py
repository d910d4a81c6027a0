"""Starts a run, and waits for it."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _program
from ._history import lines_of
from .errors import ConfigError, DataError
from .problem import Problem, Target, remove, yaml_of
from .result import Result


def fit(
    target: Target | Problem,
    parameters: Mapping[str, str | Mapping[str, Any]] | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
    ranks: int = 1,
    evaluations: int | None = None,
    iterations: int | None = None,
    seconds: float | None = None,
    seed: int | None = None,
    codename: str | None = None,
    preset: str | None = None,
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    progress: bool = True,
    **problem: Any,
) -> Result:
    """Fits a Gaussian mixture to a log density.

    Parameters
    ----------
    target : callable, str, mapping or Problem
        What computes the log density, priors included, as `Problem` has it. With ``returns="log_likelihood"`` the
        priors of `parameters` are added to it.
    parameters : mapping from names to priors
        As `Problem` has them: ``{"amplitude": "normal(0, 1)", "damping": "lognormal(-1.2, 1)"}``.
    out : path, optional
        The folder for the results, which is new; by default runs/NAME, or runs/NAME-2 and so on.
    ranks : int
        Processes, by mpirun. One of them already uses all cores, one slot each, where the target runs outside of it, as
        Python functions do. The result is the same on any number.
    evaluations, iterations, seconds : optional
        Where the run ends, whichever comes first. Without any it ends when the fit does not get better any more.
    seed : int, optional
        Of all random numbers; 0 by default.
    codename : str, optional
        The seven options by their letters: ``"SAMTRON"``. By default the program chooses by what the target offers.
    preset : str, optional
        Settings to put over them: ``"expensive"``.
    settings : mapping, optional
        Further keys of the config: ``{"run.patience": 50, "evaluation": {"time_limit": 60}}``.
    resume : bool
        Goes on with the run in `out`, from its last checkpoint. Problem and settings are those that it has: others are
        refused, and a function that has changed is warned of.
    progress : bool
        Whether a bar says how far it is.
    **problem
        Further arguments of `Problem`: data, noise, returns, gradients, vectorized, ...

    Returns
    -------
    Result

    Raises
    ------
    GmmviError
        With the program's own message, where it ends with an error: ConfigError, TargetError, ...
    KeyboardInterrupt
        After Ctrl-C, once the run has stopped: ``resume=True`` goes on with it.
    """
    if isinstance(target, Problem):
        if parameters is not None or problem:
            raise TypeError("a Problem has its parameters, data and the rest itself")
        what = target
    else:
        what = Problem(target, parameters or {}, **problem)
    given: dict[str, float | str | None] = {
        "--iterations": iterations,
        "--max-evaluations": evaluations,
        "--max-seconds": seconds,
        "--seed": seed,  # the program refuses another one than that of a run that goes on, as of the next two
        "--codename": codename,
        "--preset": preset,
    }
    options = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    if resume:
        if out is None:
            raise ValueError("resume=True needs `out`, the folder of the run that is to go on")
        folder = Path(out)
        if not (folder / "config.yml").exists():
            raise DataError(f"{folder} has no run that could go on: there is no config.yml")
        _refuse_another(what, folder, settings or {})
        arguments = ["run", "--resume", str(folder), *options]
    else:
        folder = Path(out) if out is not None else _free_folder(what.name)
        arguments = ["run", str(_written(what, folder, settings or {})), "--out", str(folder), *options]
    bar = _Bar(folder, evaluations, resume) if progress else None
    try:
        _program.run([*arguments, "--progress", "none"], ranks, bar.update if bar else None)
    except BaseException:
        if not (folder / "config.yml").exists():  # nothing was begun
            remove(_of_problem(folder))
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise
    finally:
        if bar:
            bar.close()
    return Result(folder)


def _of_problem(folder: Path) -> Path:
    """Where the files of a problem are: of a run folder the one part that may be there before the run."""
    return folder / "problem"


def _refuse_another(problem: Problem, folder: Path, settings: Mapping[str, Any]) -> None:
    """A run goes on with the problem and the settings that it has; others would be ignored without a word."""
    place = _of_problem(folder)
    if not (place / "config.yml").exists():  # not begun from Python
        return
    before = (place / "config.yml").read_text()
    with tempfile.TemporaryDirectory() as other:
        config = problem.config(Path(other))
        _put(settings, config)
        here, there = str(Path(other).resolve()), str(place.resolve())
        known_sections = _sections(before)
        changed = []
        for key, lines in _sections(yaml_of(config).replace(here, there)).items():
            has = known_sections.get(key, set())
            # What a run has beside the settings that are given it keeps; a problem is the whole of it.
            if not lines <= has or (key in ("parameters", "likelihood") and lines != has):
                changed.append(key)
        for path in Path(other).glob("*.csv"):
            if not (place / path.name).exists() or path.read_bytes() != (place / path.name).read_bytes():
                changed.append("data")
        known, function = place / "function.pkl", Path(other) / "function.pkl"
        if function.exists() and known.exists() and function.read_bytes() != known.read_bytes():
            changed.append("target")
    refused = [key for key in dict.fromkeys(changed) if key != "target"]
    if refused:
        raise ConfigError(
            f"the run in {folder} has another {' and another '.join(refused)} (in {place}), and one that goes on keeps "
            f"its own. Ask for what it has, or begin a run in another folder."
        )
    if "target" in changed:  # or it is called by another name
        warnings.warn(
            f"{problem.name} is not what it was when the run in {folder} began, and the run goes on with what it has. "
            f"For another function begin a run in another folder.",
            stacklevel=3,
        )


def _sections(text: str) -> dict[str, set[str]]:
    """The lines of each section of a config that yaml_of wrote."""
    sections: dict[str, set[str]] = {}
    for line in text.splitlines():
        if not line.startswith((" ", "#")):
            key = line.partition(":")[0]
            sections[key] = set()
        if not line.startswith("#"):
            sections[key].add(line)
    return sections


def _free_folder(name: str) -> Path:
    plain = re.sub(r"\W+", "_", name) or "function"
    folder, number = Path("runs") / plain, 2
    while folder.exists():
        folder, number = Path("runs") / f"{plain}-{number}", number + 1
    return folder


def _written(problem: Problem, folder: Path, settings: Mapping[str, Any]) -> Path:
    """The config of a run, as a file."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(
            f"{folder} is there already, and a run never writes over another one's files. Name another folder, or go "
            f"on with the run in it by resume=True."
        )
    place = _of_problem(folder)
    config = problem.config(place)
    _put(settings, config)
    place.mkdir(parents=True, exist_ok=True)
    path = place / "config.yml"
    path.write_text(yaml_of(config, "Written by gmmvi.fit."))
    return path


def _put(settings: Mapping[str, Any], config: dict[str, Any]) -> None:
    """Settings into a config that has sections."""
    for key, value in settings.items():
        section = config
        *sections, last = key.split(".")
        for name in sections:
            section = section.setdefault(name, {})
            if not isinstance(section, dict):
                raise ConfigError(f"{key}: {name} is no section")
        if isinstance(value, Mapping) and isinstance(section.get(last), dict):
            section[last] = {**section[last], **value}
        else:
            section[last] = dict(value) if isinstance(value, Mapping) else value


class _Bar:
    """A progress bar of a run's evaluations, from its metrics.jsonl."""

    def __init__(self, folder: Path, evaluations: int | None, resume: bool) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a notebook has no widgets, where a line of text will do
            from tqdm.auto import tqdm

        self._folder = folder
        self._bar = tqdm(total=evaluations, unit=" evaluations", desc=str(folder), disable=None if _is_main() else True)
        self._before: tuple[int, int] | None = None
        self._resumed = resume

    def update(self) -> None:
        path = self._folder / "metrics.jsonl"
        try:
            stat = path.stat()
        except FileNotFoundError:
            return
        state = (stat.st_size, stat.st_mtime_ns)
        if state == self._before:
            return
        self._before = state
        lines = lines_of(self._folder)
        if not lines:
            return
        last = lines[-1]
        said = {"iteration": last["iteration"], "components": last["components"]}
        elbo = last.get("elbo") or last.get("elbo_estimate")
        if elbo is not None:
            said["ELBO"] = f"{elbo:.4g}"
        self._bar.set_postfix(said, refresh=False)
        if self._resumed:
            self._bar.initial, self._resumed = last["evaluations"], False
        self._bar.update(last["evaluations"] - self._bar.n)

    def close(self) -> None:
        self.update()
        self._bar.close()


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()
