/* The command line of wdfexplore. See options.h. */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <wdfuse/trace.h>

#define DEFAULT_SCHEDULES 10000

static const char usage[] =
    "Usage: wdfexplore DRIVER.so --scenario=FILE [OPTION]...\n"
    "Runs a WDF driver under a scheduler that decides every interleaving, and replays what fails.\n"
    "\n"
    "  -s, --scenario=FILE       who does what to the device\n"
    "      --lower-filter=FILE   put a filter driver below the driver; once more for another one,\n"
    "                            above the first\n"
    "      --upper-filter=FILE   put a filter driver on top of the driver; once more for another\n"
    "                            one, on top of the first\n"
    "      --file-name=PATH      what the driver is told that clients open after its device's name\n"
    "  -n, --schedules=N         so many schedules at most (10000; 0: no limit)\n"
    "      --strategy=NAME       random, pct (the default) or dfs\n"
    "      --seed=N              of random and pct; without it, a new one\n"
    "      --depth=N             pct: orderings that must come together for a bug (5)\n"
    "      --preemptions=N       dfs: in one schedule (2)\n"
    "      --no-reduction        dfs: also try schedules that look equivalent\n"
    "      --max-steps=N         a schedule of more steps is a livelock (100000)\n"
    "      --replay=TOKEN        run one schedule again, with its trace\n"
    "      --trace=FLAG,LEVEL    with --replay: and with the driver's trace messages, as of wdfhost\n"
    "  -q, --quiet               no progress\n"
    "      --help, --version\n"
    "\n"
    "Exit status: 0 nothing found, 1 a failure, 2 a mistake in the call, 3 a driver that can't be explored.\n"
    "The format of scenarios is in scenario(5), an example in wdfexplore(1).\n";

enum {
    OPTION_LOWER_FILTER = 256,
    OPTION_UPPER_FILTER,
    OPTION_FILE_NAME,
    OPTION_STRATEGY,
    OPTION_SEED,
    OPTION_DEPTH,
    OPTION_PREEMPTIONS,
    OPTION_NO_REDUCTION,
    OPTION_MAX_STEPS,
    OPTION_REPLAY,
    OPTION_TRACE,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    {"scenario", required_argument, NULL, 's'},
    {"lower-filter", required_argument, NULL, OPTION_LOWER_FILTER},
    {"upper-filter", required_argument, NULL, OPTION_UPPER_FILTER},
    {"file-name", required_argument, NULL, OPTION_FILE_NAME},
    {"schedules", required_argument, NULL, 'n'},
    {"strategy", required_argument, NULL, OPTION_STRATEGY},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"depth", required_argument, NULL, OPTION_DEPTH},
    {"preemptions", required_argument, NULL, OPTION_PREEMPTIONS},
    {"no-reduction", no_argument, NULL, OPTION_NO_REDUCTION},
    {"max-steps", required_argument, NULL, OPTION_MAX_STEPS},
    {"replay", required_argument, NULL, OPTION_REPLAY},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static _Noreturn void refuse(const char *format, const char *argument)
{
    fputs("wdfexplore: ", stderr);
    fprintf(stderr, format, argument);
    fputs("\nTry 'wdfexplore --help'.\n", stderr);
    exit(EXIT_USAGE);
}

static uint64_t number(const char *name, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        fprintf(stderr, "wdfexplore: --%s=%s: a number from %llu to %llu is wanted\n", name, text,
                (unsigned long long)least, (unsigned long long)most);
        exit(EXIT_USAGE);
    }
    return value;
}

static const char *strategy_name(const char *text)
{
    if (strcmp(text, "random") != 0 && strcmp(text, "pct") != 0 && strcmp(text, "dfs") != 0)
        refuse("unknown strategy \"%s\": random, pct or dfs", text);
    return text;
}

static void ask_for_trace(const char *text)
{
    char error[256];
    if (WdfuseTraceEnable(text, error, sizeof(error)) == 0)
        return;
    fprintf(stderr, "wdfexplore: --trace: %s\n", error);
    exit(EXIT_USAGE);
}

static void add_filter(struct options *options, const char *path, bool is_upper)
{
    if (options->filter_count == FILTERS_MAX)
        refuse("too many filters: \"%s\"", path);
    options->filters[options->filter_count++] = (struct filter){.path = path, .is_upper = is_upper};
}

static void take(struct options *options, int option)
{
    switch (option) {
    case 's':
        options->scenario = optarg;
        break;
    case 'n':
        options->schedules = number("schedules", optarg, 0, UINT64_MAX);
        break;
    case 'q':
        options->is_quiet = true;
        break;
    case OPTION_FILE_NAME:
        options->file_name = optarg;
        break;
    case OPTION_LOWER_FILTER:
    case OPTION_UPPER_FILTER:
        add_filter(options, optarg, option == OPTION_UPPER_FILTER);
        break;
    case OPTION_STRATEGY:
        options->strategy = strategy_name(optarg);
        break;
    case OPTION_SEED:
        options->seed = number("seed", optarg, 0, UINT64_MAX);
        break;
    case OPTION_DEPTH:
        options->depth = (unsigned)number("depth", optarg, 1, 32);
        break;
    case OPTION_PREEMPTIONS:
        options->preemptions = (unsigned)number("preemptions", optarg, 0, 15);
        break;
    case OPTION_NO_REDUCTION:
        options->reduces = false;
        break;
    case OPTION_MAX_STEPS:
        options->steps_max = number("max-steps", optarg, 100, UINT32_MAX);
        break;
    case OPTION_REPLAY:
        options->replay = optarg;
        break;
    case OPTION_TRACE:
        ask_for_trace(optarg);
        options->traces = true;
        break;
    case OPTION_HELP:
        fputs(usage, stdout);
        exit(EXIT_SUCCESS);
    case OPTION_VERSION:
        puts("wdfexplore " WDFUSE_VERSION);
        exit(EXIT_SUCCESS);
    default:
        fputs("Try 'wdfexplore --help'.\n", stderr);
        exit(EXIT_USAGE);
    }
}

void options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){
        .schedules = DEFAULT_SCHEDULES,
        .strategy = "pct",
        .seed = (uint64_t)time(NULL),
        .depth = 5,
        .preemptions = 2,
        .reduces = true,
        .steps_max = 100000,
    };
    int option;
    while ((option = getopt_long(argc, argv, "s:n:q", long_options, NULL)) != -1)
        take(options, option);
    if (optind == argc)
        refuse("%s", "which driver?");
    options->driver = argv[optind++];
    if (optind < argc)
        refuse("one function driver, and not also \"%s\": --upper-filter puts one on top of it",
               argv[optind]);
    if (options->scenario == NULL)
        refuse("%s", "which scenario? (--scenario=FILE)");
    if (options->traces && options->replay == NULL)
        refuse("%s", "--trace goes with --replay: an exploration has too many schedules");
}
