# shellcheck shell=sh
#
# How the scripts speak of themselves. All of it goes to standard error: standard output belongs to
# the work.

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# One line: what failed, why, what to do.
fail() {
    say "$*"
    exit 1
}
