#!/usr/bin/env bash
# Kills runs at random moments (mpirun, or one of its ranks, by SIGKILL) and resumes them on other numbers of ranks until
# they end: the mixture has to be that of an undisturbed run, bit for bit, and no evaluation that had ended may have been
# made again. Between a kill and the next job, journals lose bytes and checkpoints are damaged.
#
#   torture.sh GMMVI MPIRUN [ROUNDS] [IN_FLIGHT] [SEED]
#
# GMMVI: the program. MPIRUN: mpirun with its options, without -n. IN_FLIGHT: batches in flight; with several, jobs have
# some slots a rank, too. Prints the seed, for a second look at a failure.
set -euo pipefail

gmmvi=$1
read -ra mpirun <<<"$2"
rounds=${3:-10}
in_flight=${4:-1}
seed=${5:-$$}
RANDOM=$seed
echo "torture: $rounds rounds, $in_flight batches in flight, seed $seed"

work=$(mktemp -d)
launcher=0
trap '[[ $launcher -eq 0 ]] || kill -9 "$launcher" 2>/dev/null || true; rm -rf "$work"' EXIT
ranks_to_choose=(1 2 3 7)

cat >"$work/simulator.yml" <<'END'
codename: SAMTRON
target:
  type: sleeping
  around: {type: random_gaussian_mixture, num_dimensions: 4}
  seconds: 0.004
  sigma: 0.7
  failures: {exception: 0.02, not_a_number: 0.02}
  log: null
model_initialization: {num_initial_components: 2, prior_scale: 30.0}
sample_selector_config: {desired_samples_per_component: 20, ratio_reused_samples_to_desired: 3}
num_component_adapter_config: {add_iters: 2, del_iters: 3, num_prior_samples: 10}
gmmvi_runner_config: {log_metrics_interval: 4}
run: {iterations: 12, metrics_samples: 20}
max_database_size: 400
output: {checkpoint_iterations: 2}
END
echo "evaluation: {max_retries: 1, batches_in_flight: $in_flight}" >>"$work/simulator.yml"

fail() {
  echo "torture: $*" >&2
  sed 's/^/  /' "$work/out.txt" >&2
  exit 1
}

hash_of() { sed -n 's/.*"model_hash": "\(.*\)".*/\1/p' "$1/status.json"; }

# begins FOLDER RANKS SLOTS ARGUMENTS: in the background; its process is $launcher.
begins() {
  local folder=$1 ranks=$2 slots=$3
  shift 3
  "${mpirun[@]}" -n "$ranks" "$gmmvi" run "$@" --set "target.log=$folder.log" --set "evaluation.slots=$slots" \
    --progress none >"$work/out.txt" 2>&1 &
  launcher=$!
}

# The ranks of $launcher that work in FOLDER.
ranks_of() { pgrep -f "${gmmvi##*/} run .*$1" | grep -vx "$launcher" || true; }

# waits_for_its_end FOLDER: that of $launcher. An mpirun one of whose ranks dies while MPI starts may wait for ever, of which no rank knows yet:
# then it is killed, as a job script would. Once the program has said its first line nothing may hang.
waits_for_its_end() {
  for ((i = 0; i < 600; ++i)); do
    kill -0 "$launcher" 2>/dev/null || break
    sleep 0.05
  done
  if kill -0 "$launcher" 2>/dev/null; then
    ! grep -q '^gmmvi ' "$work/out.txt" || fail "30 seconds after a rank was killed the others still run"
    echo "mpirun hangs, a rank of which was killed while MPI started: killed, too"
    mapfile -t ranks_left < <(ranks_of "$1")
    kill -9 "$launcher" "${ranks_left[@]}" 2>/dev/null || true
  fi
  wait "$launcher" 2>/dev/null || true
}

# kills FOLDER: mpirun or one rank; returns once nobody is left.
kills() {
  local victims=("$launcher")
  if ((RANDOM % 2)); then mapfile -t victims < <(ranks_of "$1" | shuf -n 1 --random-source=<(yes "$RANDOM")); fi
  [[ ${#victims[@]} -eq 0 ]] || kill -9 "${victims[0]}" 2>/dev/null || true
  waits_for_its_end "$1"
  launcher=0
  for ((i = 0; i < 200; ++i)); do
    [[ -n $(ranks_of "$1") ]] || return 0
    sleep 0.05
  done
  fail "processes of $1 are left"
}

# Spoils files of FOLDER as a crash might; prints how many evaluations that may cost.
spoils() {
  local cost=0 file size
  if ((RANDOM % 3 == 0)); then
    file=$(find "$1/journal" -name '*.journal' | shuf -n 1 --random-source=<(yes "$RANDOM"))
    size=$(stat -c %s "$file")
    # Less than a record, which has more than 100 bytes, so that it costs one evaluation at most.
    if ((size > 200)); then
      truncate -s "$((size - 1 - RANDOM % 100))" "$file"
      cost=1
    fi
  fi
  if ((RANDOM % 3 == 0)); then
    file=$(find "$1/checkpoints" -name '*.checkpoint' 2>/dev/null | sort | tail -n 1)
    if [[ -n $file ]]; then
      size=$(stat -c %s "$file")
      printf 'damage' | dd of="$file" bs=1 seek="$((RANDOM % (size - 6)))" conv=notrunc status=none
    fi
  fi
  echo "$cost"
}

begins "$work/undisturbed" 2 1 "$work/simulator.yml" --out "$work/undisturbed"
# Ranks that are not found are not killed, and every round would pass.
until [[ -n $(ranks_of "$work/undisturbed") ]]; do
  kill -0 "$launcher" 2>/dev/null || fail "the ranks of a run were not found among the processes"
  sleep 0.05
done
wait "$launcher" || fail "the undisturbed run failed"
launcher=0
expected=$(hash_of "$work/undisturbed")
launches=$(wc -l <"$work/undisturbed.log")
echo "undisturbed: model $expected, $launches evaluations"

for ((round = 1; round <= rounds; ++round)); do
  folder=$work/round$round
  allowed=$launches kills=0 ended=no
  while [[ $ended == no ]]; do
    ranks=${ranks_to_choose[RANDOM % ${#ranks_to_choose[@]}]}
    slots=1
    if ((in_flight > 1)); then slots=$((1 + RANDOM % 3)); fi
    if [[ -e $folder/config.yml ]]; then
      begins "$folder" "$ranks" "$slots" --resume "$folder"
    else
      begins "$folder" "$ranks" "$slots" "$work/simulator.yml" --out "$folder"
    fi
    # The last of many goes to its end.
    if ((kills < 6)); then
      sleep "$(printf '0.%02d' $((RANDOM % 100)))"
      sleep "$((RANDOM % 2))"
    else
      wait "$launcher" || fail "round $round: the run failed"
    fi
    if ! kill -0 "$launcher" 2>/dev/null; then
      wait "$launcher" || fail "round $round: the run failed"
      launcher=0 ended=yes
      continue
    fi
    kills "$folder"
    kills=$((kills + 1))
    # In flight were at most two groups a slot, each tried twice at most.
    allowed=$((allowed + 2 * slots * ranks))
    if [[ -d $folder/journal ]]; then allowed=$((allowed + 2 * $(spoils "$folder"))); fi
  done
  [[ $(hash_of "$folder") == "$expected" ]] || fail "round $round: model $(hash_of "$folder") instead of $expected"
  made=$(wc -l <"$folder.log")
  ((made <= allowed)) || fail "round $round: $made evaluations, and $allowed would have done"
  echo "round $round: $kills kills, $made evaluations, model $(hash_of "$folder")"
  rm -rf "$folder"
done
