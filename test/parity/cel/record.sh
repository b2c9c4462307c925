#!/bin/sh
# Asks upstream's engine all of questions.json, and writes recorded.jsonl. Needs Go; the modules come from its cache or proxy.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(mktemp)
trap 'rm -f "$program"' EXIT
(cd "$here/oracle" && go build -o "$program" .)
"$program" <"$here/questions.json" >"$here/recorded.jsonl"
