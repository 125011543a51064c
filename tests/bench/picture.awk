# The report as a picture (SVG): a group of bars for each row. A bar's length is the operations per
# second, or the inverse of the latency, relative to the best of the group. See report.awk.

BEGIN {
    LEFT = 170 # of the bars
    LONGEST = 460
    BAR = 12
    GAP = 10 # between two groups
    TOP = 64
    split("one many ours", subjects, " ")
    split("libfuse, one thread|libfuse, threads|wdfuse", titles, "|")
    split("#9aa5b1 #616e7c #2f6fde", colours, " ")
}

function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    return text
}

function print_text(x, y, anchor, text) {
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, escaped(text)
}

function print_box(x, y, width, colour) {
    printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", x, y, width,
        BAR - 2, colour
}

# The value for the bar's length; the figure beside it.
function value(row, subject) {
    if (measure[row] == "rate")
        return median(row, subject, 1)
    return median(row, subject, 2) ? 1 / median(row, subject, 2) : 0
}

function figure_of(row, subject) {
    if (measure[row] == "rate")
        return sprintf("%.0f op/s", median(row, subject, 1))
    return sprintf("%.1f us", median(row, subject, 2) / 1000)
}

function best(row,    k, most) {
    for (k in subjects) {
        if (value(row, subjects[k]) > most)
            most = value(row, subjects[k])
    }
    return most
}

# Returns where the next group begins.
function print_group(row, y,    k, longest, length_of, is_named) {
    longest = best(row)
    for (k = 1; k <= 3; k++) {
        if (!((row, subjects[k]) in measured) || !longest)
            continue
        length_of = LONGEST * value(row, subjects[k]) / longest
        if (!is_named)
            print_text(LEFT - 8, y + BAR - 3, "end", row)
        is_named = 1
        print_box(LEFT, y, length_of, colours[k])
        print_text(LEFT + length_of + 6, y + BAR - 3, "start", figure_of(row, subjects[k]) \
            (subjects[k] == "ours" && ratio(row, "better") ? \
                sprintf("  x %.2f", ratio(row, "better")) : ""))
        y += BAR
    }
    return y + (is_named ? GAP : 0)
}

function print_legend(    k, x) {
    x = LEFT
    for (k = 1; k <= 3; k++) {
        print_box(x, 38, BAR, colours[k])
        print_text(x + BAR + 4, 47, "start", titles[k])
        x += 160
    }
}

END {
    height = TOP
    for (i = 1; i <= row_count; i++)
        height += GAP + 3 * BAR
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" ", 800, height
    printf "font-family=\"sans-serif\" font-size=\"11\">\n"
    print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
    print_text(16, 20, "start", machine["cpu"] ", " machine["cores"] " cores, Linux " \
        machine["kernel"] ", libfuse " machine["libfuse"] ": " machine["kind"] ", medians of " \
        machine["rounds"] " rounds")
    print_legend()
    y = TOP
    for (i = 1; i <= row_count; i++)
        y = print_group(row_names[i], y)
    print "</svg>"
}
