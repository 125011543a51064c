/* wdfctl inject: faults on demand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "show.h"

/* A word "KEY=VALUE". */
struct setting {
    const char *word; /* with the "=" */
    const char *key;  /* of the call's parameters */
    bool is_number;
};

static const struct setting of_allocation[] = {
    {"nth=", "nth", true}, {"count=", "count", true}, {0}};
static const struct setting of_completion[] = {
    {"status=", "status", false}, {"delay=", "delay_ms", true}, {"type=", "type", false},
    {"nth=", "nth", true},        {"count=", "count", true},    {0},
};

static bool add_setting(json_t *parameters, const struct setting *settings, const char *word)
{
    char *end;
    for (; settings->word != NULL; settings++) {
        size_t length = strlen(settings->word);
        if (strncmp(word, settings->word, length) != 0)
            continue;
        const char *value = word + length;
        unsigned long number = strtoul(value, &end, 10);
        bool is_number = value[0] >= '0' && value[0] <= '9' && *end == '\0';
        (void)json_object_set_new(parameters, settings->key,
                                  settings->is_number ? json_integer((json_int_t)number)
                                                      : json_string(value));
        return is_number || !settings->is_number;
    }
    return false;
}

static int arm(const struct command *command, const struct invocation *invocation,
               const char *method, json_t *parameters, const struct setting *settings,
               const char *of_one)
{
    for (unsigned i = 2; i < invocation->count; i++) {
        if (!add_setting(parameters, settings, invocation->words[i]))
            return complain_of_usage("it sets nothing here", invocation->words[i]);
    }
    json_t *answer = ask_daemons(command, invocation, method, parameters, of_one);
    int status = answer != NULL ? STATUS_DONE : STATUS_FAILED;
    json_decref(answer);
    return status;
}

static int arm_allocation(const struct command *command, const struct invocation *invocation)
{
    json_t *parameters = json_pack("{s:s}", "kind", invocation->words[1]);
    int status = arm(command, invocation, "InjectAllocation", parameters, of_allocation, NULL);
    json_decref(parameters);
    return status;
}

static int arm_completion(const struct command *command, const struct invocation *invocation)
{
    char device[300];
    json_t *parameters = json_pack("{s:s}", "device", invocation->words[1]);
    snprintf(device, sizeof(device), "device '%s'", invocation->words[1]);
    int status = arm(command, invocation, "InjectCompletion", parameters, of_completion, device);
    json_decref(parameters);
    return status;
}

int run_inject(const struct command *command, const struct invocation *invocation)
{
    if (invocation->count == 0)
        return look_at_all(command, invocation, show_injections);
    if (strcmp(invocation->words[0], "allocation") == 0 && invocation->count >= 2)
        return arm_allocation(command, invocation);
    if (strcmp(invocation->words[0], "completion") == 0 && invocation->count >= 2)
        return arm_completion(command, invocation);
    return complain_of_usage(
        "inject allocation KIND [nth=N] [count=N], or inject completion DEVICE "
        "[status=STATUS] [delay=MS] [type=TYPE] [nth=N] [count=N]",
        "usage");
}
