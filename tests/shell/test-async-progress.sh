#!/bin/sh
# echoapp --async on a terminal: one line that counts; elsewhere: none.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"
requires program script
script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be had here"

carriage_return=$(printf '\r')

start_echod --delay=20
within 20 script -qec "'$echoapp' --async --count=5 --device='$device'" /dev/null </dev/null \
    >"$work/terminal" ||
    fail "exit status $?: $(cat "$work/terminal")"
for number in 0 5; do
    tr '\r' '\n' <"$work/terminal" | grep -q ": $number of 5 writes and .* of 5 reads completed$" ||
        fail "the line does not say $number: $(cat "$work/terminal")"
done

run_async 5
not grep -q -e "$carriage_return" -e ' of 5 ' "$work/said" ||
    fail "it counts where there is no terminal: $(cat "$work/said")"
