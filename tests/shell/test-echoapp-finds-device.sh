#!/bin/sh
# echoapp without --device uses the first device of the echo interface class that opens, and prints
# which.
# Alone: other tests' devices are of the same interface class.
. "$(dirname "$0")/lib.sh"

guid=$(sed -n 's/^#define ECHO_INTERFACE_CLASS "\(.*\)"/\1/p' "$top/app/echo/public.h")
class=wdfuse/by-interface/$guid

# No other device is found before ours.
start_echod
for link in "/dev/$class"/*; do
    [ ! -e "$link" ] || [ "$(realpath "$link")" = "$device" ] ||
        skip "there is another echo device on this machine, $link"
done

find_and_run() { # OPTION...
    within 20 env XDG_RUNTIME_DIR="$work" "$echoapp" "$@" >"$work/said" 2>&1 ||
        fail "exit status $?: $(cat "$work/said")"
    expect_equal "who was found" "$device" \
        "$(sed -n 's/: found by its interface {.*}$//p' "$work/said")"
}

mkdir -p "$work/$class"
ln -s "$work/gone" "$work/$class/a-link-of-a-daemon-that-was-killed"
ln -s "$device" "$work/$class/b"
ln -s /dev/null "$work/$class/c"
find_and_run
find_and_run --size=100
find_and_run --async

# A named device is used.
expect_refusal 1 "$work/missing" env XDG_RUNTIME_DIR="$work" "$echoapp" --device="$work/missing"
