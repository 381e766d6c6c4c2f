#!/usr/bin/env bash
# On a worker of a TPU: install this copy of the project, or run one of its commands until it has ended.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

INTERRUPTED=75 # the exit code of a run that was told to stop and has saved

setup() { # the bucket at /runs, and Python 3.11 with the versions that the project is tested with
  local bucket=$1
  if ! command -v gcsfuse > /dev/null; then
    local keys=/usr/share/keyrings/cloud.google.asc
    curl -fsSL https://packages.cloud.google.com/apt/doc/apt-key.gpg | sudo tee "$keys" > /dev/null
    echo "deb [signed-by=$keys] https://packages.cloud.google.com/apt gcsfuse-$(lsb_release -cs) main" |
      sudo tee /etc/apt/sources.list.d/gcsfuse.list > /dev/null
    sudo apt-get update -qq
    sudo apt-get install -y -qq gcsfuse
  fi
  if ! mountpoint -q /runs; then
    sudo mkdir -p /runs
    sudo chown "$USER" /runs
    gcsfuse --implicit-dirs "$bucket" /runs
  fi
  python3 -m pip install -q --user uv
  ~/.local/bin/uv venv -q --python 3.11 .venv
  ~/.local/bin/uv pip install -q --python .venv/bin/python -c constraints.txt -e ".[tpu]"
}

run() { # MODULE SETTING=VALUE ...; what was interrupted goes on, and what has failed ends
  local code=0
  echo "worker $(hostname), $(date -u +%FT%TZ): $*"
  # Left over from before a preemption they make the start of a new run wait for machines that are gone.
  env | grep '^MEGASCALE_' || echo "no MEGASCALE_* variable is set"
  if [ "${SLICES:-1}" -gt 1 ]; then
    export LIBTPU_INIT_ARGS="${LIBTPU_INIT_ARGS:-} --megascale_abort_on_hangs=true"
  fi
  while true; do
    "${PYTHON:-.venv/bin/python}" -m "$@" resume=true || code=$?
    [ "$code" -eq "$INTERRUPTED" ] || exit "$code"
    echo "stopped and saved; it goes on"
    code=0
  done
}

"$@"
