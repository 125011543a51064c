#!/bin/sh
# The benchmark compares echod with bare libfuse and pipes, and shows that in a table, in JSON and
# in a picture.
# Alone: it looks at how much the machine does in a time.
. "$(dirname "$0")/lib.sh"

within 50 env WDFUSE_BUILD="$build" "$top/tests/bench/run" --kind="$kind" --seconds=0.1 --rounds=2 \
    --clients='1 2' --json="$work/json" --svg="$work/svg" >"$work/table" ||
    fail "exit status $?: $(cat "$work/table")"

# Each with a rate and three durations; devices with a CPU time, ours with three ratios.
measured='(one thread|threads|pipes) +[1-9][0-9]*( +[0-9]+\.[0-9]){3}( +[0-9]+\.[0-9]{2})? *$'
expect_equal "devices measured, in '$(cat "$work/table")'" 6 \
    "$(grep -cE "$measured" "$work/table")"
expect_equal "ratios, in '$(cat "$work/table")'" 2 \
    "$(grep -cE 'echod +[1-9][0-9]*( +[0-9]+\.[0-9]){3}( +[0-9]+\.[0-9]{2}){4}$' "$work/table")"
expect_equal "rows in '$(cat "$work/json")'" 2 \
    "$(grep -c '"name": "exchange-64-[12]", .*"to_better": [0-9]' "$work/json")"
# Six bars, ours with its ratio.
expect_equal "bars with figures in '$(cat "$work/svg")'" 6 \
    "$(grep -cE '>[1-9][0-9]* op/s(  x [0-9.]+)?</text>$' "$work/svg")"
expect_equal "ratios in '$(cat "$work/svg")'" 2 "$(grep -c 'op/s  x [0-9]' "$work/svg")"
expect_equal 'the last line of the picture' '</svg>' "$(tail -n 1 "$work/svg")"
