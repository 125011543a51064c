# The report as a table. See report.awk.

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

END {
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
