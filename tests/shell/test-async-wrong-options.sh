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

# Nearly as the sample spells it.
for spelling in -Asyn -Asynchronous -A -Async=5 -Async5; do
    wrong "$(echo "$spelling" | cut -c 1-2)" "$spelling"
done
for number in 0 x -1 1k 4097 ''; do
    wrong '' -Async "$number"
done
wrong 7 -Async 5 7
wrong 7 -Async --count=5 7
wrong 7 --async 7
