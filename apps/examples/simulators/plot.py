"""python plot.py RUN/samples.nc pendulum.png: draws of the fit, which `gmmvi sample` makes, against the data."""

import csv
import inspect
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import netCDF4

from pendulum import pendulum

posterior = netCDF4.Dataset(sys.argv[1])["posterior"]
names = list(inspect.signature(pendulum).parameters)
draws = [posterior[name][0] for name in names]
with open(Path(__file__).parents[3] / "configs" / "data" / "pendulum.csv") as file:
    data = [(float(row["time"]), float(row["value"])) for row in csv.DictReader(file)]

figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 2.8), layout="constrained")
for n in range(50):
    left.plot([0.25 * (m + 1) for m in range(40)], pendulum(*(values[n] for values in draws)), "C0", lw=0.5, alpha=0.3)
left.plot(*zip(*data), "k.", ms=5)
left.set(xlabel="time [s]", ylabel="angle [rad]", title="50 draws and the measurements")
damping, friction = (draws[names.index(name)][:1500] for name in ("damping", "friction"))
right.plot(damping, friction, "C0.", ms=2)
right.plot(0.12, 0.15, "r+", ms=12, mew=2)
right.set(xlabel="damping [1/s]", ylabel="friction [rad/s²]", title="1500 draws, and the truth")
figure.savefig(sys.argv[2], dpi=75)
