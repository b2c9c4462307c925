#!/bin/sh
# The example web server: answers every GET / with who it is, its version and the message of its ConfigMap, on port $PORT.
httpd -f -p "${PORT:-8080}" -h /www &
server=$!
echo "Listening on port ${PORT:-8080}, version ${VERSION:-1}"

# Requests still come until every node has heard that this pod ends, so it goes on serving for a while; then it lets the
# connections it has come to their end.
stop() {
  echo "Stopping"
  sleep "${DRAIN_SECONDS:-3}"
  kill "$server"
  tries=50
  while pidof httpd >/dev/null && [ "$tries" -gt 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
  done
  echo "Stopped"
  exit 0
}
trap stop TERM INT
wait "$server"
