# shellcheck shell=bash
# Ranks in the image of apptainer.def beside this file, and mpirun outside, where it knows the job and its network.
# GMMVI_IMAGE: the image's path, on a file system that all nodes see.
#
# Not tried, for want of an Apptainer; with chroot in its place, mpirun outside and ranks inside do work together.

GMMVI_IMAGE=${GMMVI_IMAGE:-gmmvi.sif}
[[ -r $GMMVI_IMAGE ]] || {
  echo "apptainer.sh: there is no image $GMMVI_IMAGE in $PWD: build it, or name it in GMMVI_IMAGE" >&2
  return 1
}
# The mpirun outside; a site's own way to name it.
# module load openmpi
export GMMVI="apptainer exec --bind $PWD --pwd $PWD $GMMVI_IMAGE gmmvi"
