#!/usr/bin/env bash
# A Cloud TPU of the generations v4 to v6e, as a queued resource: created, set up, used, watched and deleted.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: queued.sh ACTION --name=NAME --zone=ZONE [OPTION ...] [-- MODULE SETTING=VALUE ...]

actions, in the order of a run:
  create   ask for the TPU; it is used and paid for from the moment that it is ACTIVE
  status   what the request has come to
  setup    copy this commit to every worker, install it, and mount the bucket at /runs
  run      start a command on every worker, and go on where an earlier one has stopped
  logs     what the command prints on the first worker
  delete   give everything back, and list what is left in the zone
A TPU that was preempted is SUSPENDED: delete, create, setup and the same run go on from the last checkpoint.

options:
  --name=NAME       of the request and of its TPU
  --zone=ZONE       as in us-east5-b
  --type=TYPE       for create: v4-8, v5litepod-4, v5p-8, v6e-4 or larger
  --slices=N        several TPUs of that type in one run (Multislice); default: 1
  --bucket=BUCKET   for setup: the bucket of Cloud Storage that holds the runs, without gs://
  --project=ID      default: the one that gcloud is set to
  --on-demand       for create: dearer, and not preempted; default: Spot
  --wait=DURATION   for create: how long the request may wait in the queue; default: 24h
  --dry-run         print the commands and run none

  queued.sh create --name=mine --zone=us-east5-b --type=v6e-4 --dry-run
  queued.sh run --name=mine --zone=us-east5-b -- scripts.train paradigm=transformer
USAGE
}

refuse() { # one sentence, and the exit code of bad input
  echo "error: $1" >&2
  exit 2
}

quoted() { # words as a shell reads them back
  local word
  local -a words=()
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_./:=@,+-]+$ ]]; then words+=("$word"); else words+=("${word@Q}"); fi
  done
  echo "${words[*]}"
}

call() { # print a command, and run it unless this is a dry run
  quoted "$@"
  if [ -z "$dry_run" ]; then "$@"; fi
}

on_workers() { # run a command on some workers of every TPU
  local workers=$1 command=$2 node
  for node in "${nodes[@]}"; do
    call gcloud compute tpus tpu-vm ssh "$node" "${place[@]}" --worker="$workers" --command="$command"
  done
}

runtime_of() { # the software of a type of TPU: https://cloud.google.com/tpu/docs/runtimes
  case $1 in
    v4-*) echo tpu-ubuntu2204-base ;;
    v5litepod-*) echo v2-alpha-tpuv5-lite ;;
    v5p-*) echo v2-alpha-tpuv5 ;;
    v6e-*) echo v2-alpha-tpuv6e ;;
    *) refuse "--type=$1 is none of v4-N, v5litepod-N, v5p-N, v6e-N; of TPU7x and later docs/cloud_tpu.md says what to use" ;;
  esac
}

create() {
  [ -n "$type" ] || refuse "create needs --type, as in --type=v6e-4"
  local runtime
  runtime=$(runtime_of "$type")
  local -a shape=(--node-id="$name") tier=(--spot)
  if [ "$slices" -gt 1 ]; then shape=(--node-count="$slices" --node-prefix="$name"); fi
  if [ -n "$on_demand" ]; then tier=(); fi
  echo "# Cost: every chip-hour from ACTIVE until it is deleted, used or not, whether or not a run has ended."
  echo "# Prices: https://cloud.google.com/tpu/pricing. It is given back by:"
  echo "# $(quoted "$0" delete --name="$name" "${place[@]}")"
  call gcloud compute tpus queued-resources create "$name" "${place[@]}" "${shape[@]}" \
    --accelerator-type="$type" --runtime-version="$runtime" "${tier[@]}" --valid-until-duration="$wait"
}

status() {
  echo "# SUSPENDED: preempted, or deleted from elsewhere. Then delete, create, setup and the same run go on."
  call gcloud compute tpus queued-resources describe "$name" "${place[@]}" '--format=value(state.state)'
}

setup() {
  [ -n "$bucket" ] || refuse "setup needs --bucket, where runs outlive the TPU, as in --bucket=my-runs"
  [ "${bucket#gs://}" = "$bucket" ] || refuse "--bucket=$bucket: give the name alone, --bucket=${bucket#gs://}"
  local archive=gradient-cost.tar.gz node
  call git -C "$root" archive --format=tar.gz --output="/tmp/$archive" HEAD
  for node in "${nodes[@]}"; do
    call gcloud compute tpus tpu-vm scp "/tmp/$archive" "$node:$archive" "${place[@]}" --worker=all
  done
  on_workers all "mkdir -p gradient-cost && tar -xzf $archive -C gradient-cost && bash gradient-cost/scripts/tpu/worker.sh setup $bucket"
}

run() {
  [ "${#command[@]}" -gt 0 ] || refuse "run needs a command behind --, as in -- scripts.train paradigm=transformer"
  case ${command[0]} in
    scripts.train | scripts.compare | scripts.study) ;;
    *) refuse "${command[0]} cannot be resumed: run scripts.train, scripts.compare or scripts.study" ;;
  esac
  [[ " ${command[*]} " != *" resume="* ]] || refuse "resume=true is always set: leave resume out"
  if [[ " ${command[*]} " != *" run_dir="* ]]; then command+=(run_dir=/runs/auto); fi
  on_workers all "SLICES=$slices nohup bash gradient-cost/scripts/tpu/worker.sh run $(quoted "${command[@]}") >> gradient-cost.log 2>&1 < /dev/null &"
}

logs() {
  nodes=("${nodes[0]}")
  on_workers 0 "tail -n 100 -f gradient-cost.log"
}

delete() {
  call gcloud compute tpus queued-resources delete "$name" "${place[@]}" --force --quiet
  echo "# What is still in the zone, and paid for:"
  call gcloud compute tpus tpu-vm list "${place[@]}"
}

[ "${BASH_VERSINFO[0]}" -ge 5 ] || refuse "this is bash $BASH_VERSION, and bash 5 or newer is needed"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
action=${1:-}
case $action in
  create | status | setup | run | logs | delete) shift ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
name='' zone='' type='' slices=1 bucket='' on_demand='' wait=24h dry_run=''
project=() command=()
while [ $# -gt 0 ]; do
  case $1 in
    --name=*) name=${1#*=} ;;
    --zone=*) zone=${1#*=} ;;
    --type=*) type=${1#*=} ;;
    --slices=*) slices=${1#*=} ;;
    --bucket=*) bucket=${1#*=} ;;
    --project=*) project=("$1") ;;
    --on-demand) on_demand=yes ;;
    --wait=*) wait=${1#*=} ;;
    --dry-run) dry_run=yes ;;
    --) shift; command=("$@"); break ;;
    *) refuse "$1 is not an option; queued.sh --help lists them" ;;
  esac
  shift
done
[ -n "$name" ] || refuse "$action needs --name, as in --name=mine"
[ -n "$zone" ] || refuse "$action needs --zone, as in --zone=us-east5-b"
[[ $slices =~ ^[1-9][0-9]*$ ]] || refuse "--slices=$slices must be a whole number of at least 1"
place=(--zone="$zone" "${project[@]}")
nodes=("$name")
if [ "$slices" -gt 1 ]; then mapfile -t nodes < <(seq -f "$name-%.0f" 0 $((slices - 1))); fi
"$action"
