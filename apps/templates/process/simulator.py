"""A damped oscillation as a program that answers lines of JSON. Put your own in its place, in any language."""

import json
import sys
from math import cos, exp

TIMES = [0.2 * (i + 1) for i in range(30)]  # seconds, those of observations.csv


def simulate(amplitude, damping, frequency):
    """The outputs, one for each row of the data."""
    return [amplitude * exp(-damping * t) * cos(frequency * t) for t in TIMES]


json.loads(sys.stdin.readline())  # {"protocol": 1, "parameters": ["amplitude", ...], "options": {}}
print(json.dumps({"protocol": 1, "outputs": len(TIMES)}), flush=True)
for line in sys.stdin:
    question = json.loads(line)  # {"id": 17, "parameters": {"amplitude": 1.5, ...}, "gradient": false, "seed": 123}
    answer = {"id": question["id"]}
    try:
        answer["outputs"] = simulate(**question["parameters"])
    except ArithmeticError as error:
        answer["error"] = str(error)  # this evaluation has failed, and the fit goes on
    print(json.dumps(answer), flush=True)
