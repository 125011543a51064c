#!/bin/sh
# usage: test-cost.sh FRAMEWORK
#
# A request takes no more instructions in the framework than before, and no memory. Nothing is
# timed: Valgrind counts instructions, the program itself counts allocations. A bound is what was
# measured with GCC 12 at -O2, plus a little. The recorder and the statistics are on, as always:
# they take 114 instructions of a sequential request, and may take 120. Quotas take some 15, the
# checks for packets and for injected faults the same; an open is in the list of its device's files.
# Exit status: 0 passed, 1 failed, 77 skipped, 2 wrong usage.
set -eu

[ $# -eq 1 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
if ! command -v valgrind >/dev/null; then
    echo 'there is no Valgrind to count instructions with'
    exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
framework=$1
failed=0
# Meson would make malloc fill what it gives, which takes instructions.
unset MALLOC_PERTURB_

expect_at_most() { # WORK WHAT LIMIT ACTUAL
    [ "$4" -le "$3" ] || { echo "FAILED $1: $4 $2, at most $3 expected"; failed=1; }
}

# The cost of power management for a device without idle settings.
managed=$("$here/count-instructions" "$framework" sequential)
unmanaged=$("$here/count-instructions" "$framework" not-power-managed)
expect_at_most sequential 'instructions for power management' 4 $((managed - unmanaged))

# An open file is an object of its own: one allocation.
while read -r work limit allocations; do
    instructions=$("$here/count-instructions" "$framework" "$work")
    allocated=$("$framework" "$work" 1000 | cut -d ' ' -f 2)
    echo "$work: $instructions instructions a request, $allocated allocations in 1000"
    expect_at_most "$work" 'instructions a request' "$limit" "$instructions"
    expect_at_most "$work" 'allocations in 1000 requests' "$allocations" "$allocated"
done <<END
sequential 1278 0
parallel 1280 0
manual 1423 0
forward 1927 0
caller-context 1560 0
write 1219 0
ioctl 1386 0
cancel-queued 1068 0
cancel-marked 1603 0
open-close 1872 1000
sequential-of-two 1278 0
memory 2427 2000
memory-of-two 2430 2000
below-filter 1278 0
forgotten 2667 0
sent 3240 0
END
exit $failed
