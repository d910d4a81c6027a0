"""Gaussian mixtures, as gmmvi fits them, on the scale of the user's parameters."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import xarray

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Transforms:
    """How parameters x come from z, in which the mixture is, one by one.

    With u = location + scale * z it is x = u without bounds, x = lower + exp(u) with a lower bound,
    x = upper - exp(-u) with an upper one, and x = lower + (upper - lower) / (1 + exp(-u)) with both.

    Parameters
    ----------
    lower, upper : array of shape (D,)
        Bounds; infinite where there is none.
    location, scale : array of shape (D,)
        Finite; the scale is positive.
    """

    lower: Array
    upper: Array
    location: Array
    scale: Array

    @staticmethod
    def identity(dimension: int) -> Transforms:
        """Those with x = z, of `dimension` parameters."""
        return Transforms(
            np.full(dimension, -np.inf), np.full(dimension, np.inf), np.zeros(dimension), np.ones(dimension)
        )

    def of(self, indices: Sequence[int]) -> Transforms:
        """Those of some of the parameters."""
        i = list(indices)
        return Transforms(self.lower[i], self.upper[i], self.location[i], self.scale[i])

    def is_identity(self) -> bool:
        """Whether x = z."""
        return bool(
            np.isneginf(self.lower).all()
            and np.isposinf(self.upper).all()
            and (self.location == 0).all()
            and (self.scale == 1).all()
        )

    def to_user(self, z: npt.ArrayLike) -> Array:
        """The parameters x at z, of shape (..., D)."""
        u = self.location + self.scale * np.asarray(z, dtype=np.float64)
        below, above = np.isfinite(self.lower), np.isfinite(self.upper)
        with np.errstate(over="ignore", invalid="ignore"):
            # Measured from the bound that is nearer, so that what lies close to it keeps its digits.
            small = np.exp(-np.abs(u)) / (1.0 + np.exp(-np.abs(u)))
            both = np.where(
                u < 0, self.lower + (self.upper - self.lower) * small, self.upper - (self.upper - self.lower) * small
            )
            x = np.where(
                below & above,
                both,
                np.where(below, self.lower + np.exp(u), np.where(above, self.upper - np.exp(-u), u)),
            )
        result: Array = np.clip(x, np.nextafter(self.lower, np.inf), np.nextafter(self.upper, -np.inf))
        return result

    def to_solver(self, x: npt.ArrayLike) -> Array:
        """Z at the parameters x, of shape (..., D); infinite on a bound and beyond."""
        x = np.asarray(x, dtype=np.float64)
        below, above = np.isfinite(self.lower), np.isfinite(self.upper)
        with np.errstate(divide="ignore", invalid="ignore"):
            from_lower = np.log(np.maximum(x - self.lower, 0.0))
            from_upper = np.log(np.maximum(self.upper - x, 0.0))
            u = np.where(
                below & above,
                from_lower - from_upper,
                np.where(below, from_lower, np.where(above, -from_upper, x)),
            )
        return (u - self.location) / self.scale

    def log_derivative(self, z: npt.ArrayLike) -> Array:
        """Log dx/dz at z, of shape (..., D)."""
        u = self.location + self.scale * np.asarray(z, dtype=np.float64)
        below, above = np.isfinite(self.lower), np.isfinite(self.upper)
        with np.errstate(invalid="ignore"):
            both = np.log(self.upper - self.lower) - np.logaddexp(0.0, u) - np.logaddexp(0.0, -u)
        slope = np.where(below & above, both, np.where(below, u, np.where(above, -u, 0.0)))
        result: Array = np.log(self.scale) + slope
        return result

    def log_derivative_slope(self, z: npt.ArrayLike) -> Array:
        """The derivative of log dx/dz by z, of shape (..., D)."""
        u = self.location + self.scale * np.asarray(z, dtype=np.float64)
        below, above = np.isfinite(self.lower), np.isfinite(self.upper)
        result: Array = self.scale * np.where(
            below & above, -np.tanh(0.5 * u), np.where(below, 1.0, np.where(above, -1.0, 0.0))
        )
        return result


class Mixture:
    """A Gaussian mixture over named parameters.

    The Gaussians are over z, which has no bounds; the parameters x are functions of it (`transforms`). Densities,
    draws and gradients are on the scale of the parameters. Samples are rows.

    Parameters
    ----------
    weights : array of shape (K,)
        They are normalised here.
    means : array of shape (K, D)
    covariances : array of shape (K, D, D)
        Positive definite.
    names : sequence of D str, optional
        Of the parameters; by default x1, x2, ...
    transforms : Transforms, optional
        By default x = z.
    """

    def __init__(
        self,
        weights: npt.ArrayLike,
        means: npt.ArrayLike,
        covariances: npt.ArrayLike,
        names: Sequence[str] | None = None,
        transforms: Transforms | None = None,
    ) -> None:
        self.weights: Array = np.array(weights, dtype=np.float64)
        self.means: Array = np.array(means, dtype=np.float64)
        self.covariances: Array = np.array(covariances, dtype=np.float64)
        if self.means.ndim != 2 or self.weights.shape != self.means.shape[:1]:
            raise ValueError(f"means of shape {self.means.shape} do not go with {self.weights.shape} weights")
        if self.covariances.shape != self.means.shape + self.means.shape[1:]:
            raise ValueError(f"covariances have the shape {self.covariances.shape}, means {self.means.shape}")
        if not (self.weights >= 0).all() or not self.weights.sum() > 0:
            raise ValueError("weights have to be at least 0, and one of them above")
        self.weights = self.weights / self.weights.sum()
        self.names = list(names) if names is not None else [f"x{d + 1}" for d in range(self.dimension)]
        if len(self.names) != self.dimension:
            raise ValueError(f"there are {len(self.names)} names for {self.dimension} parameters")
        self.transforms = transforms or Transforms.identity(self.dimension)
        self._cholesky: Array = np.asarray(np.linalg.cholesky(self.covariances), dtype=np.float64)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Mixture:
        """Reads a model file (`model.nc` of a run folder)."""
        import xarray

        with xarray.open_dataset(path, engine="h5netcdf") as file:
            means = file["means"].values
            if "covariances" in file:
                covariances = file["covariances"].values
            else:
                covariances = np.stack([np.diag(variances) for variances in file["variances"].values])
            transforms = None
            if "transform_lower" in file:
                parts = ("lower", "upper", "location", "scale")
                transforms = Transforms(*(file[f"transform_{part}"].values for part in parts))
            names = [str(name) for name in file["dim"].values]
            return cls(file["weights"].values, means, covariances, names, transforms)

    @property
    def dimension(self) -> int:
        """D, the number of parameters."""
        return int(self.means.shape[1])

    def __len__(self) -> int:
        """K, the number of components."""
        return len(self.weights)

    def __repr__(self) -> str:
        return f"<Mixture of {len(self)} components over {', '.join(self.names)}>"

    @property
    def solver(self) -> Mixture:
        """The same Gaussians as a mixture over z."""
        return Mixture(self.weights, self.means, self.covariances, self.names)

    def to_user(self, z: npt.ArrayLike) -> Array:
        """The parameters at z, of shape (..., D)."""
        return self.transforms.to_user(z)

    def to_solver(self, x: npt.ArrayLike | Mapping[str, Any] | xarray.Dataset) -> Array:
        """Z at parameters, of shape (..., D), or a mapping from names to arrays (a Dataset, for instance)."""
        return self.transforms.to_solver(self._array(x))

    def _array(self, x: Any) -> Array:
        if hasattr(x, "data_vars") or isinstance(x, Mapping):
            missing = [name for name in self.names if name not in x]
            if missing:
                raise KeyError(f"there is no {missing[0]!r} among {', '.join(map(str, x))}")
            return np.stack([np.asarray(x[name], dtype=np.float64) for name in self.names], axis=-1)
        x = np.asarray(x, dtype=np.float64)
        if x.shape[-1:] != (self.dimension,):
            raise ValueError(f"the last axis has to be the {self.dimension} parameters, but the shape is {x.shape}")
        return np.asarray(x)

    def _log_parts(self, z: Array) -> tuple[Array, Array]:
        """Log w_k + log N_k at z (N, D), of shape (K, N), and Σ⁻¹ (μ - z), of shape (K, N, D)."""
        logs, pulls = [], []
        for log_weight, mean, factor in zip(
            np.log(np.maximum(self.weights, 1e-300)), self.means, self._cholesky, strict=True
        ):
            whitened = np.linalg.solve(factor, (z - mean).T)
            log_volume = np.log(np.diag(factor)).sum() + 0.5 * self.dimension * np.log(2.0 * np.pi)
            logs.append(log_weight - 0.5 * (whitened**2).sum(axis=0) - log_volume)
            pulls.append(-np.linalg.solve(factor.T, whitened).T)
        return np.stack(logs), np.stack(pulls)

    def logpdf(self, x: npt.ArrayLike | Mapping[str, Any] | xarray.Dataset) -> Array:
        """The log density at parameters of shape (..., D), or of a mapping from names to arrays.

        Returns
        -------
        array of shape (...)
            In nats, -inf on a bound and beyond.
        """
        z = self.to_solver(x)
        flat = z.reshape(-1, self.dimension)
        inside = np.isfinite(flat).all(axis=1)
        values = np.where(np.isnan(flat).any(axis=1), np.nan, -np.inf)
        if inside.any():
            logs, _ = self._log_parts(flat[inside])
            values[inside] = np.logaddexp.reduce(logs, axis=0) - self.transforms.log_derivative(flat[inside]).sum(
                axis=1
            )
        return values.reshape(z.shape[:-1])

    def score(self, x: npt.ArrayLike | Mapping[str, Any] | xarray.Dataset) -> Array:
        """The gradient of `logpdf` by the parameters, of the same shape (..., D); NaN outside of the bounds."""
        z = self.to_solver(x)
        flat = z.reshape(-1, self.dimension)
        inside = np.isfinite(flat).all(axis=1)
        values = np.full(flat.shape, np.nan)
        if inside.any():
            logs, pulls = self._log_parts(flat[inside])
            shares = np.exp(logs - np.logaddexp.reduce(logs, axis=0))
            by_z = np.einsum("kn,knd->nd", shares, pulls) - self.transforms.log_derivative_slope(flat[inside])
            values[inside] = by_z * np.exp(-self.transforms.log_derivative(flat[inside]))
        return values.reshape(z.shape)

    def sample(self, count: int, seed: int | np.random.Generator | None = None) -> Array:
        """Draws, of shape (count, D).

        Parameters
        ----------
        count : int
        seed : int or numpy.random.Generator, optional
        """
        generator = np.random.default_rng(seed)
        components = generator.choice(len(self), size=count, p=self.weights)
        normal = generator.standard_normal((count, self.dimension))
        z = self.means[components] + np.einsum("nij,nj->ni", self._cholesky[components], normal)
        return self.to_user(z)

    def _indices(self, names: Sequence[str]) -> list[int]:
        for name in names:
            if name not in self.names:
                raise KeyError(f"there is no parameter {name!r}; there are {', '.join(self.names)}")
        return [self.names.index(name) for name in names]

    def marginal(self, names: str | Sequence[str]) -> Mixture:
        """The distribution of some of the parameters, in the order of `names`."""
        kept = self._indices([names] if isinstance(names, str) else names)
        return Mixture(
            self.weights,
            self.means[:, kept],
            self.covariances[:, kept][:, :, kept],
            [self.names[d] for d in kept],
            self.transforms.of(kept),
        )

    def conditional(self, given: Mapping[str, float]) -> Mixture:
        """The distribution of the other parameters, where those of `given` have the values there."""
        fixed = self._indices(list(given))
        rest = [d for d in range(self.dimension) if d not in fixed]
        if not rest:
            raise ValueError("all parameters are given")
        z = self.transforms.of(fixed).to_solver([given[self.names[d]] for d in fixed])
        if not np.isfinite(z).all():
            raise ValueError(f"the density is 0 there: {dict(given)} is not inside of the bounds")
        logs, _ = self.marginal([self.names[d] for d in fixed]).solver._log_parts(z[None, :])
        weights = np.exp(logs[:, 0] - logs[:, 0].max())
        means, covariances = [], []
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            gain = np.linalg.solve(covariance[np.ix_(fixed, fixed)], covariance[np.ix_(fixed, rest)]).T
            means.append(mean[rest] + gain @ (z - mean[fixed]))
            narrowed = covariance[np.ix_(rest, rest)] - gain @ covariance[np.ix_(fixed, rest)]
            covariances.append(0.5 * (narrowed + narrowed.T))
        return Mixture(weights, means, covariances, [self.names[d] for d in rest], self.transforms.of(rest))
