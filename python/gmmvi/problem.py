"""What is fitted: parameters, what computes the log density, data."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Target = Callable[..., Any] | str | os.PathLike[str] | Mapping[str, Any]

_LOADER = '''\
"""The function that gmmvi.fit was given, as cloudpickle has kept it in function.pkl (SHA-256 {checksum})."""

import pathlib

import cloudpickle

function = cloudpickle.loads(pathlib.Path(__file__).with_name("function.pkl").read_bytes())
'''


@dataclass(frozen=True)
class Problem:
    """A log density over named parameters, with the keys that a config has (docs/simulators.md).

    Parameters
    ----------
    target : callable, str or mapping
        A Python function, of this session or of a module; ``"file.py:name"`` or ``"package.module:name"``; or the
        section `target` of a config: ``{"type": "process", "command": ["./simulator"]}``. A function takes the
        parameters by name, or all of them as one array, as its signature says.
    parameters : mapping from names to priors, or to mappings
        In the order of x: ``{"a": "normal(0, 1)", "b": {"prior": "half_normal(1)", "bounds": [0, 5]}}``.
    data : path, mapping or array, optional
        What outputs are compared with: a CSV file, columns by name, or the values alone.
    noise : str, optional
        Of the data, given the outputs: ``"gaussian(sigma)"``. Its arguments are numbers, parameters or columns.
    column : str
        Of the data, that the outputs are compared with.
    returns : {"log_density", "log_likelihood", "outputs"}, optional
        What the target computes: the log density with all priors in it, which is the default; the log likelihood, to
        which the priors are added; or outputs, which is the default where there are data.
    gradients : bool
        Whether the target returns gradients too: (value, gradient), or (outputs, jacobian).
    vectorized : bool
        Whether a function takes arrays with a leading axis of up to `group_size` samples.
    group_size : int, optional
    options : mapping, optional
        Handed over to the target.
    interpreter : str, optional
        The Python that runs a function; by default this one.
    target_settings : mapping, optional
        Further keys of the section `target`.
    """

    target: Target
    parameters: Mapping[str, str | Mapping[str, Any]] = field(default_factory=dict)
    data: Any = None
    noise: str | None = None
    column: str = "value"
    returns: str | None = None
    gradients: bool = False
    vectorized: bool = False
    group_size: int | None = None
    options: Mapping[str, Any] | None = None
    interpreter: str | None = None
    target_settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.data is None) != (self.noise is None):
            missing, there = ("noise", "data") if self.noise is None else ("data", "noise")
            raise ValueError(
                f"there is {there}, but no {missing}: outputs are compared with data, whose noise is known"
            )
        if self.data is not None and self.returns not in (None, "outputs"):
            raise ValueError(f"returns is {self.returns!r}, but data are compared with outputs")

    @property
    def name(self) -> str:
        """A word for it."""
        if isinstance(self.target, Mapping):
            return str(self.target.get("type", "target"))
        if callable(self.target):
            name = getattr(self.target, "__name__", "function")
            return "function" if name == "<lambda>" else str(name)
        return os.fspath(self.target).rpartition(":")[2] or "function"

    def config(self, folder: Path) -> dict[str, Any]:
        """The config of it; files that it needs are written into `folder`, which is made for them."""
        config: dict[str, Any] = {}
        if self.parameters:
            config["parameters"] = {
                name: {"prior": prior} if isinstance(prior, str) else dict(prior)
                for name, prior in self.parameters.items()
            }
        config["target"] = self._target(folder)
        if self.data is not None:
            config["likelihood"] = {"data": str(self._data_file(folder)), "column": self.column, "noise": self.noise}
        return config

    def _target(self, folder: Path) -> dict[str, Any]:
        if isinstance(self.target, Mapping):
            target = dict(self.target)
        else:
            target = {"type": "python", "function": self._function(folder)}
            target["interpreter"] = self.interpreter or sys.executable
            if self.vectorized:
                target["vectorized"] = True
            if self.group_size is not None:
                target["group_size"] = self.group_size
        if self.gradients:
            target["gradients"] = True
        if self.options is not None:
            target["options"] = dict(self.options)
        returns = self.returns or ("outputs" if self.data is not None else None)
        if returns is not None:
            target["returns"] = returns
        return {**target, **self.target_settings}

    def _function(self, folder: Path) -> str:
        """What the config calls it."""
        if not callable(self.target):
            assert not isinstance(self.target, Mapping)
            place, colon, name = os.fspath(self.target).rpartition(":")
            if not colon:
                raise ValueError(f"{place or name} is neither file.py:name nor package.module:name")
            return f"{os.path.abspath(place)}:{name}" if place.endswith(".py") else f"{place}:{name}"
        import cloudpickle

        folder.mkdir(parents=True, exist_ok=True)
        module = sys.modules.get(getattr(self.target, "__module__", None) or "")
        # A module of this session's folder may be nowhere to be found by a worker: its functions are sent as they are.
        local = module is not None and module.__name__ != "__main__" and not _is_installed(module)
        if local:
            cloudpickle.register_pickle_by_value(module)
        try:
            pickled = cloudpickle.dumps(self.target)
        except Exception as error:
            raise ValueError(
                f"{self.name} cannot be sent to other processes, since something that it uses cannot be pickled "
                f"({error}). Put it into a file, and name it: fit('file.py:{self.name}', ...)"
            ) from error
        finally:
            if local:
                cloudpickle.unregister_pickle_by_value(module)
        (folder / "function.pkl").write_bytes(pickled)
        # With its checksum, so that a run knows that it has another function by the one file that its config names.
        (folder / "function.py").write_text(_LOADER.format(checksum=hashlib.sha256(pickled).hexdigest()))
        return f"{folder.resolve() / 'function.py'}:function"

    def _data_file(self, folder: Path) -> Path:
        if isinstance(self.data, str | os.PathLike):
            return Path(self.data).resolve()
        if hasattr(self.data, "columns"):  # of pandas, or the like
            columns = {str(name): np.asarray(self.data[name]) for name in self.data.columns}
        elif isinstance(self.data, Mapping):
            columns = {str(name): np.atleast_1d(np.asarray(values)) for name, values in self.data.items()}
        else:
            columns = {self.column: np.atleast_1d(np.asarray(self.data))}
        shapes = {name: values.shape for name, values in columns.items()}
        if len(set(shapes.values())) != 1 or any(len(shape) != 1 for shape in shapes.values()):
            raise ValueError(f"columns of data have one value for each output, but here they have the shapes {shapes}")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "data.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for row in zip(*columns.values(), strict=True):
                writer.writerow(["" if _is_missing(value) else _text(value) for value in row])
        return path.resolve()


def _is_installed(module: Any) -> bool:
    """Whether any Python of this environment finds the module."""
    origin = getattr(module, "__file__", None)
    if origin is None:
        return True
    places = ("site-packages", "dist-packages", os.path.dirname(os.__file__))
    return any(place in os.path.abspath(origin) for place in places)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def _text(value: Any) -> str:
    return repr(float(value)) if isinstance(value, float | np.floating) else str(value)


def yaml_of(config: Mapping[str, Any], comment: str = "") -> str:
    """A config as a file has it: sections indented, what is in them as JSON, which YAML can read."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            lines.append(f"{key}:")
            lines += [f"  {json.dumps(str(name))}: {_json(inner)}" for name, inner in value.items()]
        else:
            lines.append(f"{key}: {_json(value)}")
    return "\n".join(lines) + "\n"


def _json(value: Any) -> str:
    def plain(odd: Any) -> Any:
        if isinstance(odd, os.PathLike):
            return os.fspath(odd)
        if hasattr(odd, "tolist"):
            return odd.tolist()
        if isinstance(odd, Mapping):
            return dict(odd)
        raise TypeError(f"{odd!r} cannot stand in a config")

    return json.dumps(value, default=plain, ensure_ascii=False)


def remove(folder: Path) -> None:
    """The files of a problem that was not fitted."""
    shutil.rmtree(folder, ignore_errors=True)
