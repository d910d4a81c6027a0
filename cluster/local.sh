#!/usr/bin/env bash
# One machine: installs what is missing, builds, runs, tests. `cluster/local.sh help` says how.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
preset=${GMMVI_PRESET:-release}
build=$root/build/$preset

# What building, running and testing need, under the names of Debian 12 and Ubuntu 22.04 and later.
packages=(
  g++ cmake ninja-build pkg-config
  make # what CMake takes where nobody says otherwise: for plugins and targets of one's own
  libopenmpi-dev openmpi-bin
  libeigen3-dev libboost-dev libboost-serialization-dev libfmt-dev libspdlog-dev librandom123-dev
  libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libnetcdf-dev zlib1g-dev
  libcpp-httplib-dev
  libjs-chart.js
  libgtest-dev libbenchmark-dev
  python3 # runs simulators that are Python functions
  python3-venv # for the tests of the Python package, with what PyPI has
  procps  # pgrep, for the tests that kill
)
# What only developers need. The version is fixed because each clang-format formats a little differently.
format_packages=(git clang-format-14)
tidy_packages=(git clang-tidy-14)
# What reads the files of runs for docs/results.md.
results_packages=(jq)
# What the documentation takes besides the Python packages of docs/requirements.txt: the pages of the C++ headers.
docs_packages=(doxygen)
# libFuzzer comes with Clang's run-time library.
fuzz_packages=(clang-14 libclang-rt-14-dev)
developer_packages=("${format_packages[@]}" "${tidy_packages[@]}" "${fuzz_packages[@]}" shellcheck)

usage() {
  cat <<'END'
usage: cluster/local.sh COMMAND ...

  run [CONFIG] [-n RANKS] [OPTIONS]
             fit the mixture that CONFIG describes; OPTIONS go to `gmmvi run`
  test [OPTIONS]
             build everything and run the tests; OPTIONS go to ctest
  bench [OPTIONS]
             run the benchmarks; OPTIONS go to Google Benchmark
  results [OPTIONS]
             make the fits of the published experiments (up to three hours),
             and rewrite the tables of docs/results.md; --help: its OPTIONS
  docs [--external]
             build the documentation site in build/docs/html, run its tutorials,
             and check its links; --external: those to other sites, too
  build [OPTIONS]
             build everything; OPTIONS go to `cmake --build`
  deps [--developer]
             install the packages that are missing; --developer: also what
             format, tidy and fuzz need
  format [--check]
             clang-format all C++ files; --check: change nothing, fail on a
             difference
  tidy [--base COMMIT] [--limit S]
             clang-tidy what changed since COMMIT (default: the branch, or the
             last commit); --limit: begin no further file after S seconds, and
             name those left out
  fuzz [SECONDS] [READER...]
             feed readers of files (config, table, ...: the folders of
             tests/fuzz/corpus; all by default) with damaged ones, each for
             SECONDS (60), as many at once as there are cores; what makes one
             crash, hang, leak or eat memory stays in build/fuzz/found
  env        print what Open MPI needs as root and with more ranks than cores,
             for a shell: eval "$(cluster/local.sh env)"
  help       this text

Each command first installs and builds what it needs. CONFIG defaults to
configs/published/breast_cancer_samtron.yml, RANKS to the physical cores, at
least 2 and at most 8.

  GMMVI_PRESET=dev     another preset of CMakePresets.json (default: release)
  GMMVI_SKIP_DEPS=1    install and check nothing: the dependencies come from
                       elsewhere
END
}

say() { printf '%s\n' "local.sh: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

# --- Dependencies ---------------------------------------------------------------------------------------------------

is_installed() { [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# /etc/os-release names the distribution in ID, and those that it derives from in ID_LIKE.
has_apt() {
  command -v apt-get >/dev/null && grep -qsE '^ID(_LIKE)?=.*\b(debian|ubuntu)\b' /etc/os-release
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "installing packages needs root, and there is no sudo here. As root: apt-get install ${missing[*]}"
  fi
}

# Installs those of the given packages that are missing; asks for nothing, root included, where there are none.
install() {
  [[ -z ${GMMVI_SKIP_DEPS:-} ]] || return 0
  if ! has_apt; then
    say "this system is neither Debian nor Ubuntu, so nothing can be installed from here."
    say "Install these (their Debian names), then run again with GMMVI_SKIP_DEPS=1:"
    fail "  $*"
  fi
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  local apt_get=(as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet -o DPkg::Lock::Timeout=120)
  local log=$root/build/install.log
  mkdir -p "$root/build"
  "${apt_get[@]}" update </dev/null >"$log" 2>&1 ||
    say "apt-get update had errors (they are in $log); going on with the package lists there are"
  "${apt_get[@]}" install --yes --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1 || {
    grep -E '^[EW]: ' "$log" >&2 || tail -n 20 "$log" >&2
    fail "apt-get could not install what is missing; all that it said is in $log"
  }
}

deps() {
  case ${1:-} in
    '') install "${packages[@]}" ;;
    --developer) install "${packages[@]}" "${developer_packages[@]}" ;;
    *) fail "deps: unknown option $1 (allowed: --developer)" ;;
  esac
}

# --- Building -------------------------------------------------------------------------------------------------------

# A compiler takes about a gigabyte for a file full of Eigen: no more of them than there is memory for.
build_jobs() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  echo $((gigabytes >= cores ? cores : gigabytes > 1 ? gigabytes : 1))
}

# Runs a command and all that it starts in a process group of its own, which ends as a whole when this script is to end:
# else compilers would go on.
in_one_group() {
  local group signal
  set -m
  "$@" &
  set +m
  group=$!
  for signal in INT TERM HUP; do
    # shellcheck disable=SC2064  # the group as it is now
    trap "kill -- -$group 2>/dev/null; trap - $signal; kill -$signal \$\$" "$signal"
  done
  local code=0
  wait "$group" || code=$?
  trap - INT TERM HUP
  return "$code"
}

# Errors and warnings of CMake go to stderr: only its progress is left out.
configure() {
  install "${packages[@]}"
  [[ -f $build/build.ninja ]] || say "configuring $build"
  local launcher=${CMAKE_CXX_COMPILER_LAUNCHER-$(command -v ccache)} options=()
  # What a cache keeps is of use in another build folder only without precompiled headers.
  [[ -z $launcher ]] || options=(-D CMAKE_CXX_COMPILER_LAUNCHER="$launcher" -D CMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
  in_one_group cmake -S "$root" --preset "$preset" "${options[@]}" >/dev/null
}

# How long it takes to compile $1 files by $2 compilers at once, at eight seconds a file.
estimate() {
  local most=$((($1 * 8 + $2 * 60 - 1) / ($2 * 60)))
  if ((most > 1)); then echo "up to about $most minutes"; else echo "about a minute"; fi
}

# What ninja prints, in a few lines: all of it into the file $1; on the screen its progress, [17/160], on a terminal as
# one line that is renewed, elsewhere a line for every tenth, and in full what compilers have to say.
show_progress() {
  local line shown='' tenth=0 width=80
  [[ ! -t 2 ]] || width=$(stty size 2>/dev/null <&2 | cut -d ' ' -f 2)
  ((width > 0)) || width=80
  clear_shown() {
    [[ -z $shown ]] || printf '\r\033[K' >&2
    shown=''
  }
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\  ]]; then
      if [[ -t 2 ]]; then
        shown=${line:0:width-1}
        printf '\r\033[K%s' "$shown" >&2
      elif ((BASH_REMATCH[1] * 10 / BASH_REMATCH[2] > tenth)); then
        tenth=$((BASH_REMATCH[1] * 10 / BASH_REMATCH[2]))
        ((BASH_REMATCH[2] < 10)) || say "built ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
      fi
    elif [[ $line != 'ninja: no work to do.' ]]; then
      clear_shown
      printf '%s\n' "$line" >&2
    fi
  done 3>"$1"
  clear_shown
}

# The log, then options of `cmake --build`.
build_and_show() {
  local log=$1
  shift
  cmake --build "$build" "$@" 2>&1 | show_progress "$log"
}

build() {
  configure
  local jobs files log=$build/build.log
  jobs=$(build_jobs)
  files=$(cmake --build "$build" "$@" -- -n 2>/dev/null | grep -c 'Building CXX') || true
  ((files < 2)) || say "compiling $files files, $jobs at once: $(estimate "$files" "$jobs")"
  in_one_group build_and_show "$log" --parallel "$jobs" "$@" ||
    fail "the build failed: what is wrong stands above, and all that was printed in $log"
}

# --- Running --------------------------------------------------------------------------------------------------------

# What Open MPI needs to work on any single machine, containers and two-core runners included. A value that the caller
# has set wins.
mpi_environment() {
  # In containers everybody is root, which Open MPI refuses without these.
  export OMPI_ALLOW_RUN_AS_ROOT=${OMPI_ALLOW_RUN_AS_ROOT:-1}
  export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM:-1}
  # Tests use more ranks than there may be cores ...
  export OMPI_MCA_rmaps_base_oversubscribe=${OMPI_MCA_rmaps_base_oversubscribe:-1}
  # ... and several mpiruns at once would all bind their ranks to the same first cores.
  export OMPI_MCA_hwloc_base_binding_policy=${OMPI_MCA_hwloc_base_binding_policy:-none}
  # Containers often forbid the system call behind single-copy transfers, and broadcasts are faster without it.
  export OMPI_MCA_btl_vader_single_copy_mechanism=${OMPI_MCA_btl_vader_single_copy_mechanism:-none}
  # One machine needs the loopback interface only, and may have no other.
  export OMPI_MCA_btl_tcp_if_include=${OMPI_MCA_btl_tcp_if_include:-lo}
  export OMPI_MCA_oob_tcp_if_include=${OMPI_MCA_oob_tcp_if_include:-lo}
}

# The same, as lines for a shell.
env_lines() {
  mpi_environment
  env | grep -E '^OMPI_' | sort | sed -E "s/'/'\\\\''/g; s/^([^=]*)=(.*)$/export \\1='\\2'/"
}

# Physical cores that this process may use: of two hardware threads on one core each would get half.
physical_cores() {
  local allowed physical
  allowed=$(nproc)
  physical=$(lscpu --parse=CORE,SOCKET 2>/dev/null | grep -v '^#' | sort -u | wc -l) || physical=$allowed
  echo $((physical >= 1 && physical < allowed ? physical : allowed))
}

default_ranks() {
  local cores
  cores=$(physical_cores)
  echo $((cores < 2 ? 2 : cores > 8 ? 8 : cores))
}

# A config is looked for where the caller is, then in the repository.
config_path() {
  if [[ -e $1 || ! -e $root/$1 ]]; then echo "$1"; else echo "$root/$1"; fi
}

run() {
  local config='' ranks='' options=()
  while (($#)); do
    case $1 in
      -n)
        ranks=${2:-}
        [[ $ranks =~ ^[1-9][0-9]*$ ]] || fail "run: -n takes the number of ranks, a whole number from 1 on, not '$ranks'"
        shift
        ;;
      -*) options+=("$1") ;;
      *) if [[ -z $config && ${#options[@]} == 0 ]]; then config=$1; else options+=("$1"); fi ;;
    esac
    shift
  done
  build --target apps/gmmvi
  mpi_environment
  exec mpirun -n "${ranks:-$(default_ranks)}" "$build/apps/gmmvi" run \
    "$(config_path "${config:-configs/published/breast_cancer_samtron.yml}")" "${options[@]}" </dev/null
}

run_tests() {
  build
  mpi_environment
  cd "$root"
  # One more than cores: many tests wait for simulators that sleep.
  exec ctest --preset "$preset" --output-on-failure --parallel "$(($(nproc) + 1))" "$@"
}

bench() {
  local program
  build --target tests/benchmarks/all
  mpi_environment
  for program in "$build"/tests/benchmarks/*; do
    if [[ -f $program && -x $program ]]; then
      say "$program"
      "$program" "$@"
    fi
  done
}

results() {
  if [[ ${1:-} != --help ]]; then
    install "${results_packages[@]}"
    build --target apps/gmmvi
  fi
  GMMVI=$build/apps/gmmvi exec "$root/cluster/results.sh" "$@"
}

# --- Documentation --------------------------------------------------------------------------------------------------

# A Python environment with what the site is built with, made again when the list of packages changes.
docs_environment() {
  local folder=$1 made_of
  made_of=$(cat "$root/docs/requirements.txt" "$root/python/pyproject.toml" <(python3 --version) | cksum)
  [[ ! -f $folder/made_of || $(<"$folder/made_of") != "$made_of" ]] || return 0
  say "installing Sphinx and what else docs/requirements.txt names into $folder"
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$root/docs/requirements.txt" \
    --editable "$root/python"
  printf '%s\n' "$made_of" >"$folder/made_of"
}

# Warnings are errors, of Sphinx and of Doxygen.
docs() {
  local external='' environment=$root/build/docs-venv out=$root/build/docs
  case ${1:-} in
    '') ;;
    --external) external=1 ;;
    *) fail "docs: unknown option $1 (allowed: --external)" ;;
  esac
  install "${docs_packages[@]}"
  build --target apps/gmmvi
  docs_environment "$environment"
  mpi_environment
  export GMMVI=$build/apps/gmmvi GMMVI_DOCS_EXTRA=$out/extra PYTHONDONTWRITEBYTECODE=1
  rm -rf "$out/html" "$out/extra"
  mkdir -p "$out/extra"
  (cd "$root/docs" && OUT=$out/extra doxygen Doxyfile) || fail "docs: Doxygen found faults in comments: they stand above"
  # The kernels that run tutorials say of themselves that others on this machine might listen.
  "$environment/bin/sphinx-build" --quiet --fail-on-warning --keep-going -d "$out/doctrees" "$root/docs" "$out/html" \
    2> >(grep -v IPKernelApp >&2) ||
    fail "docs: what is wrong stands above"
  "$environment/bin/python" "$root/docs/check_links.py" "$out/html" || fail "docs: links that lead nowhere stand above"
  if [[ -n $external ]]; then
    "$environment/bin/sphinx-build" --quiet -b linkcheck -d "$out/doctrees" "$root/docs" "$out/linkcheck" ||
      fail "docs: links to other sites that lead nowhere stand above, and in $out/linkcheck/output.txt"
  fi
  say "the site is $out/html/index.html"
}

# --- Looking after the code -----------------------------------------------------------------------------------------

format() {
  local mode=-i
  case ${1:-} in
    '') ;;
    --check) mode='--dry-run --Werror' ;;
    *) fail "format: unknown option $1 (allowed: --check)" ;;
  esac
  install "${format_packages[@]}"
  cd "$root"
  # shellcheck disable=SC2086  # the mode is one or two words
  git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.h' |
    xargs -0 -r clang-format-14 $mode
}

# Where the branch left main; on main itself the commit before; for the first commit the empty tree.
default_base() {
  local head base
  head=$(git rev-parse HEAD)
  base=$(git merge-base HEAD origin/main 2>/dev/null) || base=$head
  [[ $base != "$head" ]] || base=$(git rev-parse --quiet --verify HEAD~1) || base=$(git hash-object -t tree /dev/null)
  echo "$base"
}

# The sources to check for the changes since commit $1, tests aside (GoogleTest's macros trip it): for a header the source
# of its name, or the first that includes it. Nobody may include it: then git grep fails, and there is nothing to check.
changed_sources() {
  local file
  git diff --name-only --diff-filter=d "$1" -- 'include/*.hpp' 'src/*.?pp' 'apps/*.?pp' | while read -r file; do
    if [[ $file == *.cpp ]]; then
      echo "$file"
    elif [[ -f ${file%.hpp}.cpp ]]; then
      echo "${file%.hpp}.cpp"
    else
      { git grep --files-with-matches --fixed-strings "${file#*/}\"" -- '*.cpp' || true; } | sed -n 1p
    fi
  done | sort -u
}

tidy() {
  local base='' limit=86400
  while (($#)); do
    case $1 in
      --base) base=${2:?tidy: --base takes a commit} ;;
      --limit) limit=${2:?tidy: --limit takes a number of seconds} ;;
      *) fail "tidy: unknown option $1 (allowed: --base, --limit)" ;;
    esac
    shift 2
  done
  install "${packages[@]}" "${tidy_packages[@]}"
  cd "$root"
  [[ -n $base ]] || base=$(default_base)
  git rev-parse --quiet --verify "$base" >/dev/null || fail "tidy: there is no commit '$base' here"
  say "clang-tidy on what changed since $base"
  # It reads no precompiled headers of another compiler, and one file at a time.
  local commands=$build/tidy
  cmake -S "$root" --preset "$preset" -B "$commands" -D CMAKE_DISABLE_PRECOMPILE_HEADERS=ON -D GMMVI_TOGETHER=OFF >/dev/null
  # shellcheck disable=SC2016  # the script's own arguments
  changed_sources "$base" | xargs -r -d '\n' -n 1 -P "$(nproc)" bash -c '
    (($(date +%s) < $1)) || { echo "no time left for $3"; exit 0; }
    findings=$(clang-tidy-14 -p "$2" --quiet "$3" 2>&1) || { echo "$findings"; exit 1; }
    echo "clean: $3"' tidy $(($(date +%s) + limit)) "$commands"
}

# Feeds the reader $2 for $1 seconds. It begins with the files of tests/fuzz/corpus; those that libFuzzer makes of them
# stay in build/fuzz/corpus.
fuzz_reader() {
  local seconds=$1 reader=$2 options=()
  local program=$build/tests/fuzz/fuzz_$reader log=$build/$reader.log
  local found=$build/found/$reader corpus=$build/corpus/$reader
  mkdir -p "$found" "$corpus"
  # HDF5 keeps memory for the next file, after which libFuzzer would search for leaks each time: programs that use it do
  # so once, at their end.
  [[ $(ldd "$program") != *libnetcdf* ]] || options=(-detect_leaks=0)
  if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 "${options[@]}" \
    -artifact_prefix="$found/" "$corpus" "$root/tests/fuzz/corpus/$reader" >"$log" 2>&1; then
    say "$reader: $(tail -n 1 "$log")"
  else
    grep -E 'ERROR|SUMMARY|runtime error|what\(\)|Test unit written' "$log" >&2 || tail -n 20 "$log" >&2
    say "$reader FAILED; all that it printed is in $log. The same again: $program FILE"
    return 1
  fi
}

# As many readers at once as there are cores.
fuzz() {
  local seconds=60 reader readers=() running=0 failed=0
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
  fi
  # Without a limit libFuzzer would go on for ever.
  ((seconds > 0)) || fail "fuzz: SECONDS is a whole number from 1 on"
  readers=("$@")
  if ((${#readers[@]} == 0)); then
    for reader in "$root"/tests/fuzz/corpus/*/; do readers+=("$(basename "$reader")"); done
  fi
  for reader in "${readers[@]}"; do
    [[ -d $root/tests/fuzz/corpus/$reader ]] ||
      fail "fuzz: there is no reader '$reader' (there are $(cd "$root/tests/fuzz/corpus" && echo *))"
  done
  preset=fuzz
  build=$root/build/fuzz
  install "${fuzz_packages[@]}"
  build "${readers[@]/#/--target=fuzz_}"
  for reader in "${readers[@]}"; do
    if ((running == $(nproc))); then
      wait -n || failed=1
      running=$((running - 1))
    fi
    fuzz_reader "$seconds" "$reader" &
    running=$((running + 1))
  done
  for ((; running > 0; --running)); do wait -n || failed=1; done
  ((failed == 0)) || fail "fuzz found faults: they stand above"
}

# --------------------------------------------------------------------------------------------------------------------

commands=(run test bench results docs build deps format tidy fuzz env help)

# Of a misspelt command: the one that begins alike, in brackets; or nothing.
did_you_mean() {
  local known
  for known in "${commands[@]}"; do
    if [[ ${1:0:2} == "${known:0:2}" ]]; then
      echo " (did you mean '$known'?)"
      return
    fi
  done
}

command=${1:-help}
(($# == 0)) || shift
case $command in
  deps | build | run | bench | results | docs | format | tidy | fuzz) "$command" "$@" ;;
  test) run_tests "$@" ;;
  env) env_lines ;;
  help | -h | --help) usage ;;
  *) fail "there is no command '$command'$(did_you_mean "$command"); there are ${commands[*]}" ;;
esac
