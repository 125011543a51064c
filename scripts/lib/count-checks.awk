# Reads Meson's testlog.txt of executables built with Check and counts what Check counted: test
# cases. An executable that did not come as far as Check's own count is one. The last line is `N
# passed, N failed, N skipped`. Set `status` to the exit status of `meson test`.

/^=+ [0-9]+\/[0-9]+ =+$/ { name = reason = ""; checks = bad = 0; in_output = 0 }
in_output && reason == "" { reason = $0 }
/^-+ (stdout|stderr) -+$/ { in_output = 1 }
!in_output && sub(/^test: +/, "") { name = $0 }
!in_output && sub(/^result: +/, "") { result = $0 }

in_output && /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
    split($0, count, /[^0-9]+/)
    checks += count[2]
    bad += count[3] + count[4]
}

# The end of an executable's section.
/^=+$/ && name != "" {
    passed += checks - bad
    failed += bad
    if (result ~ /^exit status 77/) {
        skipped++
        print "SKIP " name ": " reason
    } else if (result !~ /^exit status 0/ && !bad) {
        failed++
        print "FAIL " name ": " result
    } else if (!checks) {
        passed++
    }
    name = ""
}

END {
    if (status && !failed) failed = 1
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
}
