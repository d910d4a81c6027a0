"""python plot.py RUN/samples.nc hare_lynx.png: draws of the fit, which `gmmvi sample` makes, against the data."""

import csv
import inspect
import sys

import matplotlib.pyplot as plt
import netCDF4

from hare_lynx import pelts

posterior = netCDF4.Dataset(sys.argv[1])["posterior"]
draws = [posterior[name][0] for name in inspect.signature(pelts).parameters]
with open("hare_lynx.csv") as file:
    rows = list(csv.DictReader(file))

figure, axes = plt.subplots(1, 2, figsize=(7.5, 2.8), sharex=True, layout="constrained")
for n in range(50):
    for axis, numbers in zip(axes, pelts(*(values[n] for values in draws)).reshape(2, 21)):
        axis.plot(range(1900, 1921), numbers, "C0", lw=0.5, alpha=0.3)
for axis, animal in zip(axes, ("hare", "lynx")):
    data = [(int(row["year"]), float(row["value"])) for row in rows if row["animal"] == animal]
    axis.plot(*zip(*data), "k.", ms=5)
    axis.set(title=f"{animal}: 50 draws and the data", ylabel="pelts [thousands]", xticks=range(1900, 1921, 5))
figure.savefig(sys.argv[2], dpi=75)
