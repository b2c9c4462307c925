#!/bin/sh
body="Hello from $HOSTNAME, version ${VERSION:-1}"
if [ -r "${MESSAGE_FILE:-/config/message}" ]; then
  body="$body
$(cat "${MESSAGE_FILE:-/config/message}")"
fi
printf 'Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s\n' \
  "$(printf '%s\n' "$body" | wc -c)" "$body"
