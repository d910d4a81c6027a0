"""A damped oscillation as a server: pip install umbridge; python3 server.py. Put your own model in its place."""

from math import cos, exp

import umbridge

TIMES = [0.2 * (i + 1) for i in range(30)]  # seconds, those of observations.csv


class Oscillation(umbridge.Model):
    def __init__(self):
        super().__init__("oscillation")

    def get_input_sizes(self, config):
        return [3]  # amplitude, damping, frequency: in the order of config.yml

    def get_output_sizes(self, config):
        return [len(TIMES)]  # one for each row of the data

    def __call__(self, parameters, config):
        amplitude, damping, frequency = parameters[0]
        return [[amplitude * exp(-damping * t) * cos(frequency * t) for t in TIMES]]

    def supports_evaluate(self):
        return True


umbridge.serve_models([Oscillation()], 4242)
