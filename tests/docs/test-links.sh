#!/bin/sh
# usage: test-links.sh [FOLDER]   (the tree)
#
# The links of the pages lead somewhere: to a file, and to a heading in it if they name one, as in a
# site that is made of the pages (scripts/site).
set -eu
cd "${1:-$(dirname "$0")/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "PAGE TARGET" for each link within the tree, and "PAGE#HEADING" for each heading.
# shellcheck disable=SC2016 # awk's
find . -name '*.md' ! -path './build*' | sort | xargs awk '
    function slug(heading) {
        gsub(/`|\]\([^)]*\)/, "", heading)
        heading = tolower(heading)
        gsub(/[^a-z0-9_ -]/, "", heading)
        gsub(/ /, "-", heading)
        return heading
    }
    # The folder of the page, and from there.
    function from(page, target) {
        if (target ~ /^#/)
            return page target
        sub(/[^\/]*$/, "", page)
        target = page target
        while (sub(/[^\/]+\/\.\.\//, "", target))
            ;
        return target
    }
    /^```/ { in_code = !in_code }
    in_code { next }
    /^#+ / {
        heading = $0
        sub(/^#+ /, "", heading)
        print "place " FILENAME "#" slug(heading)
    }
    match($0, /<a (id|name)="[^"]*"/) {
        split(substr($0, RSTART, RLENGTH), quoted, "\"")
        print "place " FILENAME "#" quoted[2]
    }
    {
        line = $0
        gsub(/`[^`]*`/, "", line)
        while (match(line, /\]\([^)]*\)/)) {
            target = substr(line, RSTART + 2, RLENGTH - 3)
            line = substr(line, RSTART + RLENGTH)
            if (target !~ /^[a-z]+:/)
                print "link " FILENAME " " from(FILENAME, target)
        }
    }' >"$work/all"

sed -n 's/^place //p' "$work/all" | sort -u >"$work/places"
sed -n 's/^link //p' "$work/all" | sort -u >"$work/links"
[ -s "$work/links" ] || {
    echo 'FAILED: the pages have no link'
    exit 1
}
failed=0
while read -r page target; do
    case $target in
    *\#*) grep -qxF "$target" "$work/places" ;;
    *) [ -e "$target" ] ;;
    esac || {
        echo "FAILED: $page: a link to $target leads nowhere"
        failed=1
    }
done <"$work/links"
exit $failed
