"""Posteriors of expensive log densities as Gaussian mixtures.

``fit`` starts the program gmmvi, which computes, and returns a `Result`; ``load`` reads an earlier one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_FROM = {
    "ConfigError": "errors",
    "DataError": "errors",
    "GmmviError": "errors",
    "GradientCheck": "gradients",
    "Mixture": "mixture",
    "OutputError": "errors",
    "Problem": "problem",
    "ProgramNotFoundError": "errors",
    "Result": "result",
    "Stopped": "errors",
    "TargetError": "errors",
    "Transforms": "mixture",
    "check_gradient": "gradients",
    "find_program": "_program",
    "fit": "fitting",
    "history": "_history",
    "load": "result",
}

if TYPE_CHECKING:
    from ._history import history
    from ._program import find_program
    from .errors import (
        ConfigError,
        DataError,
        GmmviError,
        OutputError,
        ProgramNotFoundError,
        Stopped,
        TargetError,
    )
    from .fitting import fit
    from .gradients import GradientCheck, check_gradient
    from .mixture import Mixture, Transforms
    from .problem import Problem
    from .result import Result, load

__all__ = [
    "ConfigError",
    "DataError",
    "GmmviError",
    "GradientCheck",
    "Mixture",
    "OutputError",
    "Problem",
    "ProgramNotFoundError",
    "Result",
    "Stopped",
    "TargetError",
    "Transforms",
    "check_gradient",
    "find_program",
    "fit",
    "history",
    "load",
]


def __getattr__(name: str) -> Any:
    # When first asked for: a worker (python -m gmmvi.worker) needs none of it, and starts in no time.
    if name in _FROM:
        value = getattr(importlib.import_module(f".{_FROM[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
