#!/usr/bin/env bash
# Runs validate, plan, apply, a comparison with the service, a second plan, which finds nothing to do,
# and a restore of one user's tags, against a sandbox on this machine.
# Usage: demo.sh FOLDER-OF-THE-BINARIES
set -euo pipefail

bin=$(cd "${1:?usage: demo.sh FOLDER-OF-THE-BINARIES}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
sandbox=
finish() {
  [ -z "$sandbox" ] || { kill "$sandbox" 2>/dev/null; wait "$sandbox" 2>/dev/null; } || true
  rm -rf "$work"
}
trap finish EXIT

run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

cd "$work"
PATH="$bin:$PATH"
export IMPRUNE_SANDBOX_KEY=demo-key-of-a-sandbox
export IMPRUNE_SECRET_KEY=$IMPRUNE_SANDBOX_KEY

imprune-sandbox --port 0 --port-file port --users 5000 --tags vip,winter \
  --edition ultimate --enabled account_deletion,tag_push >sandbox.log 2>&1 &
sandbox=$!
for _ in $(seq 100); do
  [ -s port ] && break
  kill -0 "$sandbox" 2>/dev/null || { cat sandbox.log; exit 1; }
  sleep 0.1
done
[ -s port ] || { echo "the sandbox did not start"; cat sandbox.log; exit 1; }
head -n 1 sandbox.log

sed "s/@PORT@/$(cat port)/" "$here/imprune.yaml" >imprune.yaml
seq -f 'user_%07g' 1 2500 >leavers.txt

run imprune validate
run imprune plan --refresh
run imprune apply --auto-approve --new-state
run imprune state verify
run imprune refresh
run imprune plan | tee second-plan
grep -q '^No changes\.' second-plan
run imprune tags restore imprune.state.tags-* user_0004502 --reopen --auto-approve
