#!/bin/sh
# echoapp --async, used wrongly: exit status 2, one line that names the option.
. "$(dirname "$0")/lib.sh"

wrong() { # OPTION ARGUMENT...
    option=$1
    shift
    expect_refusal 2 "$option" "$echoapp" "$@"
}

for number in 0 -1 +1 1k 0x10 ' 1' '' 4097 100000 99999999999999999999; do
    wrong --count --async "--count=$number"
done
wrong --count --async --count
for engine in '' urin uringg URING fibers; do
    wrong --engine --async "--engine=$engine"
done
wrong --async --async=yes
wrong --verbose --async --verbose=1
wrong --size --async --size=0

# They mean something with --async only.
wrong --count --count=5
wrong --engine --engine=threads
wrong --verbose --verbose
