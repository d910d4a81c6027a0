#!/usr/bin/env bash
# cluster/gmmvi.sbatch without SLURM: as a job whose scontrol and squeue are stand-ins, first with a launcher that does
# as it is told, then with ranks whose run has to survive signals and starts.
#
#   sbatch_test.sh GMMVI MPIRUN
#
# GMMVI: the program. MPIRUN: mpirun with its options, without -n.
set -uo pipefail

gmmvi=$1
read -ra mpirun <<<"$2"
mpirun[0]=$(command -v "${mpirun[0]}") # not the stand-in below
script=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/cluster/gmmvi.sbatch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset "${!SLURM_@}" "${!GMMVI_@}"
mkdir bin
PATH=$work/bin:$PATH

# `reason` has what SLURM says of a job that ends; every requeue is a line of `requeued`, and fails if `refuse` is there.
cat >bin/scontrol <<'END_OF_FILE'
#!/usr/bin/env bash
case $1 in
  show) echo "JobState=COMPLETING Reason=$(cat reason)" ;;
  requeue) echo "$2" >>requeued && [[ ! -e refuse ]] ;;
esac
END_OF_FILE
cat >bin/squeue <<'END_OF_FILE'
#!/usr/bin/env bash
echo 2100-01-01T00:00:00
END_OF_FILE
# Notes how it is called; then ends with code $END at once or, if $WAIT is set, when SIGUSR1 comes. SIGTERM does nothing.
cat >bin/mpirun <<'END_OF_FILE'
#!/usr/bin/env bash
trap 'exit "$END"' USR1
trap '' TERM
echo $$ >launcher
echo "$*" >called
echo "$*" >>calls
[[ -z ${HANGS:-} ]] || (($(wc -l <calls) > HANGS)) || exec sleep 60
[[ -n ${WAIT:-} ]] || exit "$END"
[[ -z ${SAYS:-} ]] || echo "a line"
tenths=100
[[ -z ${SAYS:-} ]] || tenths=25
for ((i = 0; i < tenths; ++i)); do sleep 0.1; done
exit "$END"
END_OF_FILE
chmod +x bin/*

failures=0
check() { # WHAT EXPECTED ACTUAL
  [[ $2 == "$3" ]] && return
  failures=$((failures + 1))
  printf 'FAILED: %s\n  expected: %s\n  was:      %s\n' "$1" "$2" "$3"
  sed 's/^/  | /' log
}
check_says() { # WHAT TEXT
  grep -qF -- "$2" log || check "$1: says so" "$2" "something else"
}
requeued() { tr '\n' ' ' <requeued; }
called() { cat called 2>/dev/null; }

# begins [VARIABLE=VALUE ...] ARGUMENTS: the job in the background, as $job.
begins() {
  local variables=(SLURM_JOB_ID=7 END=0)
  while [[ ${1:-} =~ ^[A-Z_]+= ]]; do
    variables+=("$1")
    shift
  done
  : >requeued
  echo None >reason
  rm -f called
  env "${variables[@]}" bash "$script" "$@" >log 2>&1 &
  job=$!
}
ends() {
  wait "$job"
  code=$?
}
runs() {
  begins "$@"
  ends
}
# wait_until COMMAND ...: for ten seconds at most.
wait_until() {
  local i
  for ((i = 0; i < 200; ++i)); do
    "$@" && return
    sleep 0.05
  done
}
until_called() { wait_until test -e called; }

touch my.yml

runs END=75 my.yml --out a/ --set x=1 --iterations 5
check "first start" "gmmvi run my.yml --out a --set x=1 --iterations 5" "$(called)"
check "first start: requeued" "7 " "$(requeued)"

runs my.yml
check "folder by default" "gmmvi run my.yml --out runs/my-job7" "$(called)"
check "done" "0 " "$code $(requeued)"

mkdir a
echo "seed: 0" >a/config.yml
runs END=75 SLURM_RESTART_COUNT=1 my.yml --iterations 5 --out=a
check "second start" "gmmvi run --resume a --iterations 5" "$(called)"

mkdir b
touch b/config.yml b/config.yml.partial
runs SLURM_RESTART_COUNT=1 my.yml --out b
check "killed before it wrote anything" "gmmvi run my.yml --out b" "$(called)"
check "killed before it wrote anything: an empty folder" "" "$(ls b)"

runs END=78 my.yml --out c
check "an error" "78 " "$code $(requeued)"
check_says "an error" "exit code 78 ends the job"

runs END=75 GMMVI_MAX_RESTARTS=3 SLURM_RESTART_COUNT=2 my.yml --out c
check "one start is left" "7 " "$(requeued)"
runs END=75 GMMVI_MAX_RESTARTS=3 SLURM_RESTART_COUNT=3 my.yml --out c
check "no start is left" "75 " "$code $(requeued)"
check_says "no start is left" "submit the job again with --out c"

touch refuse
runs END=75 my.yml --out c
rm refuse
check "requeue refused" 75 "$code"
check_says "requeue refused" "did not let the job requeue itself"

begins WAIT=1 END=75 my.yml --out c
until_called
kill -USR1 "$job"
ends
check "told that time is nearly over" "7 " "$(requeued)"
begins WAIT=1 END=138 my.yml --out c
until_called
kill -USR1 "$job"
ends
check "told while ranks start" "7 " "$(requeued)"
begins WAIT=1 END=0 my.yml --out c
until_called
kill -USR1 "$job"
ends
check "done just in time" "0 " "$code $(requeued)"

begins WAIT=1 my.yml --out c
until_called
echo TimeLimit >reason
kill -TERM "$job"
wait_until test -s requeued
check "at the time limit" "7 " "$(requeued)"
kill -USR1 "$(cat launcher)"
ends
begins WAIT=1 END=75 my.yml --out c
until_called
kill -TERM "$job"
sleep 0.5
kill -USR1 "$(cat launcher)"
ends
check "cancelled" "75 " "$code $(requeued)"

# A launcher that hangs while it starts, as if it was deaf, so often.
hanging=(GMMVI_START_LIMIT=1 my.yml --out c)
rm -f calls
runs HANGS=1 END=0 "${hanging[@]}"
check "one start hangs" "0 2" "$code $(wc -l <calls)"
check_says "one start hangs" "no line of the program within 1 seconds (GMMVI_START_LIMIT): killed, try 1 of 3"
rm -f calls
runs HANGS=9 END=0 GMMVI_START_TRIES=2 "${hanging[@]}"
check "every start hangs" "75 2 " "$code $(wc -l <calls) $(requeued)"
check_says "every start hangs" "the program does not start"
rm -f calls
begins HANGS=9 "${hanging[@]}"
until_called
kill -TERM "$job"
ends
check "cancelled while it hangs" "1 " "$(wc -l <calls) $(requeued)"
rm -f calls
runs WAIT=1 SAYS=1 END=0 "${hanging[@]}"
check "a line came in time" "1 1" "$(wc -l <calls) $(grep -c '^a line$' log)"
check "a line came in time: nothing is killed" 0 "$(grep -c 'GMMVI_START_LIMIT' log)"
runs GMMVI_START_LIMIT=soon my.yml --out c
check "a limit that is none" 64 "$code"

array=(SLURM_ARRAY_JOB_ID=7 SLURM_JOB_ID=9)
runs "${array[@]}" SLURM_ARRAY_TASK_ID=3 END=75 my.yml
check "array of seeds" "gmmvi run my.yml --out runs/my-job7-seed3 --seed 3" "$(called)"
check "array of seeds: one is requeued" "7_3 " "$(requeued)"
runs "${array[@]}" SLURM_ARRAY_TASK_ID=1 GMMVI_CODENAMES="SAMTRON ZAMTRON" my.yml --out d
check "array of codenames" "gmmvi run my.yml --out d-ZAMTRON --codename ZAMTRON" "$(called)"
runs "${array[@]}" SLURM_ARRAY_TASK_ID=2 GMMVI_CODENAMES="SAMTRON ZAMTRON" my.yml --out d
check "array of codenames that is too long" "64 " "$code $(called)"

echo 'GMMVI="run in image"' >image.sh
runs GMMVI_ENVIRONMENT=./image.sh SLURM_CPUS_PER_TASK=4 my.yml --out c
check "environment and threads" "--bind-to none run in image run my.yml --out c" "$(called)"
runs GMMVI_ENVIRONMENT=nowhere my.yml --out c
check "no such environment" 64 "$code"
runs --out c
check "no config" 64 "$code"
runs my.yml --resume c
check "resume is not for users" 64 "$code"

# --- With ranks -----------------------------------------------------------------------------------------------------

cat >simulator.yml <<'END_OF_FILE'
codename: SAMTRON
target:
  type: sleeping
  around: {type: random_gaussian_mixture, num_dimensions: 4}
  seconds: 0.01
model_initialization: {num_initial_components: 2, prior_scale: 30.0}
sample_selector_config: {desired_samples_per_component: 20, ratio_reused_samples_to_desired: 0}
run: {iterations: 15}
END_OF_FILE
hash_of() { sed -n 's/.*"model_hash": "\(.*\)".*/\1/p' "$1/status.json"; }

real=(GMMVI="$gmmvi" GMMVI_LAUNCH="${mpirun[*]} -n 2")
runs "${real[@]}" simulator.yml --out undisturbed
check "a run" "0 " "$code $(requeued)"
[[ -n $(hash_of undisturbed) ]] || check "a run" "a model" "none"
touch lines
iterations() {
  [[ ! -e disturbed/metrics.jsonl ]] || cp disturbed/metrics.jsonl lines
  wc -l <lines
}
more_iterations() { (($(iterations) > before)); }
starts=0
while
  before=$(iterations)
  begins "${real[@]}" SLURM_RESTART_COUNT="$starts" simulator.yml --out disturbed
  if ((++starts < 3)); then
    wait_until more_iterations
    kill -USR1 "$job"
  fi
  ends
  ((starts < 4)) && [[ -s requeued ]]
do :; done
check "a run in three jobs" "3 0" "$starts $code"
check "a run in three jobs has the bits of one" "$(hash_of undisturbed)" "$(hash_of disturbed)"

((failures == 0)) && echo "all as expected"
