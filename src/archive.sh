#!/bin/sh
# usage: archive.sh OUTPUT MAP ARCHIVE... -- COMPILER...
#
# Makes one archive of several, in which the names that the linker's MAP shows can be seen and no
# others: in a program, what is inside must not meet the program's own functions.
set -eu

output=$1 map=$2
shift 2
archives=
while [ "$1" != -- ]; do
    archives="$archives $1"
    shift
done
shift

object=$output.o
trap 'rm -f "$object" "$object.names"' EXIT
# The global ones: `    NAME;` between `global:` and `local:`, with wildcards.
sed -n '/^global:/,/^local:/s/^ *\(.*\);$/\1/p' "$map" >"$object.names"
# shellcheck disable=SC2086 # a list
"$@" -r -nostdlib -o "$object" -Wl,--whole-archive $archives -Wl,--no-whole-archive
objcopy --wildcard --keep-global-symbols="$object.names" "$object"
rm -f "$output"
ar -crsD "$output" "$object"
