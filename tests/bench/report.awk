# Of what ./run has measured, the table (-v format=table) or JSON (-v format=json). Input: the files
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

# The rate, or what grows as a latency shrinks.
function merit(row, subject, round) {
    if (measure[row] == "rate")
        return result[row, subject, round, 1]
    return result[row, subject, round, 2] ? 1 / result[row, subject, round, 2] : 0
}

# Of ours to the other's, or to the better one's of both, within a round: then the median.
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

function print_subject(row, subject, name) {
    if (!((row, subject) in measured))
        return
    printf "%-28s %-11s %8.0f %8.1f %8.1f %8.1f", (subject == "one" ? row : ""), name,
        median(row, subject, 1), median(row, subject, 2) / 1000, median(row, subject, 3) / 1000,
        median(row, subject, 4) / 1000
    if (subject == "pipe")
        printf " %7s", ""
    else
        printf " %7.2f", median(row, subject, 5) / 1000
    if (size[row] >= 65536)
        printf " %7.0f", median(row, subject, 1) * size[row] / 1e6
    else
        printf " %7s", ""
    if (subject == "ours")
        printf " %6.2f %6.2f %6.2f", ratio(row, "one"), ratio(row, "many"), ratio(row, "better")
    print ""
}

function print_daemon(row, subject, name) {
    printf "%-28s %-14s %10d %24d\n", (subject == "one" ? substr(row, 8) : ""), name,
        memory[row, subject], figure[row, subject]
}

function print_table(    i, row) {
    printf "%s, %s cores, Linux %s, libfuse %s, load %s; %s, median of %s rounds of %s s\n",
        machine["cpu"], machine["cores"], machine["kernel"], machine["libfuse"], machine["load"],
        machine["kind"], machine["rounds"], machine["seconds"]
    if (row_count > 0)
        printf "\n%-28s %-11s %8s %8s %8s %8s %7s %7s %6s %6s %6s\n",
            "row", "device", "op/s", "p50 us", "p99 us", "p99.9us", "cpu us", "MB/s", "x one",
            "x many", "x best"
    for (i = 1; i <= row_count; i++) {
        row = row_names[i]
        print_subject(row, "one", "one thread")
        print_subject(row, "many", "threads")
        print_subject(row, "ours", tag[row])
        print_subject(row, "pipe", "pipes")
    }
    if (framework_rows > 0)
        printf "\n%-28s %10s %14s %14s\n", "framework alone", "ns", "instructions", "allocations"
    for (i = 1; i <= framework_rows; i++) {
        row = framework_names[i]
        printf "%-28s %10.0f %14s %14s\n", substr(row, 11), framework_median(row),
            instructions[row], allocations[row]
    }
    if (daemon_rows > 0)
        printf "\n%-28s %-14s %10s %24s\n", "daemon", "device", "KiB",
            "more than idle, KiB; CPU, ns/s"
    for (i = 1; i <= daemon_rows; i++) {
        row = daemon_names[i]
        print_daemon(row, "one", "one thread")
        print_daemon(row, "many", "threads")
        print_daemon(row, "ours", "echod")
    }
}

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

function print_json_subject(row, subject) {
    printf ", %s: {\"rate\": %.0f, \"p50_ns\": %.0f, \"p99_ns\": %.0f, \"p999_ns\": %.0f, \"cpu_ns\": %.0f}",
        quoted(subject), median(row, subject, 1), median(row, subject, 2), median(row, subject, 3),
        median(row, subject, 4), median(row, subject, 5)
}

function print_json(    i, row, subject, subjects, k) {
    split("one many ours pipe", subjects, " ")
    print "{"
    printf "  \"machine\": {"
    for (i = 1; i <= machine_count; i++)
        printf "%s%s: %s", (i > 1 ? ", " : ""), quoted(machine_keys[i]),
            quoted(machine[machine_keys[i]])
    print "},"
    printf "  \"rows\": ["
    for (i = 1; i <= row_count; i++) {
        row = row_names[i]
        printf "%s\n    {\"name\": %s, \"device\": %s, \"size\": %d, \"ratio_of\": %s",
            (i > 1 ? "," : ""), quoted(row), quoted(tag[row]), size[row], quoted(measure[row])
        for (k = 1; k <= 4; k++) {
            if ((row, subjects[k]) in measured)
                print_json_subject(row, subjects[k])
        }
        printf ", \"to_one\": %.3f, \"to_many\": %.3f, \"to_better\": %.3f}",
            ratio(row, "one"), ratio(row, "many"), ratio(row, "better")
    }
    printf "\n  ],\n  \"framework\": ["
    for (i = 1; i <= framework_rows; i++) {
        row = framework_names[i]
        printf "%s\n    {\"name\": %s, \"ns\": %.1f, \"instructions\": %d, \"allocations\": %d}",
            (i > 1 ? "," : ""), quoted(substr(row, 11)), framework_median(row), instructions[row],
            allocations[row]
    }
    printf "\n  ],\n  \"daemons\": ["
    for (i = 1; i <= daemon_rows; i++) {
        row = daemon_names[i]
        printf "%s\n    {\"name\": %s", (i > 1 ? "," : ""), quoted(substr(row, 8))
        for (k = 1; k <= 3; k++)
            printf ", %s: {\"kib\": %d, \"figure\": %d}", quoted(subjects[k]),
                memory[row, subjects[k]], figure[row, subjects[k]]
        printf "}"
    }
    print "\n  ]\n}"
}

END {
    if (format == "json")
        print_json()
    else
        print_table()
}
