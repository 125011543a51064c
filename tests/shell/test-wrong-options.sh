#!/bin/sh
# Wrong usage: exit status 2, one line that names the option, nothing started.
. "$(dirname "$0")/lib.sh"

# An option's name, then the arguments that are wrong.
wrong() {
    option=$1
    shift
    expect_refusal 2 "$option" run_echod "$@"
    expect_nothing_left
}

wrong --frobnicate --frobnicate
wrong --frobnicate --frobnicate=1
wrong -Z -Z
wrong operand operand
wrong --help --help=1
wrong --version --version=1

wrong --dispatch --dispatch=fast
wrong --dispatch --dispatch=
wrong --dispatch --dispatch
wrong --dispatch --dispatch=Parallel
wrong --sync --sync=file
wrong --sync --sync=
wrong --read --read=backwards
wrong --read --read=
wrong --log-level --log-level=loud
wrong --log-level --log-level=

for number in -1 1x '' 99999999999999999999999; do
    wrong --presented "--presented=$number"
    wrong --delay "--delay=$number"
    wrong --workers "--workers=$number"
    wrong --spin "--spin=$number"
    wrong --uring "--uring=$number"
done
wrong --workers --workers=0
for number in x ' 1' +1 0x10 1.5; do
    wrong --delay "--delay=$number"
done

for mode in 0800 9999 10000 -1 abc 0600x rw ''; do
    wrong --mode "--mode=$mode"
done
for nobody in "" no-such-one -1 4294967295; do
    wrong --user "--user=$nobody"
    wrong --group "--group=$nobody"
done
wrong --mount --mount=
wrong --pidfile --pidfile=
