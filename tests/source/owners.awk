# What other files use of a file, but is declared in another file's header.
#
# Reads `sources` (paths, relative to src), `declared` (declared.awk), and the output of `nm -A -P
# -g` for the objects. Writes "FILE NAME HEADER..." for each name that is declared elsewhere or
# nowhere, and in the last line the number of all names checked.

# Meson's name for the object of a source.
function object_of(source) {
    gsub("/", "_", source)
    return source ".o"
}

FILENAME ~ /sources$/ {
    source_of[object_of($0)] = $0
    next
}

FILENAME ~ /declared$/ {
    headers[$2] = headers[$2] " " $1
    next
}

{
    object = $1
    sub(/.*[\/[]/, "", object)
    sub(/]?:$/, "", object)
    if (!(object in source_of))
        next
    if ($3 ~ /^[Uvw]$/)
        is_used[$2]
    else
        definer[$2] = source_of[object]
}

# Public headers have Microsoft's names, and the seams describe what a neighbour does with a whole
# layer; so does the one of WMI for programs. Notifications have a second header, for the functions
# that register them.
function is_own(header, source) {
    sub(/c$/, "h", source)
    return header == source || header ~ /^include\// || header == "framework/io.h" ||
        header == "framework/lifecycle.h" || header == "framework/inspect.h" ||
        header == "framework/wmi/consumer.h" ||
        header == "framework/device/registration.h"
}

END {
    for (name in is_used) {
        if (!(name in definer))
            continue
        count++
        is_declared = 0
        n = split(headers[name], of_name, " ")
        for (i = 1; i <= n; i++)
            is_declared = is_declared || is_own(of_name[i], definer[name])
        if (!is_declared)
            print definer[name], name headers[name] | "sort"
    }
    close("sort")
    print count + 0
}
