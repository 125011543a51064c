/* wdfctl wmi: blocks, what is in them, methods, events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "show.h"

/* ---- words ---- */

/* "[NODE/]GUID[/INSTANCE]" as members of the parameters; false: it is none. */
static bool add_block(json_t *parameters, const char *word)
{
    char *copy = strdup(word), *end;
    char *guid = copy, *instance = NULL;
    if (copy == NULL)
        return false;
    char *slash = strchr(copy, '/');
    bool has_node =
        slash != NULL && strchr(copy, '-') != NULL && slash - copy < 36 && strlen(slash + 1) >= 36;
    if (has_node) {
        *slash = '\0';
        guid = slash + 1;
        (void)json_object_set_new(parameters, "device", json_string(copy));
        slash = strchr(guid, '/');
    }
    if (slash != NULL) {
        *slash = '\0';
        instance = slash + 1;
    }
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
    {"get", "GetWmi", "wmi get [NODE/]GUID[/INSTANCE]", 1, false, false},
    {"set", "SetWmi", "wmi set [NODE/]GUID[/INSTANCE] DATA", 2, false, true},
    {"set-item", "SetWmiItem", "wmi set-item [NODE/]GUID[/INSTANCE] ID DATA", 3, true, true},
    {"execute", "ExecuteWmi", "wmi execute [NODE/]GUID[/INSTANCE] METHOD [DATA]", 2, true, true},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    }
    return NULL;
}

static void show_result(const struct invocation *invocation, const json_t *answer)
{
    const char *data = json_string_value(json_object_get(answer, "data"));
    if (invocation->is_json)
        print_json(answer);
    else if (data != NULL)
        show_bytes(data);
}

static int run_action(const struct command *command, const struct invocation *invocation,
                      const struct action *action)
{
    unsigned count = invocation->count - 1;
    char **words = invocation->words + 1;
    if (count < action->least || (!action->has_data && count > action->least))
        return complain_of_usage(action->usage, "usage");
    json_t *parameters = json_object();
    bool is_good =
        add_block(parameters, words[0]) && (!action->has_id || add_id(parameters, words[1]));
    unsigned before = action->has_id ? 2 : 1;
    if (action->has_data)
        add_data(parameters, words + before, count - before);
    char block[128];
    snprintf(block, sizeof(block), "block '%s'", words[0]);
    json_t *answer =
        is_good ? ask_daemons(command, invocation, action->method, parameters, block) : NULL;
    if (answer != NULL)
        show_result(invocation, answer);
    json_decref(parameters);
    json_decref(answer);
    if (!is_good)
        return complain_of_usage(action->usage, "usage");
    return answer != NULL ? STATUS_DONE : STATUS_FAILED;
}

/* ---- events ---- */

static void show_events(const json_t *parameters)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(parameters, "events"), i, event)
    {
        show_event(event);
    }
}

static int run_watch(const struct command *command, const struct invocation *invocation)
{
    struct daemons daemons;
    if (invocation->count != 2)
        return complain_of_usage("wmi watch GUID", "usage");
    struct daemon *daemon = find_one(invocation, &daemons);
    int status = STATUS_FAILED;
    if (daemon != NULL &&
        daemon_send(daemon, "WatchWmi", json_pack("{s:s}", "guid", invocation->words[1]), true))
        status = follow_daemon(command, invocation, daemon, show_events);
    daemons_forget(&daemons);
    return status;
}

static void show_all_blocks(const json_t *answer)
{
    show_blocks(json_object_get(answer, "blocks"));
}

int run_wmi(const struct command *command, const struct invocation *invocation)
{
    const char *name = invocation->count > 0 ? invocation->words[0] : "list";
    const struct action *action = find_action(name);
    if (action != NULL)
        return run_action(command, invocation, action);
    if (strcmp(name, "watch") == 0)
        return run_watch(command, invocation);
    if (strcmp(name, "list") != 0 || invocation->count > 1)
        return complain_of_usage("it is none of list, get, set, set-item, execute, watch", name);
    return look_at_all(command, invocation, show_all_blocks);
}
