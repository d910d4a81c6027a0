#!/usr/bin/env bash
# Runs the published experiments, and writes docs/results.md from what they leave. `cluster/local.sh results` builds the
# program, says in GMMVI where it is, and calls this.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
gmmvi=${GMMVI:?call this as: cluster/local.sh results}
folder=$root/results
page=$root/docs/results.md
seeds=(0 1 2)
jobs=$(nproc)
only=.
write_only=
metrics_samples=100000

say() { printf '%s\n' "results: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

usage() {
  cat <<'END'
usage: cluster/local.sh results [OPTIONS]

  --only REGEX     only fits whose name (table/config) matches; the others keep what they have
  --seeds "0 1 2"  the seeds of every fit
  --jobs N         fits at once, each on one rank (default: the cores)
  --write          write the page from the runs there are, run nothing

A run that is in results/ already is not made again. All of them take some three hours on two cores.
END
}

# --- What is run ----------------------------------------------------------------------------------------------------

# Table, config of configs/published, seconds, −ELBO wanted, −ELBO published, further options.
experiments() {
  cat <<'END'
samtron   stm300_samtron           3600 -     14.96
samtron   planar_robot_4_samtron    480 12.0  11.47
samtron   breast_cancer_samtron     300 78.15 78.00
samtron   stm20_samtron             240 0.05  0.00
samtron   gmm100_samtron            180 0.05  0.01
samtron   breast_cancer_mb_samtron  180 -     78.4…79.7
samtron   gmm20_samtron              60 0.01  0.00
zamtrux   gmm100_zamtrux            120 -     -
zamtrux   breast_cancer_zamtrux      90 -     -
zamtrux   breast_cancer_mb_zamtrux   90 -     -
zamtrux   planar_robot_4_zamtrux     90 -     -
zamtrux   gmm20_zamtrux              60 -     -
zamtrux   stm20_zamtrux              60 -     -
sepyfux   stm300_sepyfux            120 -     -
sepyfux   breast_cancer_sepyfux      60 -     -
sepyfux   breast_cancer_mb_sepyfux   60 -     -
sepyfux   gmm20_sepyfux              60 -     -
sepyfux   gmm100_sepyfux             60 -     -
sepyfux   stm20_sepyfux              60 -     -
sepyfux   planar_robot_4_sepyfux     60 -     -
expensive breast_cancer_samtron     600 78.8  -  --preset expensive --max-evaluations 8000
expensive gmm20_samtron             600 0.05  -  --preset expensive --max-evaluations 20000
expensive planar_robot_4_samtron    600 13.0  -  --preset expensive --max-evaluations 60000
END
}

run_folder() { echo "$folder/$1/$2-seed$3"; }

# A fit that was cut off is made again.
is_finished() { [[ $(jq -r .state "$1/status.json" 2>/dev/null) == finished ]]; }

run_one() {
  local table=$1 config=$2 seconds=$3 seed=$4 to
  shift 4
  to=$(run_folder "$table" "$config" "$seed")
  is_finished "$to" && return
  rm -rf -- "$to"
  say "$table/$config, seed $seed"
  "$gmmvi" run "$root/configs/published/$config.yml" --seed "$seed" --set run.max_evaluations=null \
    --max-seconds "$seconds" --set run.metrics_samples="$metrics_samples" --out "$to" --progress none "$@" \
    </dev/null >/dev/null || say "$table/$config, seed $seed: FAILED, see $to/log.txt"
}

run_all() {
  local table config seconds wanted published options seed
  while read -r table config seconds wanted published options; do
    [[ $table/$config =~ $only ]] || continue
    for seed in "${seeds[@]}"; do
      while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
      # shellcheck disable=SC2086  # several options
      run_one "$table" "$config" "$seconds" "$seed" $options &
    done
  done < <(experiments)
  wait
}

# --- The page -------------------------------------------------------------------------------------------------------

# What a run's files say, a number a column: −ELBO, its standard error, modes found, modes, components, evaluations,
# iterations, seconds, ranks, and after how many evaluations and seconds −ELBO was first as wanted.
facts() {
  jq -n -r --slurpfile status "$1/status.json" --arg wanted "$2" '
    [inputs | select(.elbo != null) | {evaluations, wall_seconds, elbo, target_metrics}] as $measured
    | $status[0] as $s
    | ($measured[-1].target_metrics // {}) as $own
    | (first($measured[] | select($wanted != "-" and -.elbo <= ($wanted | tonumber))) // {}) as $reached
    | [-$s.elbo, $s.elbo_standard_error, $own.modes_found // "-", $own.modes // "-", $s.components, $s.evaluations,
       $s.iteration, $s.wall_seconds, $s.ranks, $reached.evaluations // "-", $reached.wall_seconds // "-"]
    | @tsv' "$1/metrics.jsonl"
}

# A row of a table: −ELBO of every seed; of the other numbers the median.
row() {
  local table=$1 config=$2 wanted=$3 published=$4 seed from
  for seed in "${seeds[@]}"; do
    from=$(run_folder "$table" "$config" "$seed")
    if is_finished "$from"; then facts "$from" "$wanted"; fi
  done | awk -F '\t' -v name="$config" -v wanted="$wanted" -v published="$published" '
    function median(values, n,   i, j, held) {
      for (i = 2; i <= n; i++)
        for (j = i; j > 1 && values[j - 1] > values[j]; j--) { held = values[j]; values[j] = values[j - 1]; values[j - 1] = held }
      return values[int((n + 1) / 2)]
    }
    function grouped(number,   text, out) {
      text = sprintf("%d", number)
      for (out = ""; length(text) > 3; text = substr(text, 1, length(text) - 3)) out = "," substr(text, length(text) - 2) out
      return text out
    }
    function or_none(value) { return value == "-" || value == "" ? "–" : value }
    {
      # a standard error of nothing is that of a perfect fit
      elbo[NR] = sprintf($1 < 10 && $1 > -10 ? "%.4f" : "%.3f", $1)
      if ($2 > error) error = $2
      if ($3 != "-") { found = found (found == "" ? "" : ", ") $3; modes = $4 }
      components[NR] = $5; evaluations[NR] = $6; iterations[NR] = $7; seconds[NR] = $8; ranks = $9
      if ($10 != "-") { reached++; first_evaluations[reached] = $10; first_seconds[reached] = $11 }
    }
    END {
      if (NR == 0) exit
      list = elbo[1]
      for (i = 2; i <= NR; i++) list = list ", " elbo[i]
      first = wanted == "-" ? "" : reached == 0 ? "not reached" :
        sprintf("%s evaluations, %.0f s (%d of %d)", grouped(median(first_evaluations, reached)), median(first_seconds, reached), reached, NR)
      printf "| %s | %s | %.1g | %s | %s | %s | %s | %d | %s | %s | %.0f | %d |\n", name, list, error, or_none(wanted), first,
        or_none(published), found == "" ? "–" : found (modes == "-" ? "" : " of " modes), median(components, NR),
        grouped(median(evaluations, NR)), grouped(median(iterations, NR)), median(seconds, NR), ranks
    }'
}

table() {
  local wanted_table=$1 table config seconds wanted published options
  cat <<'END'
| config | −ELBO, a seed each | standard error | wanted | first there after | published | modes | components | evaluations | iterations | seconds | ranks |
|---|---|---|---|---|---|---|---|---|---|---|---|
END
  # shellcheck disable=SC2034  # read only to get at the others
  while read -r table config seconds wanted published options; do
    if [[ $table == "$wanted_table" ]]; then row "$table" "$config" "$wanted" "$published"; fi
  done < <(experiments)
}

machine() {
  printf 'On %s cores of %s, version %s, %s.\n' "$(nproc)" \
    "$(lscpu | sed -n 's/^Model name: *//p' | sed -n 1p)" "$("$gmmvi" --version)" "$(date -u +%F)"
}

# Replaces what stands between `<!-- NAME -->` and `<!-- end -->` in the page; the rest is written by hand.
write_page() {
  local line inside='' new
  new=$(mktemp)
  while IFS= read -r line; do
    [[ $line == '<!-- end -->' ]] && inside=''
    [[ -n $inside ]] || printf '%s\n' "$line"
    case $line in
      '<!-- machine -->') inside=1 && machine ;;
      '<!-- front '*) inside=1 && front_table "$(cut -d ' ' -f 3 <<<"$line")" ;;
      '<!-- end -->') ;;
      '<!-- '*) inside=1 && table "$(cut -d ' ' -f 2 <<<"$line")" ;;
    esac
  done <"$page" >"$new"
  mv -- "$new" "$page"
  say "wrote $page"
}

# --------------------------------------------------------------------------------------------------------------------

while (($#)); do
  case $1 in
    --only) only=${2:?results: --only takes a regular expression} && shift ;;
    --seeds) read -ra seeds <<<"${2:?results: --seeds takes numbers}" && shift ;;
    --jobs) jobs=${2:?results: --jobs takes a number} && shift ;;
    --write) write_only=1 ;;
    -h | --help) usage && exit ;;
    *)
      usage >&2
      fail "there is no option $1"
      ;;
  esac
  shift
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || fail "--jobs takes a whole number from 1 on, not '$jobs'"
mkdir -p "$folder"
[[ -n $write_only ]] || run_all
write_page
