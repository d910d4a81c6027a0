# shellcheck shell=bash
# Activates the Spack environment of spack.yaml beside this file. Before the first time, on a login node:
#
#   spack -e cluster/environments install
#   source cluster/environments/spack.sh
#   cmake --preset release -DGMMVI_TESTS=OFF -DGMMVI_BENCHMARKS=OFF -DGMMVI_CHART_JS=/path/of/chart.min.js
#   cmake --build --preset release
#
# Chart.js, which reports draw with, is not in Spack: the file is in the npm package chart.js, version 3 or later, as
# dist/chart.min.js or dist/chart.umd.js, and in Debian's libjs-chart.js.
#
# Not tried, for want of a Spack.

# In jobs the shell may not have read what defines `spack`.
if ! command -v spack >/dev/null; then
  # shellcheck source=/dev/null
  source "${SPACK_ROOT:?spack is neither on the PATH, nor is SPACK_ROOT set}/share/spack/setup-env.sh"
fi
spack env activate "$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
