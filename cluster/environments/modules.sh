# shellcheck shell=bash
# Loads a compiler, MPI and libraries from a module system (Lmod, Environment Modules). Source it before you build, so
# that the job (GMMVI_ENVIRONMENT=modules) runs with what the program was built with:
#
#   source cluster/environments/modules.sh && GMMVI_SKIP_DEPS=1 cluster/local.sh build
#
# Modules are called differently everywhere: `module avail` and `module spider boost` show what yours are called. Name
# them here, or in GMMVI_MODULES. Where some libraries have none, spack.yaml beside this file builds them.
#
# Tried with Environment Modules 5.2 and Lmod 8.6 on made-up modules, not on a cluster.

gmmvi_default="gcc openmpi cmake ninja eigen boost fmt spdlog random123 cli11 yaml-cpp nlohmann-json"
gmmvi_default+=" cpp-httplib netcdf-c zlib"
GMMVI_MODULES=${GMMVI_MODULES:-$gmmvi_default}
unset gmmvi_default

# In jobs the shell has not read what defines `module`.
if ! command -v module >/dev/null; then
  for gmmvi_init in "${MODULESHOME:-/usr/share/modules}/init/bash" "${LMOD_PKG:-/usr/share/lmod/lmod}/init/bash" \
    /etc/profile.d/modules.sh /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh; do
    # shellcheck source=/dev/null
    [[ ! -r $gmmvi_init ]] || { source "$gmmvi_init" && break; }
  done
  unset gmmvi_init
fi

# What was loaded where the job was submitted is in its environment, too: only what is named here counts.
module purge
# shellcheck disable=SC2086  # a list of words
module load $GMMVI_MODULES
