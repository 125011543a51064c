# Files that call each other in a circle, by the link graph: one refers to a symbol that the other
# defines. Hooks that break such a circle are not seen.
#
# Reads the names of the sources, relative to src, followed by the output of `nm -A -P -g` for their
# objects. Writes for each circle how many files it has, in how many rooms (folders), and the files;
# after a circle through several rooms come the calls from one of them to another.

# Meson's name for the object of a source.
function object_of(source) {
    gsub("/", "_", source)
    return source ".o"
}

function room_of(source) {
    sub("/[^/]*$", "", source)
    return source
}

FNR == NR {
    source_of[object_of($0)] = $0
    sources[++count] = $0
    next
}

# libwdfuse-host.a[src/libwdfuse-host.a.p/transport_crew.c.o]: crew_init T ...
{
    object = $1
    sub(/.*[\/[]/, "", object)
    sub(/]?:$/, "", object)
    if (!(object in source_of))
        next
    if ($3 ~ /^[Uvw]$/)
        uses[source_of[object], $2]
    else
        definer[$2] = source_of[object]
}

END {
    for (use in uses) {
        split(use, part, SUBSEP)
        if (part[2] in definer)
            reaches[part[1], definer[part[2]]]
    }
    for (k = 1; k <= count; k++)
        for (i = 1; i <= count; i++)
            if ((sources[i], sources[k]) in reaches)
                for (j = 1; j <= count; j++)
                    if ((sources[k], sources[j]) in reaches)
                        reaches[sources[i], sources[j]]
    for (i = 1; i <= count; i++)
        if (!(sources[i] in is_shown))
            show_circle(sources[i])
}

function are_in_circle(one, other) {
    return (one, other) in reaches && (other, one) in reaches
}

# The circle that the file is in, if it is in any.
function show_circle(file,    i, size, rooms, names, is_seen) {
    for (i = 1; i <= count; i++) {
        if (!are_in_circle(file, sources[i]))
            continue
        is_shown[sources[i]]
        size++
        names = names " " sources[i]
        if (!(room_of(sources[i]) in is_seen))
            rooms++
        is_seen[room_of(sources[i])]
    }
    if (size < 2)
        return
    print size, rooms names
    fflush()
    if (rooms > 1)
        show_calls_between_rooms(file)
}

function show_calls_between_rooms(file,    use, part, callee) {
    for (use in uses) {
        split(use, part, SUBSEP)
        callee = part[2] in definer ? definer[part[2]] : ""
        if (callee != "" && room_of(part[1]) != room_of(callee) && are_in_circle(file, part[1]) &&
            are_in_circle(file, callee))
            print "-", part[1], "->", callee ":", part[2] | "sort"
    }
    close("sort")
}
