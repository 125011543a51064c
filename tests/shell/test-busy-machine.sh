#!/bin/sh
# The worker that carries requests may run on the clients' CPU, behind all other threads there. When
# others compute on all CPUs it would hardly run any more: this is noticed, and requests are carried
# as usual.
# Alone: it looks at how much the machine does in a time.
. "$(dirname "$0")/lib.sh"
chrt --idle 0 chrt --other 0 true 2>/dev/null ||
    skip 'who has gone behind everybody is not allowed to come back'

log=$work/log

requests_are_carried() {
    within 20 "$build/tests/bench/load" --size=64 --seconds=0.5 "$device" >"$work/rate" ||
        fail "the client's exit status is $?"
    grep -qF -e "$1" "$log"
}

"$echod" -f --name="$name" ${mount:+"--mount=$mount" --uring=off} --read=sample \
    --log-level=debug 2>"$log" &
pid=$!
daemons="$daemons $pid"
eventually 10 test -e "$device" || fail "there is no device: $(cat "$log")"
eventually 20 requests_are_carried 'behind the clients there' ||
    fail "nothing was carried behind the clients, at $(cat "$work/rate")"
for _ in $(seq $((2 * $(nproc)))); do
    start_client sh -c 'while :; do :; done'
done
eventually 20 requests_are_carried 'somebody else needed the CPU' ||
    fail "nobody noticed that the machine is busy, at $(cat "$work/rate")"
