"""The pendulum as an UM-Bridge server, by the Python package `umbridge`: python pendulum_umbridge.py [PORT]

It has two models: `pendulum`, whose outputs are the angles, and `likelihood`, whose output is the logarithm of their
likelihood. Both have gradients, by steps in the imaginary direction, which lose no digits.
"""

import cmath
import csv
import math
import sys
from pathlib import Path

import umbridge

from pendulum import angles

STEP = 1e-100
DATA = Path(__file__).parents[3] / "configs" / "data" / "pendulum.csv"
with open(DATA) as file:
    MEASURED = [float(row["value"]) for row in csv.DictReader(file)]


def log_likelihood(y, sigma):
    """Of the angles `y`, with sigma > 0; the sum is that of gmmvi's noise gaussian(sigma)."""
    log = cmath.log if isinstance(sigma, complex) else math.log
    return sum(
        -0.5 * ((measured - angle) / sigma) ** 2 - log(sigma) - 0.5 * math.log(2.0 * math.pi)
        for measured, angle in zip(MEASURED, y)
    )


class OneVector(umbridge.Model):
    """A model of one vector of parameters and one of outputs, which `values(x, functions)` has."""

    def __call__(self, parameters, config):
        return [list(self.values(parameters[0], math))]

    def gradient(self, out_wrt, in_wrt, parameters, sens, config):
        gradient = []
        for p in range(len(parameters[0])):
            x = [complex(value, STEP if i == p else 0.0) for i, value in enumerate(parameters[0])]
            gradient.append(sum(s * complex(y).imag for s, y in zip(sens, self.values(x, cmath))) / STEP)
        return gradient

    def supports_evaluate(self):
        return True

    def supports_gradient(self):
        return True


class Pendulum(OneVector):
    def get_input_sizes(self, config):
        return [4]

    def get_output_sizes(self, config):
        return [40]

    def values(self, x, functions):
        return angles(x, functions)


class Likelihood(OneVector):
    def get_input_sizes(self, config):
        return [5]

    def get_output_sizes(self, config):
        return [1]

    def values(self, x, functions):
        return [log_likelihood(angles(x[:4], functions), x[4])]


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 4242
    umbridge.serve_models([Pendulum("pendulum"), Likelihood("likelihood")], port)
