"""Writes tests/data/noise.json: log densities of data given outputs, by SciPy: python3 tests/problem/noise.py"""

import json
import pathlib

import numpy as np
from scipy import stats

OUTPUTS = np.array([0.3, 1.7, 4.2, 11.0, 0.05])
REALS = np.array([0.5, 1.1, 4.9, 10.0, -0.4])
POSITIVE = np.abs(REALS)
COUNTS = np.array([0.0, 3.0, 4.0, 15.0, 1.0])
PROBABILITIES = np.array([0.3, 0.72, 0.05, 0.999, 0.5])
TRIALS = np.array([4.0, 7.0, 12.0, 15.0, 1.0])
ROWS = np.array([0.2, 0.7, 1.9, 3.0, 0.4])  # an argument in every row
MATRIX = np.random.default_rng(3).normal(size=(5, 5))
COVARIANCE = MATRIX @ MATRIX.T + 0.1 * np.eye(5)


def each(noise, arguments, outputs, data, log_density):
    arguments = [a.tolist() if isinstance(a, np.ndarray) else a for a in arguments]
    return {
        "noise": noise,
        "arguments": arguments,
        "outputs": outputs.tolist(),
        "data": data.tolist(),
        "log_density": float(np.sum(log_density)),
    }


def student(df, scale):
    return each("student_t", [df, scale], OUTPUTS, REALS, stats.t.logpdf(REALS, df, OUTPUTS, scale))


def negative_binomial(phi):
    density = stats.nbinom.logpmf(COUNTS, phi, phi / (phi + OUTPUTS))
    return each("negative_binomial", [phi], OUTPUTS, COUNTS, density)


CASES = [
    each("gaussian", [0.6], OUTPUTS, REALS, stats.norm.logpdf(REALS, OUTPUTS, 0.6)),
    each("gaussian", [ROWS], OUTPUTS, REALS, stats.norm.logpdf(REALS, OUTPUTS, ROWS)),
    each("gaussian_relative", [0.3], -OUTPUTS, REALS, stats.norm.logpdf(REALS, -OUTPUTS, 0.3 * OUTPUTS)),
    each("gaussian_relative", [ROWS], OUTPUTS, REALS, stats.norm.logpdf(REALS, OUTPUTS, ROWS * OUTPUTS)),
    student(3.0, 0.5),
    student(ROWS, 0.5),
    student(1e3, ROWS),
    each("laplace", [ROWS], OUTPUTS, REALS, stats.laplace.logpdf(REALS, OUTPUTS, ROWS)),
    each("lognormal", [0.4], OUTPUTS, POSITIVE, stats.lognorm.logpdf(POSITIVE, 0.4, scale=OUTPUTS)),
    each("lognormal", [ROWS], OUTPUTS, POSITIVE, stats.lognorm.logpdf(POSITIVE, ROWS, scale=OUTPUTS)),
    each("poisson", [], OUTPUTS, COUNTS, stats.poisson.logpmf(COUNTS, OUTPUTS)),
    negative_binomial(2.5),
    negative_binomial(ROWS),
    negative_binomial(1e4),
    each("binomial", [20.0], PROBABILITIES, COUNTS, stats.binom.logpmf(COUNTS, 20, PROBABILITIES)),
    each("binomial", [TRIALS], PROBABILITIES, COUNTS, stats.binom.logpmf(COUNTS, TRIALS, PROBABILITIES)),
    each("gaussian", [], OUTPUTS, REALS, stats.multivariate_normal.logpdf(REALS, OUTPUTS, COVARIANCE))
    | {"covariance": COVARIANCE.tolist()},
]

if __name__ == "__main__":
    path = pathlib.Path(__file__).parents[1] / "data" / "noise.json"
    lines = ",\n".join(json.dumps(case, allow_nan=False, separators=(",", ":")) for case in CASES)
    path.write_text('{"what":"noise of outputs, by noise.py","cases":[\n' + lines + "\n]}\n")
