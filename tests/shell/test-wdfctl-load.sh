#!/bin/sh
# A thousand queries per second harm no client: each gets its bytes, and each query its answer.
#
# WDFUSE_STRESS_SECONDS, as for a long run: a minute of it, and the clients are at least half as
# fast as without.
. "$(dirname "$0")/wdfctl.sh"

query_load=$build/tests/shell/query-load
seconds=1
[ "${WDFUSE_STRESS_SECONDS:-0}" -lt 100 ] || seconds=60

# count_messages: until $work/end exists; what comes back must be what was sent. Prints their
# number.
count_messages() {
    count=0
    while [ ! -e "$work/end" ]; do
        count=$((count + 1))
        echo "message $count" >"$device" || exit 1
        [ "$(message)" = "message $count" ] || exit 1
    done
    echo "$count"
}

# serve_clients WHAT COMMAND...: a client works while the command runs.
serve_clients() {
    rm -f "$work/end"
    count_messages >"$work/count" 2>"$work/complaint" &
    counting=$!
    "$@" || fail "$*: exit status $?"
    touch "$work/end"
    wait "$counting" || fail "a client was harmed: $(cat "$work/complaint")"
    messages=$(cat "$work/count")
    [ "$messages" -gt 0 ] || fail "the client has done nothing"
}

start_driver autosync
socket=$socket_folder/$pid.socket
serve_clients within $((seconds * 10 + 20)) "$query_load" "$socket" $((seconds * 1000)) 1000 \
    >"$work/answers"
say "$(cat "$work/answers"); $messages messages meanwhile"
if [ "$seconds" -eq 60 ]; then
    with=$messages
    serve_clients sleep 60
    say "$messages messages without questions"
    [ $((with * 2)) -ge "$messages" ] || fail "$with messages instead of $messages"
fi
stop_echod
