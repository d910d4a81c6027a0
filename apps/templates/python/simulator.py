"""A damped oscillation. Put your own simulator in its place."""

from math import cos, exp

TIMES = [0.2 * (i + 1) for i in range(30)]  # seconds, those of observations.csv


def simulate(amplitude, damping, frequency):
    """The outputs, one for each row of the data. The arguments are the parameters of config.yml, by name.

    Raise an exception where there is no result: this evaluation has then failed, and the fit goes on.
    """
    return [amplitude * exp(-damping * t) * cos(frequency * t) for t in TIMES]
