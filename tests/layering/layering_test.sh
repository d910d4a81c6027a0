#!/usr/bin/env bash
# layering_test.sh <source folder>: no file of src/ or include/ includes what its folder may not know. The compiler finds
# only what CMake links; here it stands in one place which folders may link each other at all.
set -euo pipefail
cd "$1"

# What a folder may include besides itself and include/gmmvi. It names folders above its own line only, so that there is
# no cycle. `options` is the options.hpp of any folder: plain structs, which include nothing of src/ but others of them.
layers='
core:
math: core
model: core math
comm: core
external: core options
problem: core math model external
target: core math external problem
samples: core math model comm
evaluation: core model comm
strategy: core math model
solver: core math model comm samples evaluation strategy
config: core options
io: core model
runner: core math model comm external problem target samples evaluation strategy solver config io
report: core model io
commands: core math model comm external problem target samples evaluation strategy solver config io runner report'

# The beginning of a header's name (a regular expression), and the only files that may include it.
owners='
mpi[.]h                     src/comm/ include/gmmvi/with_mpi.hpp
gmmvi/with_mpi[.]hpp        src/comm/ src/commands/main.cpp
yaml-cpp/                   src/config/
netcdf                      src/io/
boost/(archive|serialization) src/io/
nlohmann/                   src/io/ src/external/
CLI/                        src/commands/
(spdlog/|zlib[.]h)          src/core/
dlfcn[.]h                   src/external/ src/core/homes.cpp
(httplib|spawn|sys/socket|netdb)[.]h src/external/'

grep -rnE '^[[:space:]]*#[[:space:]]*include' src include |
  awk -v layers="$layers" -v owners="$owners" '
    function wrong(what) { print at ": " what; failed = 1 }
    BEGIN {
      for (n = split(layers, lines, "\n"); n > 1; --n) {
        split(lines[n], part, ": *")
        order[part[1]] = n
        known[part[1]] = " " part[2] " "
      }
      for (folder in known)
        for (i = split(known[folder], names, " "); i > 0; --i)
          if (names[i] != "options" && !(names[i] in order && order[names[i]] < order[folder])) {
            at = "layering_test.sh"
            wrong(folder " names " names[i] ", which does not stand above it")
          }
      own_count = split(owners, own, "\n")
    }
    {
      split($0, hit, ":")  # file:line:text
      at = hit[1] ":" hit[2]
      match($0, /[<"][^>"]*/)
      header = substr($0, RSTART + 1, RLENGTH - 1)
      split(hit[1], path, "/")
      split(header, into, "/")
      of = into[1]
      by = path[1] == "include" ? "include" : path[2]
      if (by != "include" && !(by in order)) wrong("layering_test.sh does not know the folder " by)
      if (path[3] == "options.hpp") by = "options"
      if (of in order && of != by && !index(known[by], " " of " ") &&
          !(into[2] == "options.hpp" && (by == "options" || index(known[by], " options "))))
        wrong(by " may not include " header)
      for (i = 2; i <= own_count; ++i) {
        split(own[i], owner, " +")
        if (header !~ "^" owner[1]) continue
        allowed = 0
        places = own[i]
        sub("^[^ ]+ +", " ", places)
        for (j in owner) allowed = allowed || index(hit[1], owner[j]) == 1
        if (!allowed) wrong(header " has nothing to do here, only in" places)
      }
    }
    END { exit failed }'
