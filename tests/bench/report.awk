# Reads what ./run has measured, and computes medians and ratios for table.awk, json.awk and
# picture.awk, one of which follows it on the command line of awk. Input: the files
#     machine    KEY <tab> VALUE
#     rows       ROW MEASURE OURS BASE ARGUMENT...
#     results    ROW SUBJECT ROUND RATE MEDIAN P99 P999 CPU: as load prints them, and ns of CPU that
#                the daemon took; SUBJECT: one many ours pipe
#     framework  ROW NANOSECONDS ALLOCATIONS COUNTED INSTRUCTIONS, a line for each round
#     daemons    ROW SUBJECT KIBIBYTES FIGURE, the figure being ns of CPU in a second, or KiB more
#                than idle

function sort_values(values, count,    i, k, value) {
    for (i = 2; i <= count; i++) {
        value = values[i]
        for (k = i - 1; k >= 1 && values[k] > value; k--)
            values[k + 1] = values[k]
        values[k + 1] = value
    }
}

function median_of(values, count) {
    if (count == 0)
        return 0
    sort_values(values, count)
    return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
}

function median(row, subject, column,    round, values, count) {
    for (round = 1; round <= rounds; round++) {
        if ((row, subject, round, column) in result)
            values[++count] = result[row, subject, round, column]
    }
    return median_of(values, count)
}

# The rate, or the inverse of a latency.
function merit(row, subject, round) {
    if (measure[row] == "rate")
        return result[row, subject, round, 1]
    return result[row, subject, round, 2] ? 1 / result[row, subject, round, 2] : 0
}

# Ours to the other's, or to the better one of both, within a round: then the median.
function ratio(row, other,    round, values, count, base) {
    for (round = 1; round <= rounds; round++) {
        base = merit(row, other == "many" ? "many" : "one", round)
        if (other == "better" && merit(row, "many", round) > base)
            base = merit(row, "many", round)
        if (base)
            values[++count] = merit(row, "ours", round) / base
    }
    return median_of(values, count)
}

FILENAME ~ /machine$/ {
    split($0, pair, "\t")
    machine_keys[++machine_count] = pair[1]
    machine[pair[1]] = pair[2]
}

FILENAME ~ /rows$/ {
    row_names[++row_count] = $1
    measure[$1] = $2
    tag[$1] = $3
    size[$1] = match($0, /--size=[0-9]+/) ? substr($0, RSTART + 7, RLENGTH - 7) : 0
}

FILENAME ~ /results$/ {
    for (column = 1; column <= 4; column++)
        result[$1, $2, $3, column] = $(3 + column)
    result[$1, $2, $3, 5] = $4 ? $8 / ($4 * machine["seconds"]) : 0
    measured[$1, $2] = 1
    if ($3 > rounds)
        rounds = $3
}

FILENAME ~ /framework$/ {
    if (!($1 in framework_count))
        framework_names[++framework_rows] = $1
    nanoseconds[$1, ++framework_count[$1]] = $2
    allocations[$1] = $3
    instructions[$1] = $5
}

FILENAME ~ /daemons$/ {
    if (!(($1) in daemon_seen))
        daemon_names[++daemon_rows] = $1
    daemon_seen[$1] = 1
    memory[$1, $2] = $3
    figure[$1, $2] = $4
}

function framework_median(row,    i, values) {
    for (i = 1; i <= framework_count[row]; i++)
        values[i] = nanoseconds[row, i]
    return median_of(values, framework_count[row])
}
