# The report as JSON. See report.awk.

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

END {
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
