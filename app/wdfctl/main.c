/*
 * wdfctl: what the daemons of wdfuse are at, and commands to them. See docs/man/wdfctl.8.
 *
 * Exit status: 0 done, 1 not done, 2 wrong usage.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "command.h"
#include "show.h"

/* How long a daemon may take to answer, unless --timeout says, and how long a command may: its
 * driver takes part in it. */
#define LOOK_TIMEOUT_S    5
#define COMMAND_TIMEOUT_S 60
#define TIMEOUT_MAX_S     3600

/* How often `top` looks. */
#define TOP_PERIOD_S 1

/* ---- answers ---- */

void print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    printf("\n");
}

/* "NoSuchDevice" of an error message; "" if it is none. */
static const char *error_name(const json_t *error)
{
    const char *name = json_string_value(json_object_get(error, "error"));
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    return dot != NULL ? dot + 1 : "";
}

static const char *error_detail(const json_t *error, const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(error, "parameters"), key));
    return text != NULL ? text : "?";
}

void print_error(const struct command *command, const json_t *error)
{
    const char *name = error_name(error);
    if (strcmp(name, "PermissionDenied") == 0)
        fprintf(stderr, "wdfctl: %s: only root and the daemon's user may do that\n", command->name);
    else if (strcmp(name, "NoSuchDevice") == 0)
        fprintf(stderr, "wdfctl: there is no device '%s'\n", error_detail(error, "device"));
    else if (strcmp(name, "NoSuchRequest") == 0)
        fprintf(stderr, "wdfctl: there is no request %s\n", error_detail(error, "request"));
    else if (strcmp(name, "CommandFailed") == 0)
        fprintf(stderr, "wdfctl: %s: the daemon says %s\n", command->name,
                error_detail(error, "status"));
    else if (strcmp(name, "InvalidParameter") == 0)
        fprintf(stderr, "wdfctl: %s: the daemon does not take that %s\n", command->name,
                error_detail(error, "parameter"));
    else
        fprintf(stderr, "wdfctl: %s: the daemon says %s\n", command->name, name);
}

bool is_elsewhere(const json_t *error)
{
    return strncmp(error_name(error), "NoSuch", strlen("NoSuch")) == 0 ||
           strcmp(error_detail(error, "status"), "STATUS_WMI_GUID_NOT_FOUND") == 0;
}

/* ---- daemons ---- */

static bool find(const struct invocation *invocation, struct daemons *daemons)
{
    return daemons_find(invocation->daemon, invocation->look_timeout_s, daemons);
}

static int complain_without_daemon(const struct invocation *invocation,
                                   const struct daemons *daemons)
{
    if (daemons->silent > 0)
        return STATUS_FAILED;
    if (invocation->daemon != NULL)
        fprintf(stderr, "wdfctl: there is no daemon '%s'\n", invocation->daemon);
    else
        fprintf(stderr, "wdfctl: no daemon is running\n");
    return STATUS_FAILED;
}

/* ---- looking ---- */

/* Of one daemon. False: there is no answer, which is said, unless it has no such device. */
static bool look(const struct command *command, const struct invocation *invocation,
                 struct daemon *daemon, json_t **answer, bool *has_none)
{
    json_t *error;
    json_t *parameters =
        invocation->argument != NULL ? json_pack("{s:s}", "device", invocation->argument) : NULL;
    *answer = daemon_call(daemon, command->method, parameters, invocation->look_timeout_s, &error);
    *has_none = is_elsewhere(error);
    if (error != NULL && !*has_none)
        print_error(command, error);
    json_decref(error);
    return *answer != NULL;
}

static void show_answer(const struct command *command, const struct daemon *daemon,
                        const json_t *answer, void (*show)(const json_t *answer))
{
    show_daemon(daemon->about);
    if (show != NULL)
        show(answer);
    else
        command->show(json_object_get(answer, command->key));
    show_left_out(answer);
}

/* Of every daemon that has the device; an array of {daemon, answer's members}. */
int look_at_all(const struct command *command, const struct invocation *invocation,
                void (*show)(const json_t *answer))
{
    struct daemons daemons;
    if (!find(invocation, &daemons))
        return STATUS_FAILED;
    json_t *all = json_array();
    unsigned failures = daemons.silent, found = 0;
    for (unsigned i = 0; i < daemons.count; i++) {
        json_t *answer;
        bool has_none;
        if (!look(command, invocation, &daemons.all[i], &answer, &has_none)) {
            failures += !has_none;
            continue;
        }
        found++;
        if (!invocation->is_json)
            show_answer(command, &daemons.all[i], answer, show);
        (void)json_object_set(answer, "daemon", daemons.all[i].about);
        (void)json_array_append_new(all, answer);
    }
    if (invocation->is_json)
        print_json(all);
    json_decref(all);
    int status = failures > 0 ? STATUS_FAILED : STATUS_DONE;
    if (daemons.count == 0) {
        status = complain_without_daemon(invocation, &daemons);
    } else if (found == 0 && failures == 0) {
        fprintf(stderr, "wdfctl: there is no device '%s'\n", invocation->argument);
        status = STATUS_FAILED;
    }
    daemons_forget(&daemons);
    return status;
}

static int run_look(const struct command *command, const struct invocation *invocation)
{
    return look_at_all(command, invocation, NULL);
}

/* One list of it, below the others, or as a member of `all`; false: it could not be had. */
static bool show_part(const struct invocation *invocation, struct daemon *daemon, json_t *all,
                      const char *method, const char *key, void (*show)(const json_t *list))
{
    const struct command part = {.name = "status", .method = method};
    json_t *error;
    json_t *answer = daemon_call(daemon, method, NULL, invocation->look_timeout_s, &error);
    if (error != NULL)
        print_error(&part, error);
    json_t *list = json_object_get(answer, key);
    if (all != NULL && list != NULL) {
        (void)json_object_set(all, key, list);
    } else if (json_array_size(list) > 0) {
        show(list);
        show_left_out(answer);
    }
    bool is_there = answer != NULL;
    json_decref(answer);
    json_decref(error);
    return is_there;
}

static bool show_all_of(const struct invocation *invocation, struct daemon *daemon, json_t *all)
{
    if (all != NULL)
        (void)json_object_set(all, "daemon", daemon->about);
    else
        show_daemon(daemon->about);
    return show_part(invocation, daemon, all, "ListDevices", "devices", show_devices) &&
           show_part(invocation, daemon, all, "ListQueues", "queues", show_queues) &&
           show_part(invocation, daemon, all, "ListRequests", "requests", show_requests);
}

/* Daemons, devices, queues, and what is in flight. */
static int run_status(const struct command *command, const struct invocation *invocation)
{
    (void)command;
    struct daemons daemons;
    if (!find(invocation, &daemons))
        return STATUS_FAILED;
    unsigned failures = daemons.silent;
    json_t *every = invocation->is_json ? json_array() : NULL;
    for (unsigned i = 0; i < daemons.count; i++) {
        json_t *all = invocation->is_json ? json_object() : NULL;
        if (i > 0 && all == NULL)
            printf("\n");
        failures += !show_all_of(invocation, &daemons.all[i], all);
        if (all != NULL)
            (void)json_array_append_new(every, all);
    }
    if (every != NULL)
        print_json(every);
    json_decref(every);
    int status = failures > 0 ? STATUS_FAILED : STATUS_DONE;
    if (daemons.count == 0)
        status = complain_without_daemon(invocation, &daemons);
    daemons_forget(&daemons);
    return status;
}

static int run_top(const struct command *command, const struct invocation *invocation)
{
    for (;;) {
        printf("\033[H\033[J");
        int status = run_status(command, invocation);
        fflush(stdout);
        if (status != STATUS_DONE)
            return status;
        sleep(TOP_PERIOD_S);
    }
}

static int run_list(const struct command *command, const struct invocation *invocation)
{
    (void)command;
    struct daemons daemons;
    if (!find(invocation, &daemons))
        return STATUS_FAILED;
    json_t *all = json_array();
    for (unsigned i = 0; i < daemons.count; i++) {
        (void)json_array_append(all, daemons.all[i].about);
        if (!invocation->is_json)
            show_daemon(daemons.all[i].about);
    }
    if (invocation->is_json)
        print_json(all);
    json_decref(all);
    int status = daemons.silent > 0 ? STATUS_FAILED : STATUS_DONE;
    if (daemons.count == 0 && invocation->daemon != NULL)
        status = complain_without_daemon(invocation, &daemons);
    daemons_forget(&daemons);
    return status;
}

/* ---- one daemon ---- */

/* The only one there is, or the one named; NULL, after a line: it is not clear which. */
static struct daemon *the_daemon(const struct invocation *invocation, struct daemons *daemons)
{
    if (daemons->count == 1)
        return &daemons->all[0];
    if (daemons->count == 0) {
        (void)complain_without_daemon(invocation, daemons);
        return NULL;
    }
    fprintf(stderr, "wdfctl: there are %u daemons: say which one, with --daemon=PID\n",
            daemons->count);
    return NULL;
}

struct daemon *find_one(const struct invocation *invocation, struct daemons *daemons)
{
    return find(invocation, daemons) ? the_daemon(invocation, daemons) : NULL;
}

int follow_daemon(const struct command *command, const struct invocation *invocation,
                  struct daemon *daemon, void (*show)(const json_t *parameters))
{
    bool continues = true;
    for (unsigned timeout_s = invocation->look_timeout_s; continues; timeout_s = 0) {
        json_t *message = daemon_receive(daemon, timeout_s);
        if (message == NULL)
            return STATUS_FAILED;
        bool has_failed = json_object_get(message, "error") != NULL;
        if (has_failed)
            print_error(command, message);
        else if (invocation->is_json)
            print_json(json_object_get(message, "parameters"));
        else
            show(json_object_get(message, "parameters"));
        fflush(stdout);
        continues = json_is_true(json_object_get(message, "continues"));
        json_decref(message);
        if (has_failed)
            return STATUS_FAILED;
    }
    return STATUS_DONE;
}

static void show_log(const json_t *parameters)
{
    show_lines(json_object_get(parameters, "lines"));
}

static int run_log(const struct command *command, const struct invocation *invocation)
{
    struct daemons daemons;
    struct daemon *daemon = find_one(invocation, &daemons);
    json_t *parameters = json_pack("{s:b}", "follow", (int)invocation->follows);
    int status = STATUS_FAILED;
    if (daemon == NULL)
        json_decref(parameters);
    else if (daemon_send(daemon, "GetLog", parameters, invocation->follows))
        status = follow_daemon(command, invocation, daemon, show_log);
    daemons_forget(&daemons);
    return status;
}

/* True: *answer is its answer, or it has failed for good (NULL, after a line); false: it is not
 * that daemon's business. */
static bool ask_daemon(const struct command *command, const struct invocation *invocation,
                       struct daemon *daemon, const char *method, json_t *parameters,
                       json_t **answer)
{
    json_t *error;
    *answer =
        daemon_call(daemon, method, json_incref(parameters), invocation->command_timeout_s, &error);
    bool has_none = is_elsewhere(error);
    if (error != NULL && !has_none)
        print_error(command, error);
    json_decref(error);
    return !has_none;
}

json_t *ask_daemons(const struct command *command, const struct invocation *invocation,
                    const char *method, json_t *parameters, const char *of_one)
{
    struct daemons daemons;
    json_t *answer = NULL;
    if (!find(invocation, &daemons))
        return NULL;
    unsigned count = daemons.count;
    if (of_one == NULL && the_daemon(invocation, &daemons) == NULL)
        count = 0;
    bool is_done = of_one == NULL && count == 0;
    for (unsigned i = 0; i < count && !is_done; i++)
        is_done = ask_daemon(command, invocation, &daemons.all[i], method, parameters, &answer);
    if (!is_done && daemons.count == 0)
        (void)complain_without_daemon(invocation, &daemons);
    else if (!is_done)
        fprintf(stderr, "wdfctl: there is no %s\n", of_one != NULL ? of_one : "such thing");
    daemons_forget(&daemons);
    return answer;
}

/* To the daemon that has the device or request, or to the only one. */
static int run_command(const struct command *command, const struct invocation *invocation)
{
    char of_one[512];
    const char *argument = invocation->argument, *key = command->key;
    bool is_of_one =
        argument != NULL && (strcmp(key, "device") == 0 || strcmp(key, "request") == 0);
    json_t *parameters = argument != NULL ? json_pack("{s:s}", key, argument) : json_object();
    if (is_of_one)
        snprintf(of_one, sizeof(of_one), "%s '%s'", key, argument);
    json_t *answer =
        ask_daemons(command, invocation, command->method, parameters, is_of_one ? of_one : NULL);
    int status = answer != NULL ? STATUS_DONE : STATUS_FAILED;
    json_decref(parameters);
    json_decref(answer);
    return status;
}

/* ---- no daemon ---- */

static int run_clean(const struct command *command, const struct invocation *invocation)
{
    (void)command, (void)invocation;
    return daemons_clean() == 0 ? STATUS_DONE : STATUS_FAILED;
}

/* ---- the command line ---- */

static const struct command commands[] = {
    {"status", NULL, NULL, NULL, NULL, run_status,
     "daemons, devices, queues, and what is in flight (the default)"},
    {"list", NULL, NULL, NULL, NULL, run_list, "the daemons"},
    {"devices", NULL, "ListDevices", "devices", show_devices, run_look, "devices and their states"},
    {"queues", "[DEVICE]", "ListQueues", "queues", show_queues, run_look, "queues"},
    {"requests", "[DEVICE]", "ListRequests", "requests", show_requests, run_look,
     "requests: whose they are, how old, and who has them since when"},
    {"stat", "[DEVICE]", "ListStatistics", "statistics", show_statistics, run_look,
     "how many requests each queue has seen, and how long they took"},
    {"files", "[DEVICE]", "ListFiles", "files", show_files, run_look,
     "open files, and whose they are"},
    {"timers", "[DEVICE]", "ListTimers", "timers", show_timers, run_look,
     "timers of the drivers, and when they are due"},
    {"locks", "[DEVICE]", "ListLocks", "locks", show_locks, run_look,
     "locks that are held, and by which thread"},
    {"tree", "DEVICE", "ListObjects", "objects", show_objects, run_look,
     "the objects of the device's driver"},
    {"refs", "DEVICE", "ListObjects", "objects", show_references, run_look,
     "those that the driver has referenced or keeps in D0, or that are deleted and still there"},
    {"top", NULL, NULL, NULL, NULL, run_top, "status, again every second"},
    {"log", NULL, NULL, NULL, NULL, run_log, "the log's last lines; with -f, those to come"},
    {"log-level", "LEVEL", "SetLogLevel", "level", NULL, run_command,
     "what is logged from now on: error, warning, info or debug"},
    {"trace", "FLAG,LEVEL", "EnableTrace", "provider", NULL, run_command,
     "log trace messages, as the option --trace; with --perfetto or --svg: timeline"},
    {"suspend", NULL, "Suspend", NULL, NULL, run_command, "all devices of the daemon sleep"},
    {"resume", NULL, "Resume", NULL, NULL, run_command, "and wake"},
    {"wake", NULL, "Wake", NULL, NULL, run_command, "a wake signal for devices that wait for one"},
    {"idle", "DEVICE", "Idle", "device", NULL, run_command, "as if its idle time were over"},
    {"stop", "DEVICE", "Stop", "device", NULL, run_command,
     "stopped for a rebalance of resources: requests wait"},
    {"start", "DEVICE", "Start", "device", NULL, run_command, "and started again"},
    {"remove", "DEVICE", "Remove", "device", NULL, run_command,
     "removed, unless its driver objects"},
    {"surprise-remove", "DEVICE", "SurpriseRemove", "device", NULL, run_command,
     "removed as if it had been pulled out"},
    {"fail", "DEVICE", "Fail", "device", NULL, run_command,
     "given up, as by WdfDeviceSetFailed; the daemon ends"},
    {"plug", "DEVICE", "Plug", "device", NULL, run_command,
     "something was plugged into that bus: it looks for children"},
    {"unplug", "DEVICE", "Unplug", "device", NULL, run_command, "that child has gone"},
    {"eject", "DEVICE", "Eject", "device", NULL, run_command, "that child is to be ejected"},
    {"use", WORDS, "Use", NULL, NULL, run_use,
     "DEVICE FILE: a special file is put on it: paging, hibernation, dump, boot, guest"},
    {"unuse", WORDS, "Unuse", NULL, NULL, run_use, "DEVICE FILE: and taken off"},
    {"cancel", "REQUEST", "CancelRequest", "request", NULL, run_command,
     "as if its client had given up; it gets an error"},
    {"wmi", WORDS, "ListWmiBlocks", NULL, NULL, run_wmi,
     "blocks of WMI; get, set, set-item, execute, watch"},
    {"inject", WORDS, "ListInjections", NULL, NULL, run_inject,
     "faults on demand: allocation, completion"},
    {"post-mortem", "[RING-OR-CORE]", NULL, NULL, NULL, run_post_mortem,
     "what each thread did last: of the daemon, of a ring, or of a core"},
    {"timeline", "[RING-OR-CORE]", NULL, NULL, NULL, run_timeline,
     "with --perfetto or --svg: what requests went through, as a file"},
    {"clean", NULL, NULL, NULL, NULL, run_clean, "remove what dead daemons have left"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
    printf("Usage: wdfctl [OPTION...] [COMMAND [ARGUMENT]]\n"
           "Shows what daemons of wdfuse are at, and commands them.\n\n"
           "Options:\n"
           "      --daemon=WHICH     only that daemon: its process ID, or its program's name\n"
           "      --timeout=SECONDS  how long it may take to answer (default 5; for commands 60)\n"
           "      --json             answers as JSON\n"
           "  -f, --follow           of log: the lines to come, too\n"
           "      --last=N           of post-mortem: so many events of each thread (default 20)\n"
           "      --perfetto=FILE    of timeline: trace events, for Perfetto and Chrome\n"
           "      --svg=FILE         of timeline: a picture\n"
           "      --mof=PATH         of wmi: a MOF that describes blocks, or a folder of them\n"
           "      --version          print the version\n"
           "      --help             print this\n\n"
           "Commands; a DEVICE is the name of its node, or its handle:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char usage[64];
        snprintf(usage, sizeof(usage), "%s %s", commands[i].name,
                 commands[i].argument != NULL ? commands[i].argument : "");
        printf("  %-24s %s\n", usage, commands[i].help);
    }
    return fflush(stdout) == 0 ? STATUS_DONE : STATUS_FAILED;
}

int complain_of_usage(const char *what, const char *word)
{
    fprintf(stderr, "wdfctl: %s%s%s%s\nTry 'wdfctl --help' for more information.\n",
            word != NULL ? "'" : "", word != NULL ? word : "", word != NULL ? "': " : "", what);
    return STATUS_USAGE;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int run(int count, char **words, struct invocation *invocation)
{
    const char *name = count > 0 ? words[0] : "status";
    bool has_file = invocation->perfetto != NULL || invocation->svg != NULL;
    bool is_drawn = has_file && count == 1 && strcmp(name, "trace") == 0;
    const struct command *command = find_command(is_drawn ? "timeline" : name);
    if (command == NULL)
        return complain_of_usage("there is no such command", name);
    bool may_have = command->argument != NULL;
    bool must_have = may_have && command->argument[0] != '[';
    bool has_words = may_have && strcmp(command->argument, WORDS) == 0;
    if (!has_words && (count > 2 || (count == 2 && !may_have)))
        return complain_of_usage("a word too many", words[count - 1]);
    if (count < 2 && must_have)
        return complain_of_usage("it wants an argument", name);
    if (invocation->follows && command->run != run_log)
        return complain_of_usage("only log can be followed", name);
    if (invocation->mof != NULL && command->run != run_wmi)
        return complain_of_usage("--mof belongs to wmi", name);
    if (has_file != (command->run == run_timeline))
        return complain_of_usage("--perfetto and --svg belong to timeline", name);
    invocation->argument = count >= 2 && !has_words ? words[1] : NULL;
    invocation->count = count > 0 ? (unsigned)count - 1 : 0;
    invocation->words = words + 1;
    return command->run(command, invocation);
}

/* From 1 on. */
static bool parse_number(const char *value, uint64_t most, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(value, &end, 10);
    return value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0 && *number > 0 &&
           *number <= most;
}

static bool parse_timeout(const char *value, struct invocation *invocation)
{
    uint64_t seconds;
    if (!parse_number(value, TIMEOUT_MAX_S, &seconds))
        return false;
    invocation->look_timeout_s = invocation->command_timeout_s = (unsigned)seconds;
    return true;
}

int main(int argc, char **argv)
{
    enum {
        OPTION_DAEMON = 256,
        OPTION_TIMEOUT,
        OPTION_LAST,
        OPTION_PERFETTO,
        OPTION_SVG,
        OPTION_MOF,
        OPTION_JSON,
        OPTION_VERSION,
        OPTION_HELP
    };
    static const struct option options[] = {
        {"daemon", required_argument, NULL, OPTION_DAEMON},
        {"timeout", required_argument, NULL, OPTION_TIMEOUT},
        {"last", required_argument, NULL, OPTION_LAST},
        {"perfetto", required_argument, NULL, OPTION_PERFETTO},
        {"svg", required_argument, NULL, OPTION_SVG},
        {"mof", required_argument, NULL, OPTION_MOF},
        {"json", no_argument, NULL, OPTION_JSON},
        {"follow", no_argument, NULL, 'f'},
        {"version", no_argument, NULL, OPTION_VERSION},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
    };
    struct invocation invocation = {
        .look_timeout_s = LOOK_TIMEOUT_S,
        .command_timeout_s = COMMAND_TIMEOUT_S,
    };
    for (int option; (option = getopt_long(argc, argv, "f", options, NULL)) != -1;) {
        switch (option) {
        case OPTION_DAEMON:
            invocation.daemon = optarg;
            break;
        case OPTION_TIMEOUT:
            if (!parse_timeout(optarg, &invocation))
                return complain_of_usage("no number of seconds from 1 to 3600", optarg);
            break;
        case OPTION_LAST:
            if (!parse_number(optarg, UINT32_MAX, &invocation.last))
                return complain_of_usage("no number of events", optarg);
            break;
        case OPTION_PERFETTO:
            invocation.perfetto = optarg;
            break;
        case OPTION_SVG:
            invocation.svg = optarg;
            break;
        case OPTION_MOF:
            invocation.mof = optarg;
            break;
        case OPTION_JSON:
            invocation.is_json = true;
            break;
        case 'f':
            invocation.follows = true;
            break;
        case OPTION_VERSION:
            printf("wdfctl (wdfuse " WDFUSE_VERSION ")\n");
            return STATUS_DONE;
        case OPTION_HELP:
            return print_help();
        default:
            fprintf(stderr, "Try 'wdfctl --help' for more information.\n");
            return STATUS_USAGE;
        }
    }
    return run(argc - optind, argv + optind, &invocation);
}
