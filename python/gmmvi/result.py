"""What a run has fitted."""

from __future__ import annotations

import json
import os
import tempfile
import webbrowser
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _program
from ._history import history
from .errors import DataError
from .mixture import Mixture

if TYPE_CHECKING:
    import pandas
    import xarray


class Result:
    """A run folder: the fitted mixture, draws of it, and how good they are.

    Everything is read when it is first asked for. Make it by ``gmmvi.fit`` or ``gmmvi.load``.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not (self.path / "config.yml").exists():
            raise DataError(f"{self.path} is no run folder: it has no config.yml")

    def __repr__(self) -> str:
        status = self.status
        return f"<gmmvi run {self.path}: {status['state']}, {status['components']} components, {self.verdict}>"

    def _repr_html_(self) -> str:
        import html

        findings = "".join(f"<li>{html.escape(text)}</li>" for text in self.findings)
        return f"<b>{html.escape(str(self.path))}</b>: {html.escape(self.verdict)}<ul>{findings}</ul>"

    @property
    def status(self) -> dict[str, Any]:
        """What status.json says now: state, counts, ELBO, evidence, verdict."""
        try:
            status: dict[str, Any] = json.loads((self.path / "status.json").read_text())
        except FileNotFoundError:
            raise DataError(f"{self.path} has no status.json: its run has not begun") from None
        return status

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end, and not stopped before it."""
        return bool(self.status["state"] == "finished")

    @property
    def elbo(self) -> float:
        """The lower bound of the log evidence, in nats; NaN where it was not measured."""
        return _number(self.status.get("elbo"))

    @property
    def log_evidence(self) -> float:
        """The log evidence by importance sampling, in nats; NaN where it was not measured.

        Trust it where `pareto_k` is below 0.7 (`verdict` says more).
        """
        return _number(self.status.get("log_evidence"))

    @property
    def log_evidence_standard_error(self) -> float:
        """In nats."""
        return _number(self.status.get("log_evidence_standard_error"))

    @property
    def pareto_k(self) -> float:
        """The shape of the largest importance weights: above 0.7 a few samples carry the evidence."""
        return _number(self.status.get("pareto_k"))

    @property
    def verdict(self) -> str:
        """How good the result is, in a word or two; the reasons are in `findings`."""
        return str((self.status.get("verdict") or {}).get("word", "not judged"))

    @property
    def findings(self) -> list[str]:
        """What the verdict is made of, in sentences."""
        return [str(finding["text"]) for finding in (self.status.get("verdict") or {}).get("findings", [])]

    @cached_property
    def mixture(self) -> Mixture:
        """The fitted mixture, on the scale of the parameters."""
        path = self.path / "model.nc"
        if not path.exists():
            raise DataError(f"{path} is not there yet: the first iterations are not over")
        return Mixture.load(path)

    @cached_property
    def posterior(self) -> xarray.Dataset:
        """4,000 draws: a variable for each parameter, with the dimensions (chain, draw)."""
        return self.sample(4000)

    def sample(self, count: int, seed: int = 0) -> xarray.Dataset:
        """Draws of the mixture, as `posterior` has them; the same seed gives the same draws.

        Parameters
        ----------
        count : int
        seed : int
        """
        import xarray

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "samples.nc"
            _program.run(["sample", str(self.path), "-n", str(count), "--seed", str(seed), "--out", str(path)])
            with xarray.open_dataset(path, group="posterior", engine="h5netcdf") as file:
                draws = file.load()
        if len(draws.data_vars) == 1:  # parameters without names of their own
            return draws
        draws = draws.drop_vars(["x", "dim"])
        own = {name: draws[name].attrs["long_name"] for name in draws.data_vars if "long_name" in draws[name].attrs}
        return draws.rename({name: named for name, named in own.items() if named not in draws.variables})

    def history(self) -> pandas.DataFrame:
        """A table of the iterations (`gmmvi.history`)."""
        return history(self.path)

    def predictive(self, simulations: int | None = None) -> xarray.Dataset:
        """The posterior predictive distribution of a simulator's outputs, which predictive.nc of the run has then.

        Parameters
        ----------
        simulations : int, optional
            New ones, of draws of the mixture. By default the evaluations of the run are weighted, which costs none.
        """
        import xarray

        arguments = [] if simulations is None else ["-n", str(simulations)]
        _program.run(["predict", str(self.path), *arguments])
        with xarray.open_dataset(self.path / "predictive.nc", engine="h5netcdf") as file:
            return file.load()

    def summary(self) -> str:
        """Moments, quantiles and the heaviest components, as `gmmvi summary` prints them."""
        return _program.run(["summary", str(self.path)])

    def report(self, show: bool = True) -> Path:
        """Writes a page about the run, and opens it in a browser if `show`."""
        path = self.path / "report.html"
        _program.run(["report", str(self.path), "--out", str(path)])
        if show:
            webbrowser.open(path.resolve().as_uri())
        return path

    def to_arviz(self, names: Sequence[str] | None = None) -> Any:
        """The draws for ArviZ: InferenceData before its version 1, a DataTree from then on.

        Parameters
        ----------
        names : sequence of str, optional
            The parameters that are wanted; by default all.
        """
        draws = self.posterior if names is None else self.posterior[list(names)]
        try:
            from arviz import InferenceData
        except ImportError:
            import xarray

            return xarray.DataTree.from_dict({"posterior": draws})
        return InferenceData(posterior=draws)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def load(run: str | os.PathLike[str]) -> Result:
    """What a run has fitted so far; while it runs, too.

    Parameters
    ----------
    run : path
        Its folder.
    """
    return Result(run)
