# The fenced blocks of a page, each in its own file, DIR/NNN.KIND, and a list of them on standard
# output: NUMBER KIND LINE NAME. KIND is the fence's first word; NAME its second, the name of the
# file that the page shows. Right before a block, <!-- not run: REASON --> makes its kind "text",
# and <!-- needs: PROGRAM --> makes its NAME "needs:PROGRAM". A block may be in a list.
#
# Variable: dir.

/^ *<!-- not run: .* -->$/ { skip = 1; next }
/^ *<!-- needs: .* -->$/ { needs = $3; next }

/^ *```/ && !inside {
    inside = 1
    indent = index($0, "`") - 1
    kind = substr($1, 4)
    name = needs != "" ? "needs:" needs : $2
    if (kind == "")
        kind = "none"
    if (skip)
        kind = "text"
    file = sprintf("%s/%03d.%s", dir, ++count, kind)
    printf "" >file
    print count, kind, FNR, name
    next
}
/^ *```$/ {
    inside = 0
    close(file)
}
inside { print substr($0, indent + 1) >file }
!/^$/ { skip = 0; needs = "" }
