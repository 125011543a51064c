#!/bin/sh
# The daemon is killed at any moment, alone or with all its helper processes, or its mount is
# removed, while clients are active: each client soon gets its answer or an error, and the next
# start leaves nothing of the previous one. Six times; with WDFUSE_STRESS_SECONDS up to five
# hundred.
# Alone: another daemon that starts meanwhile would remove what is left.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/helpers.sh"
requires root

rounds=6
ends_at=
if [ -n "${WDFUSE_STRESS_SECONDS-}" ]; then
    rounds=500
    ends_at=$(($(date +%s) + WDFUSE_STRESS_SECONDS))
fi
seed=${WDFUSE_SEED:-$$}

# random ROUND LIMIT: a number below the limit, the same for a seed.
random() {
    awk -v seed="$seed" -v round="$1" -v limit="$2" \
        'BEGIN { srand(seed * 1000 + round); rand(); print int(rand() * limit) }'
}

start_clients() {
    readers=
    for _ in 1 2 3; do
        # shellcheck disable=SC2016 # for that shell
        start_client sh -c 'while cat "$1" && echo x | dd of="$1" conv=nocreat,notrunc
            do :; done' sh "$device" >/dev/null 2>&1
        readers="$readers $client"
    done
}

# A client ends with the error that it gets.
expect_clients_gone() {
    for reader in $readers; do
        eventually 5 is_gone "$reader" || fail "$where: a client hangs"
        wait "$reader" || :
    done
}

end_daemon() { # KIND
    case $1 in
    0) kill -KILL "$pid" ;;
    1) signal_service KILL ;;
    2) signal_service TERM ;;
    3) if [ -n "$mount" ]; then umount -l "$mount"; else kill -KILL "$pid"; fi ;;
    esac
    eventually 15 is_gone "$pid" || fail "$where: the daemon is not gone"
    daemon_forget
}

# Those of this device: daemons of other tests have their own.
count_mounts() {
    grep -cF " $mount " /proc/self/mounts || :
}

expect_one_of_each() {
    [ -z "$mount" ] || expect_equal "$where: mounts" 1 "$(count_mounts)"
    [ "$(readlink "$(echo_link)")" = "$device" ] || fail "$where: the link is not this daemon's"
    for socket in $sockets; do
        [ ! -S "$socket" ] || fail "$where: $socket is left"
    done
}

sockets=
round=0
is_time() {
    [ -z "$ends_at" ] || [ "$(date +%s)" -lt "$ends_at" ]
}

while [ "$round" -lt "$rounds" ] && is_time; do
    round=$((round + 1))
    kind_of_end=$(random "$round" 4)
    where="round $round of seed $seed, end $kind_of_end"
    start_echod
    expect_one_of_each
    sockets=/run/wdfuse/$pid.socket
    start_clients
    sleep "0.$(printf '%03d' "$(random "$((round + 500))" 200)")"
    end_daemon "$kind_of_end"
    expect_clients_gone
done

where="at the end"
start_echod
expect_one_of_each
expect_service
stop_echod
[ ! -L "$(echo_link)" ] || fail "the link is left"
