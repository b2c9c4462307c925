#!/bin/sh
# Lets upstream's code judge all pods, and writes what it says below a digest of what it was asked. Needs Go; the modules come
# from its cache or proxy.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
node="$here/../../../node_modules/.bin/node"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$here/oracle" && go build -o "$scratch/oracle" .)
"$node" "$here/ask.ts" >"$scratch/questions"
"$node" -e 'import(process.argv[1]).then(({ digest, questions }) => console.log(JSON.stringify(digest(questions()))))' \
  "$here/random-pods.ts" >"$scratch/recorded"
"$scratch/oracle" <"$scratch/questions" >>"$scratch/recorded"
gzip -9n <"$scratch/recorded" >"$here/recorded.jsonl.gz"
