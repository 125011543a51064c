# Makes rules.c of the pages in docs/rules: the text of each rule, for wdfhost --explain. A rule
# begins below its anchor and ends at the next one, or at a heading.

BEGIN {
    print "/* Made of docs/rules by app/wdfhost/rules.awk. */"
    print "#include \"rules.h\"\n"
    print "static const char *const lines[] = {"
}

# Without the markup that a terminal does not show, and as a string of C.
function plain(line) {
    gsub(/\*\*/, "", line)
    gsub(/\\\*/, "*", line)
    gsub(/\[semantics\.md\]\(\.\.\/semantics\.md\)/, "docs/semantics.md", line)
    gsub(/[\\"]/, "\\\\&", line)
    return line
}

# Blank lines at the end belong to the page, not to the rule.
function end_rule() {
    while (in_rule && last[count] > first[count] && is_blank[last[count] - 1])
        last[count]--
    in_rule = 0
}

FNR == 1 || /^#/ { end_rule() }
/^<a id="S[0-9.]*"><\/a>$/ {
    end_rule()
    in_rule = 1
    split($0, part, "\"")
    number[++count] = part[2]
    first[count] = last[count] = total
    next
}
in_rule {
    print "    \"" plain($0) "\","
    is_blank[total] = $0 == ""
    last[count] = ++total
}

END {
    end_rule()
    print "};\n"
    print "const struct rule rules[] = {"
    for (i = 1; i <= count; i++)
        printf "    {\"%s\", lines + %d, %d},\n", number[i], first[i], last[i] - first[i]
    print "};\n"
    print "const size_t rule_count = sizeof(rules) / sizeof(rules[0]);"
}
