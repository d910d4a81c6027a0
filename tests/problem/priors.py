"""Writes tests/data/priors.json: densities, gradients, distribution functions and quantiles of priors, cut and whole, in
many digits by mpmath; SciPy has to agree where nothing is cut. Needs both: python3 tests/problem/priors.py"""

import json
import pathlib

import mpmath as mp
import numpy as np
from scipy import stats

INFINITY = mp.inf


def beta_tail(x, a, b):
    return mp.betainc(a, b, 0, x, regularized=True)


def student(df, upper):
    def tail(z):  # of what is beyond |z|
        return beta_tail(df / (df + z * z), df / 2, mp.mpf(1) / 2) / 2

    def function(z):
        return tail(z) if (z > 0) == upper else 1 - tail(z)

    return function


# name: (support, log density, below, above, SciPy's); arguments in Stan's order
FAMILIES = {
    "normal": lambda m, s: (
        (-INFINITY, INFINITY),
        lambda x: -((x - m) ** 2) / (2 * s**2) - mp.log(s) - mp.log(2 * mp.pi) / 2,
        lambda x: mp.ncdf((x - m) / s),
        lambda x: mp.ncdf((m - x) / s),
        stats.norm(float(m), float(s)),
    ),
    "lognormal": lambda m, s: (
        (0, INFINITY),
        lambda x: -((mp.log(x) - m) ** 2) / (2 * s**2) - mp.log(s * x) - mp.log(2 * mp.pi) / 2,
        lambda x: mp.ncdf((mp.log(x) - m) / s),
        lambda x: mp.ncdf((m - mp.log(x)) / s),
        stats.lognorm(float(s), scale=float(mp.exp(m))),
    ),
    "uniform": lambda a, b: (
        (a, b),
        lambda x: -mp.log(b - a),
        lambda x: (x - a) / (b - a),
        lambda x: (b - x) / (b - a),
        stats.uniform(float(a), float(b - a)),
    ),
    "loguniform": lambda a, b: (
        (a, b),
        lambda x: -mp.log(x) - mp.log(mp.log(b / a)),
        lambda x: mp.log(x / a) / mp.log(b / a),
        lambda x: mp.log(b / x) / mp.log(b / a),
        stats.loguniform(float(a), float(b)),
    ),
    "half_normal": lambda s: (
        (0, INFINITY),
        lambda x: -(x**2) / (2 * s**2) - mp.log(s) - mp.log(mp.pi / 2) / 2,
        lambda x: mp.erf(x / s / mp.sqrt(2)),
        lambda x: mp.erfc(x / s / mp.sqrt(2)),
        stats.halfnorm(scale=float(s)),
    ),
    "half_cauchy": lambda s: (
        (0, INFINITY),
        lambda x: mp.log(2 / (mp.pi * s * (1 + (x / s) ** 2))),
        lambda x: 2 / mp.pi * mp.atan(x / s),
        lambda x: 2 / mp.pi * mp.atan(s / x),
        stats.halfcauchy(scale=float(s)),
    ),
    "cauchy": lambda m, s: (
        (-INFINITY, INFINITY),
        lambda x: -mp.log(mp.pi * s * (1 + ((x - m) / s) ** 2)),
        lambda x: mp.mpf(1) / 2 + mp.atan((x - m) / s) / mp.pi,
        lambda x: mp.mpf(1) / 2 - mp.atan((x - m) / s) / mp.pi,
        stats.cauchy(float(m), float(s)),
    ),
    "student_t": lambda df, m, s: (
        (-INFINITY, INFINITY),
        lambda x: mp.loggamma((df + 1) / 2)
        - mp.loggamma(df / 2)
        - mp.log(df * mp.pi) / 2
        - mp.log(s)
        - (df + 1) / 2 * mp.log(1 + ((x - m) / s) ** 2 / df),
        lambda x: student(df, False)((x - m) / s),
        lambda x: student(df, True)((x - m) / s),
        stats.t(float(df), float(m), float(s)),
    ),
    "laplace": lambda m, s: (
        (-INFINITY, INFINITY),
        lambda x: -abs(x - m) / s - mp.log(2 * s),
        lambda x: mp.exp((x - m) / s) / 2 if x < m else 1 - mp.exp((m - x) / s) / 2,
        lambda x: mp.exp((m - x) / s) / 2 if x > m else 1 - mp.exp((x - m) / s) / 2,
        stats.laplace(float(m), float(s)),
    ),
    "logistic": lambda m, s: (
        (-INFINITY, INFINITY),
        lambda x: -(x - m) / s - mp.log(s) - 2 * mp.log(1 + mp.exp(-(x - m) / s)),
        lambda x: 1 / (1 + mp.exp((m - x) / s)),
        lambda x: 1 / (1 + mp.exp((x - m) / s)),
        stats.logistic(float(m), float(s)),
    ),
    "exponential": lambda r: (
        (0, INFINITY),
        lambda x: mp.log(r) - r * x,
        lambda x: -mp.expm1(-r * x),
        lambda x: mp.exp(-r * x),
        stats.expon(scale=float(1 / r)),
    ),
    "gamma": lambda a, r: (
        (0, INFINITY),
        lambda x: a * mp.log(r) - mp.loggamma(a) + (a - 1) * mp.log(x) - r * x,
        lambda x: mp.gammainc(a, 0, r * x, regularized=True),
        lambda x: mp.gammainc(a, r * x, mp.inf, regularized=True),
        stats.gamma(float(a), scale=float(1 / r)),
    ),
    "inverse_gamma": lambda a, s: (
        (0, INFINITY),
        lambda x: a * mp.log(s) - mp.loggamma(a) - (a + 1) * mp.log(x) - s / x,
        lambda x: mp.gammainc(a, s / x, mp.inf, regularized=True),
        lambda x: mp.gammainc(a, 0, s / x, regularized=True),
        stats.invgamma(float(a), scale=float(s)),
    ),
    "beta": lambda a, b: (
        (0, 1),
        lambda x: (a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) - mp.log(mp.beta(a, b)),
        lambda x: beta_tail(x, a, b),
        lambda x: beta_tail(1 - x, b, a),
        stats.beta(float(a), float(b)),
    ),
    "weibull": lambda k, s: (
        (0, INFINITY),
        lambda x: mp.log(k / s) + (k - 1) * mp.log(x / s) - (x / s) ** k,
        lambda x: -mp.expm1(-((x / s) ** k)),
        lambda x: mp.exp(-((x / s) ** k)),
        stats.weibull_min(float(k), scale=float(s)),
    ),
}

# family, arguments, bounds; None is no bound
CASES = [
    ("normal", [1.5, 2.0], None, None),
    ("normal", [2.0, 0.5], 0.1, 10.0),
    ("normal", [0.0, 1.0], 5.0, None),
    ("normal", [0.0, 1.0], None, -7.5),
    ("normal", [0.0, 1.0], 50.0, 60.0),
    ("normal", [0.0, 1.0], -60.0, -50.0),
    ("normal", [0.0, 3.0], 1.0, 1.0001),
    ("lognormal", [-1.2, 1.0], None, None),
    ("lognormal", [3.0, 0.3], -1.0, 15.0),
    ("lognormal", [0.0, 2.0], 1e5, None),
    ("uniform", [-3.0, 5.0], None, None),
    ("uniform", [-3.0, 5.0], 0.5, 100.0),
    ("loguniform", [1e-6, 1e3], None, None),
    ("loguniform", [1e-6, 1e3], 1e-2, 10.0),
    ("half_normal", [0.2], None, None),
    ("half_normal", [2.0], 1.0, 9.0),
    ("half_cauchy", [2.5], None, None),
    ("half_cauchy", [2.5], -4.0, 100.0),
    ("cauchy", [-1.0, 0.5], None, None),
    ("cauchy", [-1.0, 0.5], 1e6, 1e9),
    ("student_t", [3.0, 1.0, 2.0], None, None),
    ("student_t", [0.5, 0.0, 1.0], None, None),
    ("student_t", [4.0, 0.0, 1.0], 10.0, None),
    ("student_t", [1e6, 0.0, 1.0], -1.0, 3.0),
    ("laplace", [0.5, 1.5], None, None),
    ("laplace", [0.5, 1.5], 60.0, 80.0),
    ("logistic", [0.5, 1.5], None, None),
    ("logistic", [0.5, 1.5], -90.0, -70.0),
    ("exponential", [0.25], None, None),
    ("exponential", [0.25], 100.0, 130.0),
    ("gamma", [2.5, 0.5], None, None),
    ("gamma", [0.05, 3.0], None, None),
    ("gamma", [1e5, 10.0], None, None),
    ("gamma", [2.5, 0.5], 200.0, None),
    ("inverse_gamma", [3.0, 2.0], None, None),
    ("inverse_gamma", [3.0, 2.0], None, 0.02),
    ("beta", [2.0, 5.0], None, None),
    ("beta", [0.5, 0.5], None, None),
    ("beta", [30.0, 3.0], 0.001, 0.1),
    ("weibull", [1.7, 3.0], None, None),
    ("weibull", [0.7, 3.0], 300.0, None),
]
PROBABILITIES = [1e-12, 1e-5, 0.02, 0.3, 0.5, 0.77, 0.999, 1 - 2.0**-40]


def bisect(function, p, low, high):
    """Where the increasing `function` is p; in the logarithm where that is possible."""
    positive = low > 0 or (low == 0 and high == INFINITY)
    low = max(low, mp.mpf("1e-320") if positive else -mp.mpf(10) ** 30)
    high = min(high, mp.mpf(10) ** 30)
    if positive:
        low, high = mp.log(low), mp.log(high)
    back = mp.exp if positive else (lambda x: x)
    for _ in range(180):
        middle = (low + high) / 2
        low, high = (middle, high) if function(back(middle)) < p else (low, middle)
    return back(low)


def case(family, arguments, lower, upper):
    mp.mp.dps = 60
    support, log_density, below, above, scipy = FAMILIES[family](*map(mp.mpf, arguments))
    cut = lower is not None or upper is not None
    a = max(support[0], mp.mpf(lower)) if lower is not None else support[0]
    b = min(support[1], mp.mpf(upper)) if upper is not None else support[1]

    def tail(function, x, at_minus_infinity):
        if x == -INFINITY or x <= support[0]:
            return at_minus_infinity
        return 1 - at_minus_infinity if x == INFINITY or x >= support[1] else function(x)

    upper_tail = tail(below, a, 0) > mp.mpf(1) / 2

    def difference(x, y):
        if upper_tail:
            return tail(above, x, 1) - tail(above, y, 1)
        return tail(below, y, 0) - tail(below, x, 0)

    mass = difference(a, b)
    quantiles = [float(bisect(lambda x: difference(a, x) / mass, mp.mpf(p), a, b)) for p in PROBABILITIES]
    points = []
    for x in quantiles:
        if not a < x < b:
            continue
        exact = mp.mpf(x)
        points.append(
            {
                "x": x,
                "log_density": float(log_density(exact) - mp.log(mass)),
                "gradient": float(mp.diff(log_density, exact, h=abs(exact) * mp.mpf(10) ** -28)),
                "distribution": float(difference(a, exact) / mass),
            }
        )
        if not cut:
            np.testing.assert_allclose(points[-1]["log_density"], scipy.logpdf(x), rtol=1e-7, atol=1e-7)
            np.testing.assert_allclose(points[-1]["distribution"], scipy.cdf(x), rtol=1e-7, atol=1e-15)
    return {
        "prior": family,
        "arguments": arguments,
        "lower": lower,
        "upper": upper,
        "points": points,
        "quantiles": [{"p": p, "x": x} for p, x in zip(PROBABILITIES, quantiles)],
    }


if __name__ == "__main__":
    cases = [case(*each) for each in CASES]
    path = pathlib.Path(__file__).parents[1] / "data" / "priors.json"
    lines = ",\n".join(json.dumps(each, allow_nan=False, separators=(",", ":")) for each in cases)
    path.write_text('{"what":"priors at their quantiles, by priors.py","cases":[\n' + lines + "\n]}\n")
