#!/bin/sh
# echoapp -Async [N], as Microsoft's sample spells it, in capitals or not, is echoapp --async
# --count=N.
. "$(dirname "$0")/lib.sh"

as_sample() { # NUMBER ARGUMENT...
    number=$1
    shift
    "$echoapp" "$@" --device="$device" >"$work/stdout" 2>"$work/stderr" ||
        fail "$*: $(cat "$work/stderr")"
    grep -q "$number reads and $number writes of 512 bytes" "$work/stdout" ||
        fail "$*: $(cat "$work/stdout")"
}

start_echod
as_sample 100 -Async
as_sample 5 -Async 5
as_sample 6 -async 6
as_sample 7 -ASYNC --verbose 7
