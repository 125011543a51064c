#!/bin/sh
# The layout of text in C sources, docs, man pages, scripts and build files:
#
# - No line is longer than 100 columns, tables, strings, here documents and words without a blank
#   excepted.
# - A comment that begins with text does not end in a separate line.
# - A field or a statement is not split by its comment: a long comment is above it.
# - What stands in columns in a comment (parameters, statuses, diagrams, examples) is indented, and
#   wrapped under its own column; prose has no gaps.
# - Words are spelled as codespell knows them.
#
# usage: test-text.sh [FILE...]   (all there are)
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
failures=0

if [ $# -eq 0 ]; then
    cd "$top" || exit 1
    # shellcheck disable=SC2046 # names without blanks
    set -- README.md docs/man/* meson.build meson_options.txt .ci/run $(
        find src app tests docs \( -name '*.[ch]' -o -name '*.md' -o -name meson.build \)
        find scripts app tests \( -name '*.sh' -o -name '*.awk' -o -name '*.scenario' \)
        find scripts app tests -type f -perm -u+x ! -name '*.sh'
    )
fi

awk -f "$here/text.awk" "$@" || failures=1
if command -v codespell >/dev/null; then
    codespell --ignore-words "$here/codespell-words" "$@" || failures=1
else
    echo 'codespell is not installed: the spelling was not looked at'
    [ "${WDFUSE_CI:-0}" != 1 ] || failures=1
fi
[ "$failures" -eq 0 ] || echo 'FAILED: see above'
exit "$failures"
