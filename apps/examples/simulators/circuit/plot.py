"""python plot.py RUN/samples.nc circuit.png: draws of the fit, which `gmmvi sample` makes, against the data."""

import csv
import sys

import matplotlib.pyplot as plt
import netCDF4

from circuit import response

posterior = netCDF4.Dataset(sys.argv[1])["posterior"]
draws = {name: posterior[name][0] for name in ("R", "L", "C")}
with open("response.csv") as file:
    data = [(float(row["frequency"]), float(row["value"])) for row in csv.DictReader(file)]

figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.0), layout="constrained")
for n in range(50):
    left.loglog(*zip(*response(**{name: values[n] for name, values in draws.items()})), "C0", lw=0.5, alpha=0.3)
left.loglog(*zip(*data), "k.", ms=5)
left.set(xlabel="frequency [Hz]", ylabel="amplitude", title="50 draws and the measurements")
right.plot(1e6 * draws["C"][:1500], 1e3 * draws["L"][:1500], "C0.", ms=2)
right.plot(1.0, 1.0, "r+", ms=12, mew=2)
right.set(xlabel="C [µF]", ylabel="L [mH]", title="1500 draws, and the truth")
figure.savefig(sys.argv[2], dpi=75)
