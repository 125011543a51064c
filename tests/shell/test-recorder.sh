#!/bin/sh
# A daemon that is killed at any moment, or crashes, leaves the last events of each of its threads.
# The files of the last eight stay; a damaged or foreign one is rejected in one line; without room
# for a file the daemon serves as usual.
#
# WDFUSE_STRESS_SECONDS, as for a long run: 200 daemons.
. "$(dirname "$0")/lib.sh"

post_mortem=$build/tests/shell/post-mortem
export RUNTIME_DIRECTORY="$work/run"
mkdir "$work/run"
rounds=2
[ "${WDFUSE_STRESS_SECONDS:-0}" -lt 100 ] || rounds=200

# It must not create a file where the node has been.
start_load() {
    start_client sh -c 'while echo hello | dd of="$1" conv=nocreat,notrunc &&
        dd if="$1" bs=64 count=1; do :; done' sh "$device" >/dev/null 2>&1
}

random_moment() {
    sleep "$(awk -v seed="$1" 'BEGIN { srand(seed); printf "%.3f", rand() / 4 }')"
}

# A dying process has threads for a while after it is a zombie.
has_ended() { # FILE
    "$post_mortem" "$1" >"$work/report" || fail "$1 can't be read"
    grep -q ', has ended$' "$work/report"
}

# Each thread has its own line, followed by events.
expect_events_of_each_thread() { # FILE
    eventually 5 has_ended "$1" || fail "$(cat "$work/report")"
    awk '/^thread .*: [0-9]+ events$/ { if (threads++ && !events) exit 1; events = 0 }
         /^  [-+][0-9]/ { events++ }
         END { exit !(threads && events) }' "$work/report" ||
        fail "a thread without events: $(cat "$work/report")"
    grep -q 'EvtIo' "$work/report" || fail "no callback: $(cat "$work/report")"
}

kill_under_load() { # SIGNAL ROUND
    choose_device "$2$1"
    start_echod
    start_load
    first=$client
    start_load
    random_moment "$$$2"
    # A load that began slowly has done nothing yet.
    echo hello >"$device" || true
    kill -"$1" "$pid"
    eventually 10 is_gone "$pid" || fail "the killed daemon is not gone"
    daemon_forget
    expect_end "$first"
    expect_end "$client"
    expect_events_of_each_thread "$work/run/echod-$pid.ring"
}

# shellcheck disable=SC3045 # no core files; a shell without it leaves them
ulimit -S -c 0
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    kill_under_load KILL "$round"
    kill_under_load SEGV "$round"
done

last=$work/run/echod-$pid.ring
head -c 5000 "$last" >"$work/cut"
expect_failure "it is cut off" "$post_mortem" "$work/cut"
expect_failure "no file of rings" "$post_mortem" "$build/tests/shell/post-mortem"
expect_failure "No such file" "$post_mortem" "$work/none"

# Of ended daemons the newest eight stay, beside the running one's.
for one in 1 2 3 4 5 6 7 8 9; do
    cp "$last" "$work/run/older-$one.ring"
    touch -d "2020-01-0$one" "$work/run/older-$one.ring"
done
choose_device many
start_echod
files=$(find "$work/run" -name '*.ring' | wc -l)
expect_equal "files of rings" 9 "$files"
[ -e "$last" ] && [ ! -e "$work/run/older-1.ring" ] || fail "the wrong files are removed"
"$post_mortem" "$work/run/echod-$pid.ring" >"$work/report"
grep -q ', is running$' "$work/report" || fail "$(cat "$work/report")"
stop_echod

choose_device off
start_echod --recorder=off
expect_service
[ ! -e "$work/run/echod-$pid.ring" ] || fail "a recorder that is off has a file"
stop_echod
expect_refusal 2 "neither off nor a size" "$echod" --name=none --recorder=3

# A full file system: no room for the tables, for the first ring, for the second.
mkdir "$work/full"
export RUNTIME_DIRECTORY="$work/full"
for size in 64k 96k 130k; do
    mount -t tmpfs -o "size=$size" none "$work/full" 2>/dev/null || break
    choose_device "full$size"
    start_echod 2>"$work/complaints"
    expect_service
    stop_echod
    umount "$work/full"
done
