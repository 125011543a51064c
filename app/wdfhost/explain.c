/* wdfhost --explain. See explain.h. */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

static const struct rule *find_rule(const char *number)
{
    if (*number == 'S' || *number == 's')
        number++;
    for (size_t i = 0; i < rule_count; i++) {
        if (strcmp(rules[i].number + 1, number) == 0)
            return &rules[i];
    }
    return NULL;
}

int explain_rule(const char *Value, char *Error, size_t ErrorSize)
{
    const struct rule *rule = find_rule(Value);
    if (rule == NULL) {
        snprintf(Error, ErrorSize, "there is no rule '%s': a rule is named as in S7.42", Value);
        return -1;
    }
    for (size_t i = 0; i < rule->line_count; i++)
        puts(rule->lines[i]);
    if (fflush(stdout) != 0) {
        perror("wdfhost: error: the rule can't be printed");
        exit(EXIT_FAILURE);
    }
    exit(EXIT_SUCCESS);
}
