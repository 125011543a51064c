#!/bin/sh
# C sources have the layout that clang-format gives them. Versions differ; Debian 12's counts.
set -u
cd "$(dirname "$0")/../.." || exit 1

version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$version" != 14 ]; then
    echo "SKIP: clang-format 14 is wanted, ${version:-none} is here"
    exit 77
fi
find src app tests -name '*.[ch]' -exec clang-format --dry-run --Werror {} + || {
    echo 'FAILED: clang-format -i would change what is named above'
    exit 1
}
