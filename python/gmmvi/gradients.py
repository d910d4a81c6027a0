"""Whether a gradient is that of its log density."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _program
from .errors import GmmviError, TargetError
from .problem import Problem, Target, yaml_of


@dataclass(frozen=True)
class GradientCheck:
    """What came of a comparison with differences of log densities.

    Attributes
    ----------
    agrees : bool
        False where the gradient is another one.
    message : str
        What was compared, and what is wrong: a swapped sign, a prior that is missing on one side, or which parts.
    """

    agrees: bool
    message: str

    def __bool__(self) -> bool:
        return self.agrees

    def __str__(self) -> str:
        return self.message


def check_gradient(
    target: Target | Problem,
    parameters: Mapping[str, str | Mapping[str, Any]] | None = None,
    **problem: Any,
) -> GradientCheck:
    """Compares the gradient that a target returns with finite differences of its log densities.

    It is asked at the medians of the priors, or at a draw of them, in a random direction; where that is wrong, along
    each parameter.

    Parameters
    ----------
    target : callable, str, mapping or Problem
        It returns (log density, gradient), or (outputs, jacobian).
    parameters : mapping from names to priors
    **problem
        Further arguments of `Problem`.

    Raises
    ------
    TargetError
        Where it gives no value at all.
    """
    if isinstance(target, Problem):
        what = target
    else:
        what = Problem(target, parameters or {}, **{"gradients": True, **problem})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "config.yml"
        path.write_text(yaml_of(what.config(folder)))
        try:
            text = _program.run(["check", str(path), "--codename", "SAMTRON"])
        except GmmviError as error:
            found = _about_gradient(str(error))
            if found is None or not isinstance(error, TargetError):
                raise
            return GradientCheck(False, found)
    found = _about_gradient(text)
    if found is None:
        raise TargetError("The target has no gradient that could be compared: does it return (value, gradient)?")
    return GradientCheck(True, found)


def _about_gradient(text: str) -> str | None:
    """The paragraph of `gmmvi check` on it."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("Gradient: ")]
    if not starts:
        return None
    paragraph = []
    for line in lines[starts[0] :]:
        if not line.strip():
            break
        paragraph.append(line.strip())
    return " ".join(paragraph).removeprefix("Gradient: ")
