#!/usr/bin/env bash
# Records upstream's answers to all questions again: starts etcd and kube-apiserver of the pinned version over empty
# stores, again for each set of cases that needs other flags, and stops them. With names: these suites of test/parity/http,
# "audit" for what the server records of requests, "encryption" for values as it encrypts them, and "volumes" for what the controller manager makes of claims and volumes.
#
#   BIN=<directory of etcd and kube-apiserver> test/parity/record-all.sh [SUITE …]
set -euo pipefail
bin=${BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/upstream-kubernetes/${K8S_VERSION:-v1.37.1}/bin}
here=$(cd "$(dirname "$0")" && pwd)
node=$here/../../node_modules/.bin/node
"$node" "$here/../upstream/needs.ts" openssl curl
[ -x "$bin/etcd" ] && [ -x "$bin/kube-apiserver" ] || [ -n "${BIN:-}" ] || "$node" "$here/../upstream/build.ts" etcd kube-apiserver
port=${PORT:-18643}
pids=()
dir=$(mktemp -d)
stop() { for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done; pids=(); rm -rf "$dir/etcd"; }
trap 'stop; rm -rf "$dir"' EXIT
cd "$dir"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 2>/dev/null
issue() { # name, subject, extensions
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -out "$1.crt" -days 2 -extfile <(printf '%s' "$3") 2>/dev/null
}
issue server /CN=server "subjectAltName=IP:127.0.0.1"
issue admin /O=system:masters/CN=admin "extendedKeyUsage=clientAuth"
openssl genrsa -out sa.key 2048 2>/dev/null
cat > admin.conf <<C
clusters: [{name: u, cluster: {server: "https://127.0.0.1:$port", certificate-authority: $dir/ca.crt}}]
users: [{name: a, user: {client-certificate: $dir/admin.crt, client-key: $dir/admin.key}}]
contexts: [{name: c, context: {cluster: u, user: a}}]
current-context: c
C
start() { # flags of kube-apiserver
  "$bin/etcd" --data-dir "$dir/etcd" --listen-client-urls "http://127.0.0.1:$((port + 1))" --advertise-client-urls "http://127.0.0.1:$((port + 1))" \
    --listen-peer-urls "http://127.0.0.1:$((port + 2))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 2))" \
    --initial-cluster "default=http://127.0.0.1:$((port + 2))" >etcd.log 2>&1 &
  pids+=($!)
  "$bin/kube-apiserver" --etcd-servers="http://127.0.0.1:$((port + 1))" --secure-port="$port" --bind-address=127.0.0.1 --advertise-address=192.0.2.1 \
    --tls-cert-file=server.crt --tls-private-key-file=server.key --client-ca-file=ca.crt \
    --service-account-key-file=sa.key --service-account-signing-key-file=sa.key --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-cluster-ip-range=10.96.0.0/16 --authorization-mode=Node,RBAC --allow-privileged=true "$@" >apiserver.log 2>&1 &
  pids+=($!)
  for _ in $(seq 300); do
    curl -sk -m 2 --cert admin.crt --key admin.key "https://127.0.0.1:$port/readyz" | grep -q '^ok' && { sleep 2; return; }
    kill -0 "${pids[-1]}" 2>/dev/null || break
    sleep 0.2
  done
  tail -5 apiserver.log >&2
  return 1
}
# Suites whose server has other flags, each on a line with them: "suite --flag=value …".
flagged=$("$node" -e 'import(process.argv[1]).then(({ loadSuites }) => { for (const { name, flags } of loadSuites())
  if (Object.keys(flags).length > 0) console.log([name, ...Object.entries(flags).map((flag) => `--${flag.join("=")}`)].join(" ")); })' "$here/http/suites.ts")
plain=()
for suite in "$@"; do [[ $suite == @(volumes|audit|encryption) ]] || grep -q "^$suite " <<<"$flagged" || plain+=("$suite"); done
if [ $# -eq 0 ] || [ ${#plain[@]} -gt 0 ]; then
  start
  "$node" "$here/http/record.ts" admin.conf "${plain[@]}"
  [ $# -gt 0 ] || "$node" "$here/openapi/record.ts" admin.conf
  stop
fi
while read -r suite flags; do
  [ $# -gt 0 ] && [[ " $* " != *" $suite "* ]] && continue
  # shellcheck disable=SC2086
  start $flags
  "$node" "$here/http/record.ts" admin.conf "$suite"
  stop
done <<<"$flagged"
if [ $# -eq 0 ] || [[ " $* " == *" volumes "* ]]; then
  # The controllers alone make the default service account a matter of nobody's.
  start --disable-admission-plugins=ServiceAccount
  "$bin/kube-controller-manager" --kubeconfig=admin.conf --leader-elect=false --secure-port=$((port + 3)) --bind-address=127.0.0.1 \
    --pvclaimbinder-sync-period=1s --controllers=persistentvolume-binder-controller,persistentvolume-protection-controller,persistentvolumeclaim-protection-controller,ephemeral-volume-controller >manager.log 2>&1 &
  pids+=($!)
  "$node" "$here/volumes/record.ts" admin.conf
  stop
fi
if [ $# -eq 0 ] || [[ " $* " == *" audit "* ]]; then
  start --audit-policy-file="$here/audit/policy.yml" --audit-log-path="$dir/audit.log"
  "$node" "$here/audit/record.ts" admin.conf "$dir/audit.log"
  stop
fi
if [ $# -eq 0 ] || [[ " $* " == *" encryption "* ]]; then
  secret=$(openssl rand -base64 32)
  sealed=()
  for provider in aesgcm aescbc; do
    printf '%s\n' "apiVersion: apiserver.config.k8s.io/v1" "kind: EncryptionConfiguration" \
      "resources: [{resources: [secrets], providers: [{$provider: {keys: [{name: k1, secret: \"$secret\"}]}}]}]" >encryption.yml
    start --encryption-provider-config="$dir/encryption.yml"
    curl -sk --cert admin.crt --key admin.key -H 'content-type: application/json' "https://127.0.0.1:$port/api/v1/namespaces/default/secrets" \
      -d '{"metadata":{"name":"s"},"stringData":{"a":"password"}}' >/dev/null
    key=/registry/secrets/default/s
    value=$("$bin/etcdctl" --endpoints "127.0.0.1:$((port + 1))" get "$key" -w json | "$node" -e 'console.log(JSON.parse(require("fs").readFileSync(0)).kvs[0].value)')
    sealed+=("{\"provider\":\"$provider\",\"secret\":\"$secret\",\"key\":\"$key\",\"sealed\":\"$value\"}")
    stop
  done
  (IFS=,; printf '[%s]\n' "${sealed[*]}") >"$here/../../packages/store/src/encryption/upstream-sealed.json"
fi
[ $# -gt 0 ] && exit 0
# shellcheck disable=SC2046
start $("$node" -e 'import(process.argv[1]).then((m) => console.log(m.ADMISSION.join(" ")))' "$here/admission.ts")
"$node" "$here/record.ts" admin.conf
"$node" "$here/managed-fields/record.ts" admin.conf
"$here/../../node_modules/.bin/oxfmt" "$here/managed-fields"
