/* wdfctl wmi: blocks, what is in them, methods, events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "mofs.h"
#include "show.h"

/* ---- words ---- */

/* "NODE/BLOCK", and not "BLOCK/INSTANCE": what is behind the slash is no number, and what is before
 * it is no GUID. */
static bool has_node(const char *word, const char *slash)
{
    if (slash == NULL || strspn(slash + 1, "0123456789") == strlen(slash + 1))
        return false;
    return strspn(word, "{}-0123456789abcdefABCDEF") < (size_t)(slash - word) || slash - word < 36;
}

/* "[NODE/]BLOCK[/INSTANCE]" as members of the parameters, with a GUID or the name of a class for
 * BLOCK; false: it is none. */
static bool add_block(json_t *parameters, const struct mofs *mofs, const char *word)
{
    char *copy = strdup(word), *end;
    char *guid = copy, *instance = NULL, of_class[37];
    if (copy == NULL)
        return false;
    char *slash = strchr(copy, '/');
    if (has_node(copy, slash)) {
        *slash = '\0';
        guid = slash + 1;
        (void)json_object_set_new(parameters, "device", json_string(copy));
        slash = strchr(guid, '/');
    }
    if (slash != NULL) {
        *slash = '\0';
        instance = slash + 1;
    }
    if (mofs_find_guid(mofs, guid, of_class))
        guid = of_class;
    (void)json_object_set_new(parameters, "guid", json_string(guid));
    unsigned long number = instance != NULL ? strtoul(instance, &end, 10) : 0;
    bool is_good = instance == NULL || (instance[0] >= '0' && instance[0] <= '9' && *end == '\0');
    (void)json_object_set_new(parameters, "instance", json_integer((json_int_t)number));
    free(copy);
    return is_good;
}

static bool add_id(json_t *parameters, const char *word)
{
    char *end;
    unsigned long number = strtoul(word, &end, 0);
    (void)json_object_set_new(parameters, "id", json_integer((json_int_t)number));
    return word[0] >= '0' && word[0] <= '9' && *end == '\0';
}

/* Hexadecimal digits, which may stand apart: "01 00 00 00". */
static void add_data(json_t *parameters, char **words, unsigned count)
{
    json_t *data = json_string("");
    for (unsigned i = 0; i < count; i++) {
        json_t *longer = json_sprintf("%s%s", json_string_value(data), words[i]);
        json_decref(data);
        data = longer;
    }
    (void)json_object_set_new(parameters, "data", data);
}

/* ---- actions ---- */

struct action {
    const char *name;
    const char *method;
    const char *usage;
    unsigned least; /* words behind it, the block among them */
    bool has_id;
    bool has_data;
};

static const struct action actions[] = {
    {"get", "GetWmi", "wmi get [NODE/]BLOCK[/INSTANCE]", 1, false, false},
    {"set", "SetWmi", "wmi set [NODE/]BLOCK[/INSTANCE] DATA", 2, false, true},
    {"set-item", "SetWmiItem", "wmi set-item [NODE/]BLOCK[/INSTANCE] ID DATA", 3, true, true},
    {"execute", "ExecuteWmi", "wmi execute [NODE/]BLOCK[/INSTANCE] METHOD [DATA]", 2, true, true},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    }
    return NULL;
}

/* Where a MOF describes what is in the block, by names. */
static void show_result(const struct invocation *invocation, const struct action *action,
                        const struct mofs *mofs, const json_t *parameters, const json_t *answer)
{
    const char *data = json_string_value(json_object_get(answer, "data"));
    const char *guid = json_string_value(json_object_get(parameters, "guid"));
    if (invocation->is_json)
        print_json(answer);
    else if (data != NULL && (action->has_id || !mofs_show(mofs, guid, data)))
        show_bytes(data);
}

static int run_action(const struct command *command, const struct invocation *invocation,
                      const struct action *action, const struct mofs *mofs)
{
    unsigned count = invocation->count - 1;
    char **words = invocation->words + 1;
    if (count < action->least || (!action->has_data && count > action->least))
        return complain_of_usage(action->usage, "usage");
    json_t *parameters = json_object();
    bool is_good =
        add_block(parameters, mofs, words[0]) && (!action->has_id || add_id(parameters, words[1]));
    unsigned before = action->has_id ? 2 : 1;
    if (action->has_data)
        add_data(parameters, words + before, count - before);
    char block[128];
    snprintf(block, sizeof(block), "block '%s'", words[0]);
    json_t *answer =
        is_good ? ask_daemons(command, invocation, action->method, parameters, block) : NULL;
    if (answer != NULL)
        show_result(invocation, action, mofs, parameters, answer);
    json_decref(parameters);
    json_decref(answer);
    if (!is_good)
        return complain_of_usage(action->usage, "usage");
    return answer != NULL ? STATUS_DONE : STATUS_FAILED;
}

/* ---- events ---- */

/* For show_events, which is given no more than the message. */
static const struct mofs *mofs_of_events;

static void show_events(const json_t *parameters)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(parameters, "events"), i, event)
    {
        show_event(event);
        const char *data = json_string_value(json_object_get(event, "data"));
        const char *guid = json_string_value(json_object_get(event, "guid"));
        if (data != NULL && guid != NULL && !mofs_show(mofs_of_events, guid, data))
            show_bytes(data);
    }
}

static int run_watch(const struct command *command, const struct invocation *invocation,
                     const struct mofs *mofs)
{
    struct daemons daemons;
    char of_class[37];
    if (invocation->count != 2)
        return complain_of_usage("wmi watch BLOCK", "usage");
    bool is_class = mofs_find_guid(mofs, invocation->words[1], of_class);
    const char *guid = is_class ? of_class : invocation->words[1];
    mofs_of_events = mofs;
    struct daemon *daemon = find_one(invocation, &daemons);
    int status = STATUS_FAILED;
    if (daemon != NULL && daemon_send(daemon, "WatchWmi", json_pack("{s:s}", "guid", guid), true))
        status = follow_daemon(command, invocation, daemon, show_events);
    daemons_forget(&daemons);
    return status;
}

static void show_all_blocks(const json_t *answer)
{
    show_blocks(json_object_get(answer, "blocks"));
}

static int run_with_mofs(const struct command *command, const struct invocation *invocation,
                         const struct action *action)
{
    struct mofs *mofs = mofs_read(invocation->mof);
    if (mofs == NULL)
        return STATUS_FAILED;
    int status = action != NULL ? run_action(command, invocation, action, mofs)
                                : run_watch(command, invocation, mofs);
    mofs_free(mofs);
    return status;
}

int run_wmi(const struct command *command, const struct invocation *invocation)
{
    const char *name = invocation->count > 0 ? invocation->words[0] : "list";
    const struct action *action = find_action(name);
    if (action != NULL || strcmp(name, "watch") == 0)
        return run_with_mofs(command, invocation, action);
    if (strcmp(name, "list") != 0 || invocation->count > 1)
        return complain_of_usage("it is none of list, get, set, set-item, execute, watch", name);
    return look_at_all(command, invocation, show_all_blocks);
}
