#!/bin/sh
# Asks upstream's engine all questions, and writes what it answers. Needs Go; the modules come from its cache or proxy.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$here/oracle" && go build -o "$scratch/oracle" .)
"$scratch/oracle" <"$here/questions.json" >"$here/recorded.jsonl"
# The specification's expressions are asked about the same variables.
cat "$here/questions.json" "$here/specification.json" | node -e '
  const [questions, specification] = require("fs").readFileSync(0, "utf8").split(/(?<=^\})\n?(?=\{)/m).map((text) => JSON.parse(text));
  console.log(JSON.stringify({ ...questions, ...specification }));
' >"$scratch/specification"
"$scratch/oracle" <"$scratch/specification" >"$here/specification-recorded.jsonl"
