#!/bin/sh
# --help and --version answer on standard output, without a device: exit status 0.
. "$(dirname "$0")/lib.sh"

answer() { # PROGRAM OPTION
    within 10 "$1" "$2" >"$work/answer" 2>"$work/stderr" || fail "$1 $2: exit status $?"
    [ ! -s "$work/stderr" ] || fail "$1 $2 says on standard error: $(cat "$work/stderr")"
}

expect_options() { # PROGRAM OPTION...
    program=$1
    shift
    answer "$program" --help
    for option; do
        grep -qF -e "$option" "$work/answer" || fail "$program --help does not name $option"
    done
}

expect_version() { # PROGRAM
    answer "$1" --version
    expect_equal "lines of $1 --version" 1 "$(wc -l <"$work/answer")"
    grep -q "^$(basename "$1") .*[0-9]\.[0-9]" "$work/answer" ||
        fail "$1 --version: $(cat "$work/answer")"
}

expect_version "$echod"
expect_version "$echoapp"
expect_options "$echoapp" --device --size --async --count --engine --verbose --help --version
expect_options "$echod" -f -d -s --name --mount --mode --user --group --workers --spin --uring \
    --log-level \
    --wake-source --trace --pidfile --config \
    --dispatch --presented --sync --delay --read --help --version
