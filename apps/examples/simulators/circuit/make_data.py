"""Makes response.csv: what ngspice gives for R = 10 ohm, L = 1 mH, C = 1 uF, with errors of 2 %."""

import random

from circuit import response

errors = random.Random(1827)
with open("response.csv", "w") as file:
    file.write("frequency,value\n")
    for frequency, amplitude in response(R=10.0, L=1e-3, C=1e-6):
        file.write(f"{frequency:.6g},{amplitude * (1.0 + errors.gauss(0.0, 0.02)):.6g}\n")
