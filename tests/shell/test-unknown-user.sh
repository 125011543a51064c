#!/bin/sh
# A user or a group that does not exist is refused in one line that names it.
. "$(dirname "$0")/lib.sh"

for option in --user=no-such-user --group=no-such-group; do
    status=0
    run_echod "$option" 2>"$work/stderr" || status=$?
    case $status in
    1 | 2) ;;
    *) fail "$option: exit status $status: $(cat "$work/stderr")" ;;
    esac
    expect_refusal "$status" "${option#*=}" run_echod "$option"
    expect_nothing_left
done
