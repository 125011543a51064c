#!/bin/sh
# A driver follows the pointer that an ioctl's argument contains, for 64-bit and 32-bit clients, and
# ioctl(2) returns a count; bad pointers are EFAULT.
. "$(dirname "$0")/wdfhost.sh"

# client COMMAND...: its output is in $work/stdout, its messages in $work/stderr.
client() {
    run_recorded "$program" "$device" "$@"
    case $run_status in
    77) skip "$(cat "$work/stderr")" ;;
    126 | 127) skip "this kernel does not run $program" ;;
    esac
    expect_equal "$*: $(cat "$work/stderr"): status" 0 "$run_status"
}

expect_store() { # WHAT BYTES
    client read 1000
    expect_equal "$1" "$2" "$(cat "$work/stdout")"
}

for program in "$build/tests/shell/store-client" "$build/tests/shell/store-client-32bit"; do
    [ -x "$program" ] || skip "the compiler makes no programs of 32 bits: install gcc-multilib"
    start_driver store
    client size
    expect_equal "size at first" 0 "$(cat "$work/stdout")"
    printf hello >"$work/hello"
    client write 100 <"$work/hello"
    expect_equal "the first write" "5 bytes, 0 before, 5 after" "$(cat "$work/stderr")"
    expect_store "what was written" hello
    client write 100 7 <"$work/hello"
    expect_equal "a write behind the end" "5 bytes, 5 before, 12 after" "$(cat "$work/stderr")"
    client read 3 8
    expect_equal "a part" ell "$(cat "$work/stdout")"
    expect_equal "and its sizes" "3 bytes, 12 before, 12 after" "$(cat "$work/stderr")"
    client read 10 100
    expect_equal "what is behind the end" "0 bytes, 12 before, 12 after" "$(cat "$work/stderr")"
    client size 4
    client size
    expect_equal "size that was set" 4 "$(cat "$work/stdout")"
    expect_store "what is left" hell
    client bad-pointers
    expect_equal "by read(2)" hell "$(message)"
    head -c 1000000 /dev/urandom >"$work/million"
    client write 1000000 <"$work/million"
    client read 1000000
    expect_same_bytes "a million bytes" "$work/million" "$work/stdout"
    stop_echod
done
