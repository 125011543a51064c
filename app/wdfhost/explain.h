/* wdfhost --explain: prints the text of a rule. */
#ifndef WDFHOST_EXPLAIN_H
#define WDFHOST_EXPLAIN_H

#include <wdfuse/host.h>

/*
 * Prints the rule that Value names ("S7.42"; "s7.42" and "7.42" mean the same) and ends the
 * program. Returns -1 with a line in Error if there is no such rule.
 */
WDFUSE_HOST_PARSE_OPTION explain_rule;

#endif
