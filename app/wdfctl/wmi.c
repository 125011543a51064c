/* wdfctl wmi: blocks, what is in them, methods, events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
    bool is_text = true; /* in UTF-8, which JSON needs */
    if (copy == NULL)
        return false;
    char *slash = strchr(copy, '/');
    if (has_node(copy, slash)) {
        *slash = '\0';
        guid = slash + 1;
        is_text = slash > copy && json_object_set_new(parameters, "device", json_string(copy)) == 0;
        slash = strchr(guid, '/');
    }
    if (slash != NULL) {
        *slash = '\0';
        instance = slash + 1;
    }
    if (mofs_find_guid(mofs, guid, of_class))
        guid = of_class;
    is_text &= json_object_set_new(parameters, "guid", json_string(guid)) == 0;
    unsigned long number = instance != NULL ? strtoul(instance, &end, 10) : 0;
    bool is_good = instance == NULL || (instance[0] >= '0' && instance[0] <= '9' && *end == '\0');
    (void)json_object_set_new(parameters, "instance", json_integer((json_int_t)number));
    free(copy);
    return is_good && is_text;
}

static bool is_number(const char *word)
{
    char *end;
    (void)strtoul(word, &end, 0);
    return word[0] >= '0' && word[0] <= '9' && *end == '\0';
}

/* Hexadecimal digits, which may stand apart: "01 00 00 00". */
static json_t *join_digits(char **words, unsigned count)
{
    json_t *data = json_string("");
    for (unsigned i = 0; i < count; i++) {
        json_t *longer = json_sprintf("%s%s", json_string_value(data), words[i]);
        json_decref(data);
        data = longer;
    }
    return data;
}

/* ---- actions ---- */

struct request;

struct action {
    const char *name;
    const char *method;
    const char *usage;
    unsigned least; /* words behind it, the block among them */
    bool has_id;
    bool has_data;
    /* Adds the id and the data by what describes the block; false, after a line. */
    bool (*add_by_name)(struct request *request);
};

/* What is asked for. */
struct request {
    const struct command *command;
    const struct invocation *invocation;
    const struct action *action;
    json_t *parameters;
    char block[128]; /* for messages */
    char **words;    /* behind the block: the id, if there is one, and the data */
    unsigned count;
    struct described of;             /* no class: nothing describes the block */
    const struct mof_method *method; /* of an execution; NULL: it is not described */
};

static bool complain(const char *word, const char *what)
{
    fprintf(stderr, "wdfctl: '%s': %s\n", word, what);
    return false;
}

static bool add_packed(struct request *request, const struct mof_items *items,
                       enum mof_selection selection, char **words, unsigned count,
                       const char *old_digits)
{
    char *digits = described_pack(&request->of, items, selection, words, count, old_digits);
    if (digits == NULL)
        return false;
    (void)json_object_set_new(request->parameters, "data", json_string(digits));
    free(digits);
    return true;
}

/* What is not named stays as it is. */
static bool set_by_name(struct request *request)
{
    json_t *now = ask_daemons(request->command, request->invocation, "GetWmi", request->parameters,
                              request->block);
    const char *digits = json_string_value(json_object_get(now, "data"));
    bool is_packed = digits != NULL && add_packed(request, &request->of.class->items, MOF_ALL,
                                                  request->words, request->count, digits);
    json_decref(now);
    return is_packed;
}

static const struct mof_item *item_named(const struct mof_class *class, const char *name)
{
    for (unsigned i = 0; i < class->items.count; i++) {
        if (strcasecmp(class->items.list[i].name, name) == 0)
            return &class->items.list[i];
    }
    return NULL;
}

static bool set_item_by_name(struct request *request)
{
    char word[1024], *words[] = {word};
    const struct mof_item *item = item_named(request->of.class, request->words[0]);
    if (item == NULL)
        return complain(request->words[0], "the block has no such item");
    const struct mof_items alone = {(struct mof_item *)item, 1};
    snprintf(word, sizeof(word), "%s=%s", item->name, request->words[1]);
    (void)json_object_set_new(request->parameters, "id", json_integer(item->id));
    return add_packed(request, &alone, MOF_ALL, words, 1, NULL);
}

static bool execute_by_name(struct request *request)
{
    const struct mof_method *method = request->method;
    if (method == NULL)
        return complain(request->words[0], "the block has no such method");
    (void)json_object_set_new(request->parameters, "id", json_integer(method->id));
    return add_packed(request, &method->parameters, MOF_INPUTS, request->words + 1,
                      request->count - 1, NULL);
}

static const struct action actions[] = {
    {"get", "GetWmi", "wmi get [NODE/]BLOCK[/INSTANCE]", 1, false, false, NULL},
    {"set", "SetWmi", "wmi set [NODE/]BLOCK[/INSTANCE] DATA|ITEM=VALUE...", 2, false, true,
     set_by_name},
    {"set-item", "SetWmiItem", "wmi set-item [NODE/]BLOCK[/INSTANCE] ITEM DATA|VALUE", 3, true,
     true, set_item_by_name},
    {"execute", "ExecuteWmi",
     "wmi execute [NODE/]BLOCK[/INSTANCE] METHOD [DATA|PARAMETER=VALUE...]", 2, true, true,
     execute_by_name},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    }
    return NULL;
}

/* An item or method that has no number, or values that have names. */
static bool is_by_name(const struct request *request)
{
    unsigned before = request->action->has_id ? 1 : 0;
    return request->action->has_data &&
           ((before > 0 && !is_number(request->words[0])) ||
            (request->count > before && strchr(request->words[before], '=') != NULL));
}

/* False, after a line: they are no text, which the daemon could say something of. */
static bool add_as_bytes(const struct request *request)
{
    unsigned before = request->action->has_id ? 1 : 0;
    if (before > 0)
        (void)json_object_set_new(request->parameters, "id",
                                  json_integer((json_int_t)strtoul(request->words[0], NULL, 0)));
    if (!request->action->has_data)
        return true;
    json_t *digits = join_digits(request->words + before, request->count - before);
    return json_object_set_new(request->parameters, "data", digits) == 0 ||
           complain(request->action->name, "the data are no text");
}

static bool add_words(struct request *request)
{
    if (!is_by_name(request))
        return add_as_bytes(request);
    if (request->of.class == NULL)
        return complain(request->invocation->words[1], "no MOF describes it: there are no names");
    return request->action->add_by_name(request);
}

/* Where a MOF describes what is in it, by names. */
static void show_result(const struct request *request, const json_t *answer)
{
    const char *data = json_string_value(json_object_get(answer, "data"));
    const struct mof_method *method = request->method;
    if (request->invocation->is_json)
        print_json(answer);
    else if (data == NULL)
        return;
    else if (method != NULL)
        described_show(&request->of, method->name, &method->parameters, MOF_OUTPUTS, data);
    else if (!request->action->has_id && request->of.class != NULL)
        described_show(&request->of, request->of.class->name, &request->of.class->items, MOF_ALL,
                       data);
    else
        show_bytes(data);
}

static int run_request(struct request *request)
{
    const struct action *action = request->action;
    if (!add_words(request))
        return STATUS_FAILED;
    json_t *answer = ask_daemons(request->command, request->invocation, action->method,
                                 request->parameters, request->block);
    if (answer != NULL)
        show_result(request, answer);
    json_decref(answer);
    return answer != NULL ? STATUS_DONE : STATUS_FAILED;
}

static int run_action(const struct command *command, const struct invocation *invocation,
                      const struct action *action, const struct mofs *mofs)
{
    unsigned count = invocation->count - 1;
    char **words = invocation->words + 1;
    struct request request = {command, invocation, action, NULL, "", words + 1, count - 1, {0}, 0};
    if (count < action->least || (!action->has_data && count > action->least) ||
        (action->add_by_name == set_item_by_name && !is_number(words[1]) && count > 3))
        return complain_of_usage(action->usage, "usage");
    request.parameters = json_object();
    int status = STATUS_USAGE;
    if (add_block(request.parameters, mofs, words[0])) {
        const char *guid = json_string_value(json_object_get(request.parameters, "guid"));
        snprintf(request.block, sizeof(request.block), "block '%s'", words[0]);
        if (guid != NULL && mofs_find(mofs, guid, &request.of) &&
            action->add_by_name == execute_by_name)
            request.method = mof_method_named(request.of.class, words[1]);
        status = run_request(&request);
    }
    json_decref(request.parameters);
    return status != STATUS_USAGE ? status : complain_of_usage(action->usage, "usage");
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
