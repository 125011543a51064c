#!/bin/sh
# wdfhost --check-inf shows what an INF would do, and every error in it with its place; nothing is
# started.
. "$(dirname "$0")/wdfhost.sh"

infs=$top/tests/inf

# Decorations and headings contain the machine's architecture.
run_recorded "$wdfhost" --check-inf "$infs/toaster.inx"
expect_equal "exit status" 0 "$run_status"
expect_equal "complaints" "" "$(cat "$work/stderr")"
cat >"$work/expected" <<END
$infs/toaster.inx
  class: Sample
  provider: Toast & Co.
  version: 1.2.3.4 of 2026-11-01
device Toaster for two of Toast & Co.
  hardware ID: root\\toaster
  compatible ID: root\\kitchen
  install section: Toaster.NT
  stack, the uppermost driver first:
    upper filter Crumbs (crumbs.so)
    function driver Toaster (toaster.so)
  service Toaster: %13%\\toaster.sys
  service Crumbs: %12%\\crumbs.sys
  KMDF 1.33: Toaster
  security: D:P(A;;GA;;;SY)(A;;GRGW;;;WD)
  value driver Name = REG_SZ "Bread and butter"
  value driver\\Kitchen\\Table Legs = REG_DWORD 4 (0x4)
  value driver Colours = REG_MULTI_SZ "red", "green"
  value device Security = REG_SZ "D:P(A;;GA;;;SY)(A;;GRGW;;;WD)"
  value device UpperFilters = REG_MULTI_SZ "crumbs", added to what is there
  value device Slots = REG_DWORD 2 (0x2), unless it is there
  value service Toaster\\Parameters Heat = REG_BINARY 01 ff
END
expect_same_bytes "what is printed" "$work/expected" "$work/stdout"

# Errors: in the order of the file; they set the exit status.
sed -e 's/^\[Toaster.Driver\]/[Bread]/' -e 's/"Toast & Co."/"Toast \& Co./' \
    "$infs/toaster.inx" >"$work/bad.inf"
run_recorded "$wdfhost" --check-inf="$work/bad.inf"
expect_equal "exit status" 1 "$run_status"
cat >"$work/expected" <<END
$work/bad.inf:16:10: error: there is no section [Toaster.Driver]
$work/bad.inf:18:1: warning: nothing names the section [Bread]
$work/bad.inf:59:14: error: this quote is not closed in its line
END
expect_same_bytes "what is complained of" "$work/expected" "$work/stderr"

# Warnings alone are not a failure.
sed -e 's/%Maker%$/%Nobody%/' "$infs/toaster.inx" >"$work/warning.inf"
run_recorded "$wdfhost" --check-inf="$work/warning.inf"
expect_equal "exit status" 0 "$run_status"
grep -q ':6:15: warning: there is no string %Nobody%' "$work/stderr" || fail "$(cat "$work/stderr")"

# A file's raw contents do not reach the terminal.
printf \
    '[Version]\nSignature=$Chicago$\nProvider="\033[2Jme"\n[Manufacturer]\n\033=x\n' \
    >"$work/rude.inf"
run_recorded "$wdfhost" --check-inf="$work/rude.inf"
grep -q 'provider: ?\[2Jme' "$work/stdout" || fail "$(cat -v "$work/stdout")"
[ "$(cat "$work/stdout" "$work/stderr" | tr -d '\n\40-\176' | wc -c)" -eq 0 ] ||
    fail "control characters are printed"

# A file that is not an INF is rejected in one line.
expect_refusal 1 "missing.inf: No such file" "$wdfhost" --check-inf="$work/missing.inf"
expect_refusal 1 "it is no regular file" "$wdfhost" --check-inf="$work"
truncate -s 17M "$work/large.inf"
expect_refusal 1 "large.inf: it is larger than any INF" "$wdfhost" --check-inf="$work/large.inf"
expect_refusal 2 "unknown option --check-inf" "$build/app/echod" --check-inf="$work/bad.inf"
