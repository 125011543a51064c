#!/bin/sh
# A 32-bit client has the same structures and gets the same answers.
. "$(dirname "$0")/lib.sh"

[ -x "$controls-32bit" ] || skip "the compiler makes no programs of 32 bits: install gcc-multilib"
start_echod
run_recorded "$controls-32bit" "$device" sizes
case $run_status in
126 | 127) skip "this kernel runs no programs of 32 bits" ;;
esac
expect_equal "width of the client" 32-bit "$(cut -d ' ' -f 1 "$work/stdout")"
for what in lengths lies addresses neither access; do
    run_recorded "$controls-32bit" "$device" "$what"
    [ "$run_status" -ne 77 ] || skip "$(cat "$work/stdout")"
    expect_equal "$what: $(cat "$work/stdout" "$work/stderr"): status" 0 "$run_status"
done
expect_service
