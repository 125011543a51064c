#!/bin/sh
# If the kernel refuses io_uring, echoapp --async says so and uses threads; if io_uring was
# requested, it fails.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

case $engines in
*uring*) ;;
*) skip "echoapp has no io_uring here" ;;
esac

expect_fallback() { # ERROR TEXT
    run_recorded "$build/tests/shell/without-uring" "$1" "$echoapp" --async --device=/dev/null
    grep -qF "cannot start the engine uring: $2; using threads" "$work/stderr" ||
        fail "with $1 it should say that it uses threads, said '$(cat "$work/stderr")'"
    grep -q 'at once, by threads' "$work/stdout" || fail "with $1 it does not use threads"
    expect_refusal 1 "cannot start the engine uring: $2; choose another --engine" \
        "$build/tests/shell/without-uring" "$1" "$echoapp" --async --engine=uring --device=/dev/null
}

# /dev/null is a device that both engines would accept; that it keeps no message does not matter.
expect_fallback ENOSYS "Function not implemented"
expect_fallback EPERM "Operation not permitted"
expect_fallback EINVAL "Invalid argument"
