/* The rules of WDF's behaviour that messages cite (docs/rules), for wdfhost --explain. */
#ifndef WDFHOST_RULES_H
#define WDFHOST_RULES_H

#include <stddef.h>

struct rule {
    const char *number; /* "S7.42" */
    const char *const *lines;
    size_t line_count;
};

/* In the order of the pages' names. */
extern const struct rule rules[];
extern const size_t rule_count;

#endif
