#!/bin/sh
# Lets upstream's code judge the configuration files, and writes what it says. Needs Go; the modules come from its cache or proxy.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$here/oracle" && go build -o "$scratch/oracle" .)
for about in authentication authorization claims; do
  "$scratch/oracle" "$about" <"$here/$about.json" >"$here/$about-recorded.json"
done
