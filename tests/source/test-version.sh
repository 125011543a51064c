#!/bin/sh
# One version: that of meson.build, of the beginning of NEWS and debian/changelog, and of the pages.
# Its first number is that of the library's soname, of the node in the linker's map, of the folder
# of headers and of the package's name (docs/packaging.md).
# headers and of the package's name (docs/packaging.md).
#
# usage: test-version.sh VERSION
set -eu
version=$1
major=${version%%.*}
cd "$(dirname "$0")/../.."

# expect WHAT WORD
expect() {
    [ "$2" = "$3" ] || {
        echo "FAILED: $1 says '$2', meson.build says version $version"
        exit 1
    }
}

expect NEWS "$(sed -n '/^=====/{x;p;q;};h' NEWS)" "$version"
expect debian/changelog "$(sed -n '1s/^wdfuse (\(.*\)) .*/\1/p' debian/changelog)" "$version"
expect src/wdfuse.map "$(sed -n 's/^\(WDFUSE_.*\) {$/\1/p' src/wdfuse.map)" "WDFUSE_$major"
expect debian/control "$(sed -n 's/^Package: \(libwdfuse[0-9]*\)$/\1/p' debian/control)" \
    "libwdfuse$major"
expect src/meson.build "$(sed -n "s/^  subdirs: '\(.*\)',\$/\1/p" src/meson.build)" "wdfuse-$major"
expect debian/libwdfuse1.symbols "$(sed -n '1s/ .*//p' "debian/libwdfuse$major.symbols")" \
    "libwdfuse.so.$major"
