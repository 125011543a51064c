/*
 * The command line. See options.h.
 *
 * The options of every host are in one table, which getopt, the dispatch to parse functions and the
 * help share; the driver's own options follow them.
 */
#include "host/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "framework/lifecycle.h"
#include "history/history.h"
#include "host/optionvalues.h"
#include "host/quotas.h"
#include "nt/trace.h"

#define DEFAULT_MODE     0600
#define DEFAULT_WORKERS  16
#define DEFAULT_SPIN_US  50
#define DEFAULT_STOP_S   10
#define MAXIMUM_WORKERS  64
#define MAXIMUM_SPIN_US  1000000
#define MAXIMUM_STOP_S   86400
#define MINIMUM_RECORDER 4096
#define MAXIMUM_RECORDER (16 << 20)

/* Returns 0, or -1 with the reason in `error`. */
typedef int option_parse(struct host_options *options, const char *value, char *error, size_t size);

struct option_row {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: the option has no value */
    const char *help;
    option_parse *parse;
    bool is_of_files; /* not in a program that is a driver itself */
};

static int parse_foreground(struct host_options *options, const char *value, char *error,
                            size_t size)
{
    (void)value, (void)error, (void)size;
    options->foreground = true;
    return 0;
}

static int parse_debug(struct host_options *options, const char *value, char *error, size_t size)
{
    (void)value, (void)error, (void)size;
    options->foreground = true;
    options->shows_wire = options->debug; /* given twice */
    options->debug = true;
    options->log_level = LOG_LEVEL_DEBUG;
    return 0;
}

static int parse_single(struct host_options *options, const char *value, char *error, size_t size)
{
    (void)value, (void)error, (void)size;
    options->workers = 1;
    return 0;
}

/* The driver that the next options belong to: those before the first file belong to it, too. */
static struct host_driver_options *driver_of(struct host_options *options)
{
    return &options->drivers[options->driver_count > 0 ? options->driver_count - 1 : 0];
}

/* A filter's own option follows it. */
static const char **config_of(struct host_driver_options *driver)
{
    return driver->filter_count > 0 ? &driver->filters[driver->filter_count - 1].config
                                    : &driver->config;
}

static int take_file(struct host_options *options, const char *operand, char *error, size_t size);

bool host_options_have_name(const struct host_options *options, const char *name)
{
    for (unsigned i = 0; i < HOST_DRIVERS_MAX; i++) {
        const struct host_driver_options *driver = &options->drivers[i];
        for (unsigned j = 0; j < driver->name_count; j++) {
            if (strcmp(driver->names[j], name) == 0)
                return true;
        }
    }
    return false;
}

static bool is_folder_of(const char *name, const char *other)
{
    size_t length = strlen(name);
    return strncmp(name, other, length) == 0 && other[length] == '/';
}

static bool is_folder_of_another(const struct host_options *options, const char *name)
{
    for (unsigned i = 0; i < HOST_DRIVERS_MAX; i++) {
        const struct host_driver_options *driver = &options->drivers[i];
        for (unsigned j = 0; j < driver->name_count; j++) {
            if (is_folder_of(name, driver->names[j]) || is_folder_of(driver->names[j], name))
                return true;
        }
    }
    return false;
}

static int parse_name(struct host_options *options, const char *value, char *error, size_t size)
{
    if (!node_name_is_valid_with_folders(value)) {
        snprintf(
            error, size,
            "'%s' can't be a device's name: letters, digits and ._-+:@, not a dot or dash first; "
            "folders before it are names like it",
            value);
        return -1;
    }
    if (is_folder_of_another(options, value)) {
        snprintf(error, size,
                 "'%s' can't be beside the other devices: one of the names is the other's folder",
                 value);
        return -1;
    }
    if (host_options_have_name(options, value)) {
        snprintf(error, size, "'%s' is given twice: each device wants a name of its own", value);
        return -1;
    }
    struct host_driver_options *driver = driver_of(options);
    if (driver->child_id[0] != '\0') {
        snprintf(error, size, "'%s' follows a --driver: children are named by their bus driver",
                 value);
        return -1;
    }
    if (driver->name_count == HOST_NAMES_MAX) {
        snprintf(error, size, "no more than %d devices", HOST_NAMES_MAX);
        return -1;
    }
    driver->names[driver->name_count++] = value;
    return 0;
}

static int parse_mount(struct host_options *options, const char *value, char *error, size_t size)
{
    if (value[0] == '\0') {
        snprintf(error, size, "the directory's name is empty");
        return -1;
    }
    options->mount = value;
    return 0;
}

static int parse_mode(struct host_options *options, const char *value, char *error, size_t size)
{
    struct host_driver_options *driver = driver_of(options);
    driver->mode_is_given = true;
    return option_value_mode(value, &driver->mode, error, size);
}

static int parse_user(struct host_options *options, const char *value, char *error, size_t size)
{
    options->has_user = true;
    return option_value_user(value, &options->user, &options->user_group, options->user_name,
                             sizeof(options->user_name), error, size);
}

static int parse_group(struct host_options *options, const char *value, char *error, size_t size)
{
    options->has_group = true;
    return option_value_group(value, &options->group, error, size);
}

static int parse_workers(struct host_options *options, const char *value, char *error, size_t size)
{
    unsigned long number;
    if (WdfuseHostParseNumber(value, 1, MAXIMUM_WORKERS, &number, error, size) != 0)
        return -1;
    options->workers = (unsigned)number;
    return 0;
}

static int parse_spin(struct host_options *options, const char *value, char *error, size_t size)
{
    unsigned long number;
    if (WdfuseHostParseNumber(value, 0, MAXIMUM_SPIN_US, &number, error, size) != 0)
        return -1;
    options->spin_us = (unsigned)number;
    options->spin_is_given = true;
    return 0;
}

static int parse_uring(struct host_options *options, const char *value, char *error, size_t size)
{
    static const char *const ways[] = {[TRANSPORT_URING_OFF] = "off",
                                       [TRANSPORT_URING_AUTO] = "auto",
                                       [TRANSPORT_URING_ON] = "on"};
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(value, ways[i]) == 0) {
            options->uring = (enum transport_uring)i;
            return 0;
        }
    }
    snprintf(error, size, "'%s' is none of auto, on and off", value);
    return -1;
}

static int parse_quota(struct host_options *options, const char *value, char *error, size_t size)
{
    return quotas_parse(value, &options->process_quota, error, size);
}

static int parse_user_quota(struct host_options *options, const char *value, char *error,
                            size_t size)
{
    return quotas_parse(value, &options->user_quota, error, size);
}

/* A power of two of records, at least as many as fit into a page. */
static int parse_recorder(struct host_options *options, const char *value, char *error, size_t size)
{
    char *end;
    unsigned long long bytes = strtoull(value, &end, 10);
    if (*end == 'K' || *end == 'M')
        bytes <<= *end++ == 'K' ? 10 : 20;
    if (strcmp(value, "off") == 0) {
        options->recorder_records = 0;
        return 0;
    }
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || bytes < MINIMUM_RECORDER ||
        bytes > MAXIMUM_RECORDER) {
        snprintf(error, size, "'%s' is neither off nor a size from 4K to 16M", value);
        return -1;
    }
    options->recorder_records = 1;
    while (options->recorder_records * 2ull * HISTORY_RECORD_BYTES <= bytes)
        options->recorder_records *= 2;
    return 0;
}

/* As in a unit of systemd, 0 is as good as infinity. */
static int parse_stop_timeout(struct host_options *options, const char *value, char *error,
                              size_t size)
{
    unsigned long number = 0;
    if (strcmp(value, "infinity") != 0 &&
        WdfuseHostParseNumber(value, 0, MAXIMUM_STOP_S, &number, error, size) != 0) {
        size_t length = strlen(error);
        snprintf(error + length, size - length, ", nor infinity");
        return -1;
    }
    options->stop_timeout_s = (unsigned)number;
    return 0;
}

static int parse_wake_source(struct host_options *options, const char *value, char *error,
                             size_t size)
{
    if (value[0] == '\0') {
        snprintf(error, size, "the file's name is empty");
        return -1;
    }
    options->wake_source = value;
    return 0;
}

static int parse_control(struct host_options *options, const char *value, char *error, size_t size)
{
    options->has_control = strcmp(value, "on") == 0;
    if (options->has_control || strcmp(value, "off") == 0)
        return 0;
    snprintf(error, size, "'%s' is neither on nor off", value);
    return -1;
}

static int parse_log_level(struct host_options *options, const char *value, char *error,
                           size_t size)
{
    int level = log_level_from_name(value);
    if (level < 0) {
        snprintf(error, size, "'%s' is none of error, warning, info, debug", value);
        return -1;
    }
    options->log_level = (enum log_level)level;
    return 0;
}

static int parse_trace(struct host_options *options, const char *value, char *error, size_t size)
{
    if (trace_check(value, error, size) != 0)
        return -1;
    if (options->trace_count == HOST_TRACES_MAX) {
        snprintf(error, size, "no more than %d of them", HOST_TRACES_MAX);
        return -1;
    }
    options->traces[options->trace_count++] = value;
    return 0;
}

static int parse_sandbox(struct host_options *options, const char *value, char *error, size_t size)
{
    if (sandbox_parse(value, &options->sandbox) == 0)
        return 0;
    snprintf(error, size, "'%s' is neither on nor off", value);
    return -1;
}

static int parse_pidfile(struct host_options *options, const char *value, char *error, size_t size)
{
    if (value[0] == '\0') {
        snprintf(error, size, "the file's name is empty");
        return -1;
    }
    options->pidfile = value;
    return 0;
}

static int parse_state_dir(struct host_options *options, const char *value, char *error,
                           size_t size)
{
    if (value[0] == '\0') {
        snprintf(error, size, "the folder's name is empty");
        return -1;
    }
    options->state_dir = value;
    return 0;
}

static int parse_file_name(struct host_options *options, const char *value, char *error,
                           size_t size)
{
    if (value[0] == '\0' || value[0] == '/' || value[0] == '\\' ||
        strlen(value) >= HOST_DRIVER_NAME_SIZE) {
        snprintf(error, size, "'%s' is no path after a name: 1 to %d bytes, no slash first", value,
                 HOST_DRIVER_NAME_SIZE - 1);
        return -1;
    }
    driver_of(options)->behind_name = value;
    return 0;
}

static int parse_config(struct host_options *options, const char *value, char *error, size_t size)
{
    if (value[0] == '\0') {
        snprintf(error, size, "the file's name is empty");
        return -1;
    }
    *config_of(driver_of(options)) = value;
    return 0;
}

static int add_filter(struct host_options *options, const char *value, bool is_upper, char *error,
                      size_t size)
{
    struct host_driver_options *driver = driver_of(options);
    if (value[0] == '\0') {
        snprintf(error, size, "the file's name is empty");
        return -1;
    }
    if (driver->filter_count == HOST_FILTERS_MAX) {
        snprintf(error, size, "no more than %d filters", HOST_FILTERS_MAX);
        return -1;
    }
    driver->filters[driver->filter_count++] =
        (struct host_filter_options){.path = value, .is_upper = is_upper};
    return 0;
}

/* A group of options without a file is a stack of only the device. */
static int parse_on(struct host_options *options, const char *value, char *error, size_t size)
{
    struct host_driver_options *driver = driver_of(options);
    if (value[0] != '/') {
        snprintf(error, size, "'%s' is no absolute path", value);
        return -1;
    }
    if (driver->on != NULL) {
        snprintf(error, size, "'%s': the stack is on %s already", value, driver->on);
        return -1;
    }
    driver->on = value;
    return 0;
}

static int parse_all_controls(struct host_options *options, const char *value, char *error,
                              size_t size)
{
    (void)value, (void)error, (void)size;
    driver_of(options)->passes_all_controls = true;
    return 0;
}

static int parse_lower_filter(struct host_options *options, const char *value, char *error,
                              size_t size)
{
    return add_filter(options, value, false, error, size);
}

static int parse_upper_filter(struct host_options *options, const char *value, char *error,
                              size_t size)
{
    return add_filter(options, value, true, error, size);
}

static bool is_child_id(const struct host_options *options, const char *id)
{
    for (unsigned i = 0; i < options->driver_count; i++) {
        if (strcasecmp(options->drivers[i].child_id, id) == 0)
            return true;
    }
    return false;
}

/* ID=FILE: like a file operand with its options, but for children. */
static int parse_driver(struct host_options *options, const char *value, char *error, size_t size)
{
    char id[HOST_ID_SIZE];
    size_t length = strcspn(value, "=");
    if (length == 0 || length >= sizeof(id) || value[length] == '\0' || value[length + 1] == '\0') {
        snprintf(error, size, "'%s' is not ID=FILE", value);
        return -1;
    }
    snprintf(id, sizeof(id), "%.*s", (int)length, value);
    if (is_child_id(options, id)) {
        snprintf(error, size, "'%s' has a driver already", id);
        return -1;
    }
    if (take_file(options, value + length + 1, error, size) != 0)
        return -1;
    memcpy(driver_of(options)->child_id, id, sizeof(id));
    return 0;
}

static int add_folder(const char **folders, unsigned *count, const char *value, char *error,
                      size_t size)
{
    if (value[0] == '\0') {
        snprintf(error, size, "the folder's name is empty");
        return -1;
    }
    if (*count == HOST_DRIVER_PATHS_MAX) {
        snprintf(error, size, "no more than %d of them", HOST_DRIVER_PATHS_MAX);
        return -1;
    }
    folders[(*count)++] = value;
    return 0;
}

static int parse_driver_path(struct host_options *options, const char *value, char *error,
                             size_t size)
{
    return add_folder(options->driver_paths, &options->driver_path_count, value, error, size);
}

static int parse_inf_path(struct host_options *options, const char *value, char *error, size_t size)
{
    return add_folder(options->inf_paths, &options->inf_path_count, value, error, size);
}

static int parse_hardware_id(struct host_options *options, const char *value, char *error,
                             size_t size)
{
    if (value[0] == '\0') {
        snprintf(error, size, "the ID is empty");
        return -1;
    }
    driver_of(options)->hardware_id = value;
    return 0;
}

static int parse_check_inf(struct host_options *options, const char *value, char *error,
                           size_t size)
{
    (void)error, (void)size;
    options->action = HOST_CHECK_INF;
    options->checked_inf = value;
    return 0;
}

static int parse_version(struct host_options *options, const char *value, char *error, size_t size)
{
    (void)value, (void)error, (void)size;
    options->action = HOST_SHOW_VERSION;
    return 0;
}

static int parse_help(struct host_options *options, const char *value, char *error, size_t size)
{
    (void)value, (void)error, (void)size;
    options->action = HOST_SHOW_HELP;
    return 0;
}

/* clang-format off */
static const struct option_row rows[] = {
    {'f', "foreground", NULL, "stay in the foreground, log to stderr", parse_foreground, false},
    {'d', "debug", NULL, "log every request; twice: every message of the kernel as well;\n"
                         "implies -f", parse_debug, false},
    {'s', "single", NULL, "one worker, the same as --workers=1", parse_single, false},
    {0, "name", "NAME", "the device's name; once more for each further device of the driver",
     parse_name, false},
    {0, "mount", "DIR", "no /dev node: the device is DIR/NAME in a FUSE mount on the\n"
                        "empty directory DIR; needs neither CUSE nor root", parse_mount, false},
    {0, "mode", "MODE", "permissions of the devices (default: what the driver says of\n"
                        "each, else 0600)", parse_mode, false},
    {0, "user", "USER", "owner of the device; started as root, the daemon becomes USER\n"
                        "once the device is open", parse_user, false},
    {0, "group", "GROUP", "group of the device, and with --user of the daemon", parse_group, false},
    {0, "workers", "N", "how many threads may be inside the driver at once, 1 to 64\n"
                        "(default 16)", parse_workers, false},
    {0, "spin", "US", "how long a worker stays awake after its last request, in\n"
                      "microseconds, while that pays; 0: never (default 50)", parse_spin, false},
    {0, "uring", "auto|on|off", "whether the requests of a mount come by io_uring: auto, if the\n"
                              "kernel offers it; on, and a warning if it does not (default off)",
     parse_uring, false},
    {0, "quota", "LIMITS", "what a process may take of a device (default\n"
                           "files=4096,requests=4096,bytes=128M,writes=2M; off: any)",
     parse_quota, false},
    {0, "user-quota", "LIMITS", "what a user may take of it (default\n"
                                "files=16384,requests=16384,bytes=256M,writes=4M; off: any)",
     parse_user_quota, false},
    {0, "stop-timeout", "S", "how many seconds the end may take once it has begun; then what the\n"
                                   "driver holds is logged, and the daemon ends with status 1\n"
                                   "(default 10; 0 or infinity: as long as it takes)",
     parse_stop_timeout, false},
    {0, "wake-source", "FILE", "devices can wake, themselves and the suspended daemon: whenever\n"
                               "FILE (a FIFO, say) becomes readable, which is read and forgotten",
     parse_wake_source, false},
    {0, "control", "on|off", "whether wdfctl(8) can look at the daemon, and command it\n"
                             "(default on)", parse_control, false},
    {0, "log-level", "LEVEL", "error, warning, info or debug (default info)", parse_log_level,
     false},
    {0, "trace", "FLAG,LEVEL", "log the driver's trace messages of that flag (or provider, or GUID;\n"
                               "*: all), up to LEVEL: critical, error, warning, information or\n"
                               "verbose (the default); once more for another flag",
     parse_trace, false},
    {0, "recorder", "SIZE", "how many bytes of each thread's last events are kept for whoever\n"
                            "looks, 4K to 16M (default 32K); off: none", parse_recorder, false},
    {0, "sandbox", "on|off", "whether the daemon may make no system calls but those that it needs,\n"
                          "once the devices are open (default off; of echod on)",
     parse_sandbox, false},
    {0, "pidfile", "FILE", "write the daemon's process ID to FILE once it is ready",
     parse_pidfile, false},
    {0, "config", "FILE", "the driver's registry, a JSON file that the driver may write to;\n"
                          "without one it is empty and nobody keeps it", parse_config, false},
    {0, "state-dir", "DIR", "where each driver has a folder for the files that it opens itself\n"
                            "(default: /var/lib/wdfuse for root, none for others)",
     parse_state_dir, false},
    {0, "file-name", "PATH", "what a driver is told that clients open after its devices' names\n"
                             "(default: nothing)", parse_file_name, false},
    {0, "lower-filter", "FILE", "put a filter driver below the driver; once more for another\n"
                                "one, above the first", parse_lower_filter, true},
    {0, "upper-filter", "FILE", "put a filter driver on top of the driver; once more for another\n"
                                "one, on top of the first", parse_upper_filter, true},
    {0, "on", "PATH", "put the driver on top of that device of Linux; without a driver the device\n"
                      "is a copy of it; --spin is 0 then, unless it is given", parse_on, true},
    {0, "all-controls", NULL, "pass it ioctls as well of which is not known that they hold no\n"
                              "addresses", parse_all_controls, true},
    {0, "driver", "ID=FILE", "a driver for children with that hardware or compatible ID; its\n"
                             "filters follow it; once more for another ID",
     parse_driver, true},
    {0, "driver-path", "DIR", "where the drivers are that an INF names, if not beside it; once\n"
                              "more for another folder", parse_driver_path, true},
    {0, "inf-path", "DIR", "where the INFs are of devices that are named by their hardware ID\n"
                           "(root\\toaster), and of children; once more for another folder",
     parse_inf_path, true},
    {0, "hardware-id", "ID", "which device of the INF (default: its first)", parse_hardware_id,
     true},
    {0, "check-inf", "FILE", "print what installing by that INF or INX would do, and what is\n"
                             "wrong with it", parse_check_inf, true},
    {0, "version", NULL, "print the version", parse_version, false},
    {0, "help", NULL, "print this", parse_help, false},
};
/* clang-format on */

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* What getopt returns for an option: its letter, or, out of the letters' way, its place in the long
 * table. */
#define FIRST_PLACE 256
#define OPERAND     1

static struct option *build_long_options(const WDFUSE_HOST *host)
{
    struct option *table = calloc(ROW_COUNT + host->OptionCount + 1, sizeof(*table));
    if (table == NULL)
        return NULL;
    for (size_t i = 0; i < ROW_COUNT + host->OptionCount; i++) {
        bool is_ours = i < ROW_COUNT;
        const char *argument = is_ours ? rows[i].argument : host->Options[i - ROW_COUNT].Argument;
        table[i].name = is_ours ? rows[i].name : host->Options[i - ROW_COUNT].Name;
        table[i].has_arg = argument != NULL ? required_argument : no_argument;
        table[i].val = FIRST_PLACE + (int)i;
    }
    return table;
}

/* A leading '-' makes getopt return each operand in its place; ':' tells a missing value from an
 * unknown option. */
static void build_letters(char letters[ROW_COUNT + 3])
{
    *letters++ = '-';
    *letters++ = ':';
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].letter != 0)
            *letters++ = rows[i].letter;
    }
    *letters = '\0';
}

/* The place in the table of what getopt has returned. */
static size_t place_of(int result)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].letter != 0 && rows[i].letter == result)
            return i;
    }
    return (size_t)(result - FIRST_PLACE);
}

static int parse_one(const WDFUSE_HOST *host, struct host_options *options, size_t place,
                     char *error, size_t size)
{
    char reason[HOST_ERROR_SIZE] = "";
    const char *name;
    int result;
    if (place < ROW_COUNT && rows[place].is_of_files && host->OperandName == NULL) {
        snprintf(error, size, "unknown option --%s", rows[place].name);
        return -1;
    }
    if (place < ROW_COUNT) {
        name = rows[place].name;
        result = rows[place].parse(options, optarg, reason, sizeof(reason));
    } else {
        const WDFUSE_HOST_OPTION *own = &host->Options[place - ROW_COUNT];
        name = own->Name;
        result = own->Parse(optarg, reason, sizeof(reason));
    }
    if (result != 0)
        snprintf(error, size, "--%s: %s", name, reason);
    return result != 0 ? -1 : 0;
}

/* getopt has met an option that is unknown, ambiguous, or has a value that it does not take (then
 * optopt is a known one). */
static void describe_unknown(char **argv, char *error, size_t size)
{
    if (optopt >= FIRST_PLACE)
        snprintf(error, size, "%s: this option takes no value", argv[optind - 1]);
    else if (optopt != 0)
        snprintf(error, size, "unknown option -%c", optopt);
    else
        snprintf(error, size, "unknown option %s", argv[optind - 1]);
}

static const char *after_last(const char *text, char separator)
{
    const char *last = strrchr(text, separator);
    return last != NULL ? last + 1 : text;
}

/* drivers/toaster.so.1 is the driver toaster, and so are toaster.inf, toaster.inx and the device
 * root\toaster. */
static size_t name_of_file(const char *operand, const char **name)
{
    *name = after_last(after_last(operand, '/'), '\\');
    size_t length = strlen(*name);
    const char *end = length > 4 ? *name + length - 4 : "";
    if (strcasecmp(end, ".inf") == 0 || strcasecmp(end, ".inx") == 0)
        return length - 4;
    const char *suffix = strstr(*name, ".so");
    return suffix != NULL ? (size_t)(suffix - *name) : length;
}

void host_driver_name(const char *path, char name[HOST_DRIVER_NAME_SIZE])
{
    const char *begin;
    size_t length = name_of_file(path, &begin);
    snprintf(name, HOST_DRIVER_NAME_SIZE, "%.*s", (int)length, begin);
}

/* Options before the first of several files are ambiguous. */
static bool is_clear(const struct host_options *options, char *error, size_t size)
{
    const struct host_driver_options *first = &options->drivers[0];
    if (options->driver_count != 1 || !options->has_early_options)
        return true;
    snprintf(error, size,
             "--name, --mode, --config and filters follow the file that they belong to when "
             "there are several: '%s' has one before it",
             first->operand);
    return false;
}

static int take_file(struct host_options *options, const char *operand, char *error, size_t size)
{
    if (options->driver_count == HOST_DRIVERS_MAX) {
        snprintf(error, size, "no more than %d drivers", HOST_DRIVERS_MAX);
        return -1;
    }
    if (!is_clear(options, error, size))
        return -1;
    struct host_driver_options *driver = &options->drivers[options->driver_count];
    if (options->driver_count++ == 0)
        options->has_early_options = driver->name_count > 0 || driver->config != NULL ||
                                     driver->mode_is_given || driver->filter_count > 0 ||
                                     driver->hardware_id != NULL || driver->on != NULL ||
                                     driver->passes_all_controls || driver->behind_name != NULL;
    host_driver_name(operand, driver->operand_name);
    driver->operand = operand;
    host_driver_name(operand, driver->file_name);
    driver->default_name = driver->file_name;
    return 0;
}

static int take_operand(const WDFUSE_HOST *host, const char *operand, struct host_options *options,
                        char *error, size_t size)
{
    if (host->OperandName != NULL)
        return take_file(options, operand, error, size);
    snprintf(error, size, "unexpected argument '%s'", operand);
    return -1;
}

static int parse_all(int argc, char **argv, const WDFUSE_HOST *host, const struct option *table,
                     struct host_options *options, char *error, size_t size)
{
    char letters[ROW_COUNT + 3];
    build_letters(letters);
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    while (options->action == HOST_RUN) {
        int result = getopt_long(argc, argv, letters, table, NULL);
        if (result == -1)
            break;
        if (result == '?') {
            describe_unknown(argv, error, size);
            return -1;
        }
        if (result == OPERAND) {
            if (take_operand(host, optarg, options, error, size) != 0)
                return -1;
            continue;
        }
        if (result == ':') {
            snprintf(error, size, "%s: a value is missing", argv[optind - 1]);
            return -1;
        }
        if (parse_one(host, options, place_of(result), error, size) != 0)
            return -1;
    }
    return 0;
}

/* A driver's one device is named after it unless --name says another. */
static int check_default_name(const struct host_driver_options *driver, char *error, size_t size)
{
    const char *name;
    size_t length = name_of_file(driver->operand, &name);
    if (driver->name_count > 0 || driver->child_id[0] != '\0' ||
        (length < sizeof(driver->operand_name) && node_name_is_valid(driver->operand_name)))
        return 0;
    snprintf(error, size, "'%.*s' can't be a device's name: say one by --name", (int)length, name);
    return -1;
}

/* A copy of the same name would replace the device that it is on. */
static int check_copy(const struct host_driver_options *driver, char *error, size_t size)
{
    if (driver->name_count > 0)
        return 0;
    snprintf(error, size, "--on=%s: say the name of the device by --name", driver->on);
    return -1;
}

/* Whether there is a device other than on children. */
static bool has_device(const struct host_options *options)
{
    for (unsigned i = 0; i < options->driver_count; i++) {
        if (options->drivers[i].child_id[0] == '\0')
            return true;
    }
    return false;
}

/* A stack without a driver of the user's. */
static void take_copy(struct host_options *options)
{
    struct host_driver_options *driver = &options->drivers[0];
    options->driver_count = 1;
    host_driver_name(driver->on, driver->file_name);
    driver->default_name = driver->file_name;
}

/* Requests are answered by another thread, and by Linux: a worker that spins takes CPU time from
 * both. */
static void choose_spin(struct host_options *options)
{
    for (unsigned i = 0; i < options->driver_count; i++) {
        if (options->drivers[i].on != NULL && !options->spin_is_given)
            options->spin_us = 0;
    }
}

static int check_operands(int argc, char **argv, const WDFUSE_HOST *host,
                          struct host_options *options, char *error, size_t size)
{
    for (int i = optind; i < argc; i++) { /* after a -- */
        if (take_operand(host, argv[i], options, error, size) != 0)
            return -1;
    }
    if (host->OperandName == NULL)
        options->driver_count = 1;
    else if (options->driver_count == 0 && options->drivers[0].on != NULL)
        take_copy(options);
    if (!has_device(options) && host->OperandName != NULL) {
        snprintf(error, size, "%s is missing", host->OperandName);
        return -1;
    }
    for (unsigned i = 0; i < options->driver_count && host->OperandName != NULL; i++) {
        if (options->drivers[i].operand == NULL) {
            if (check_copy(&options->drivers[i], error, size) != 0)
                return -1;
            continue;
        }
        if (check_default_name(&options->drivers[i], error, size) != 0)
            return -1;
    }
    return 0;
}

/* Checks options that need, or exclude, each other. */
static int check(int argc, char **argv, const WDFUSE_HOST *host, struct host_options *options,
                 char *error, size_t size)
{
    if (options->action != HOST_RUN)
        return 0;
    if (check_operands(argc, argv, host, options, error, size) != 0)
        return -1;
    choose_spin(options);
    if (options->has_user && options->has_group)
        options->user_group = options->group;
    if (options->has_user && options->user_group == (gid_t)-1) {
        snprintf(error, size, "--user: %lu is not in the user database: --group is needed as well",
                 (unsigned long)options->user);
        return -1;
    }
    return host->CheckOptions != NULL && host->CheckOptions(error, size) != 0 ? -1 : 0;
}

int host_options_parse(int argc, char **argv, const WDFUSE_HOST *host, struct host_options *options,
                       char *error, size_t size)
{
    *options = (struct host_options){
        .log_level = LOG_LEVEL_INFO,
        .workers = DEFAULT_WORKERS,
        .spin_us = DEFAULT_SPIN_US,
        .uring = TRANSPORT_URING_OFF,
        .stop_timeout_s = DEFAULT_STOP_S,
        .has_control = true,
        .process_quota = quotas_of_process,
        .user_quota = quotas_of_user,
        .recorder_records = HISTORY_DEFAULT_RECORDS,
        .sandbox = host->SandboxCalls != NULL ? SANDBOX_IF_POSSIBLE : SANDBOX_OFF,
        .user_group = (gid_t)-1,
    };
    options->drivers[0].default_name = host->DeviceName;
    for (unsigned i = 0; i < HOST_DRIVERS_MAX; i++)
        options->drivers[i].mode = DEFAULT_MODE;
    struct option *table = build_long_options(host);
    if (table == NULL) {
        snprintf(error, size, "no memory");
        return -1;
    }
    int result = parse_all(argc, argv, host, table, options, error, size);
    free(table);
    return result != 0 ? result : check(argc, argv, host, options, error, size);
}

/* Where the help of an option begins. */
#define HELP_COLUMN 28

static void print_option(FILE *stream, char letter, const char *name, const char *argument,
                         const char *help)
{
    char left[128];
    snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", letter != 0 ? '-' : ' ',
             letter != 0 ? letter : ' ', letter != 0 ? ',' : ' ', name, argument != NULL ? "=" : "",
             argument != NULL ? argument : "");
    fprintf(stream, "%-*s", HELP_COLUMN - 1, left);
    for (const char *line = help; line != NULL;) {
        int length = (int)strcspn(line, "\n");
        fprintf(stream, "%s%.*s\n", line == help ? " " : "                            ", length,
                line);
        line = line[length] == '\n' ? line + length + 1 : NULL;
    }
}

void host_options_print_help(const WDFUSE_HOST *host, FILE *stream)
{
    fprintf(stream, "Usage: %s [OPTION]...%s%s\n", host->ProgramName,
            host->OperandName != NULL ? " " : "",
            host->OperandName != NULL ? host->OperandName : "");
    if (host->Summary != NULL)
        fprintf(stream, "%s\n", host->Summary);
    if (host->OperandName != NULL)
        fprintf(
            stream,
            "The device is in /dev and named after the file unless the options say otherwise. Of\n"
            "several files each is followed by its --name, --mode, --config and filters.\n\n");
    else
        fprintf(stream, "The device is /dev/%s unless the options say otherwise.\n\n",
                host->DeviceName);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (host->OperandName == NULL && rows[i].is_of_files)
            continue;
        print_option(stream, rows[i].letter, rows[i].name, rows[i].argument, rows[i].help);
    }
    if (host->OptionCount > 0)
        fprintf(stream, "\n%s:\n",
                host->OperandName != NULL ? "Of the program itself" : "The driver's own options");
    for (size_t i = 0; i < host->OptionCount; i++)
        print_option(stream, 0, host->Options[i].Name, host->Options[i].Argument,
                     host->Options[i].Help);
    fprintf(
        stream,
        "\nExit status: 0 done (in the background: the device is ready), 1 failed, 2 wrong usage.\n");
}
