#!/usr/bin/env bash
# deploy.sh OVERLAY IMAGE: rolls IMAGE out, watches it for a while, and puts everything back if anything is wrong. IMAGE is
# REPOSITORY:TAG; the image of a process is REPOSITORY:TAG-PROCESS, such as ghcr.io/owner/undertone:v0.1.0-worker.
#
# Needs kubectl with the right cluster chosen. NAMESPACE (undertone); ROLLOUT_S (600): patience with each Deployment;
# WATCH_S (300): how long all must stay well afterwards.
set -Eeuo pipefail
overlay=$1 image=$2
namespace=${NAMESPACE:-undertone} rollout=${ROLLOUT_S:-600} watch=${WATCH_S:-300}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[[ -d $here/overlays/$overlay ]] || { echo "there is no overlay $overlay" >&2; exit 2; }

of_undertone() { kubectl --namespace "$namespace" get deployments --selector app.kubernetes.io/part-of=undertone --output name; }
rolled_out() { kubectl --namespace "$namespace" rollout status "$1" --timeout "${rollout}s"; }
restarts() {
  kubectl --namespace "$namespace" get pods --selector app.kubernetes.io/part-of=undertone \
    --output jsonpath='{.items[*].status.containerStatuses[*].restartCount}' | tr ' ' '\n' | awk '{sum += $1} END {print sum + 0}'
}

# Back means to these revisions: one that was not changed yet stays as it is.
declare -A revisions
for deployment in $(of_undertone); do
  revisions[$deployment]=$(kubectl --namespace "$namespace" get "$deployment" \
    --output jsonpath='{.metadata.annotations.deployment\.kubernetes\.io/revision}')
done
back() {
  [[ $BASH_SUBSHELL -eq 0 ]] || exit 1
  trap - ERR
  echo "something is wrong: going back" >&2
  for deployment in "${!revisions[@]}"; do
    kubectl --namespace "$namespace" rollout undo "$deployment" --to-revision "${revisions[$deployment]}" || true
  done
  for deployment in "${!revisions[@]}"; do rolled_out "$deployment" || true; done
  exit 1
}

# The image is put in by an overlay of the overlay, so that nothing here is changed.
cp -R "$here/base" "$here/overlays" "$work/"
mkdir "$work/release"
cat >"$work/release/kustomization.yaml" <<YAML
resources: [../overlays/$overlay]
images:
$(for process in worker sink gateway loop train; do
  echo "  - {name: undertone-$process, newName: \"${image%:*}\", newTag: \"${image##*:}-$process\"}"
done)
YAML
trap back ERR
kubectl apply --kustomize "$work/release"
for deployment in $(of_undertone); do rolled_out "$deployment"; done
first=$(restarts)
sleep "$watch"
for deployment in $(of_undertone); do rolled_out "$deployment"; done
[[ $(restarts) -le $first ]] || { echo "containers have been started again" >&2; back; }
echo "$image is rolled out"
