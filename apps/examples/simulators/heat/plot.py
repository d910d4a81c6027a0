"""python plot.py RUN/samples.nc heat.png: draws of the fit, which `gmmvi sample` makes, against the data."""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import netCDF4

HEAT = Path("heat").resolve()


def temperatures(diffusivity, warm):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "heat.in").write_text(f"{diffusivity} {warm}\n")
        subprocess.run(["mpirun", "-n", "2", HEAT], cwd=folder, check=True)
        return [float(line) for line in Path(folder, "temperatures.csv").read_text().splitlines()[1:]]


posterior = netCDF4.Dataset(sys.argv[1])["posterior"]
diffusivity, warm = (posterior[name][0] for name in ("diffusivity", "warm"))
with open("temperatures.csv") as file:
    places, values = zip(*((float(row["place"]), float(row["value"])) for row in csv.DictReader(file)))

figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 2.8), layout="constrained")
for n in range(20):
    left.plot(places, temperatures(diffusivity[n], warm[n]), "C0", lw=0.5, alpha=0.4)
left.plot(places, values, "k.", ms=5)
left.set(xlabel="place [m]", ylabel="temperature [K]", title="20 draws and the measurements")
right.plot(1e5 * diffusivity[:1500], warm[:1500], "C0.", ms=2)
right.plot(4.0, 55.0, "r+", ms=12, mew=2)
right.set(xlabel="diffusivity [1e-5 m²/s]", ylabel="warm end [K]", title="1500 draws, and the truth")
figure.savefig(sys.argv[2], dpi=75)
