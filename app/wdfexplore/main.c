/*
 * wdfexplore: a driver's races found by schedule, not by luck. See docs/explore.md.
 *
 * This program has the framework in it a second time, on the port layer of explorations. It shows
 * the framework's public functions, so that the driver binds to these and not to those of
 * libwdfuse.so, which is loaded with it and never called.
 */
#include <assert.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "../wdfhost/driverfile.h"
#include "explore/driverimage.h"
#include "explore/run.h"
#include "explore/strategy.h"
#include "explore/watch.h"
#include "framework/object/verifier.h"
#include "options.h"
#include "port/log.h"

#define EXIT_FOUND      1
#define EXIT_UNEXPLORED 3

/* Of the wall's clock, without a step. */
#define PATIENCE_SECONDS 3

/* Progress is told so often. */
#define PROGRESS_SECONDS 2

static struct options options;
static uint64_t schedule_number;

/* ---- the build ---- */

/* FNV-1a, carried on. */
static uint64_t hash_file(const char *path, uint64_t hash)
{
    static unsigned char buffer[65536];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return hash;
    size_t got;
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0) {
        for (size_t i = 0; i < got; i++)
            hash = (hash ^ buffer[i]) * 0x100000001B3ull;
    }
    fclose(file);
    return hash;
}

/* A schedule is the same only with the same drivers, the same scenario and the same framework. */
static uint32_t build;

static uint32_t identify_build(void)
{
    uint64_t hash = 0xCBF29CE484222325ull;
    hash = hash_file("/proc/self/exe", hash);
    hash = hash_file(options.driver, hash);
    for (unsigned i = 0; i < options.filter_count; i++) {
        hash = hash_file(options.filters[i].path, hash ^ options.filters[i].is_upper);
    }
    hash = hash_file(options.scenario, hash);
    return (uint32_t)(hash ^ hash >> 32);
}

/* ---- strategies ---- */

static struct strategy *make_strategy(const char *name)
{
    struct strategy *strategy;
    if (strcmp(name, "random") == 0)
        strategy = strategy_random(options.seed);
    else if (strcmp(name, "pct") == 0)
        strategy = strategy_pct(options.seed, options.depth);
    else
        strategy = strategy_dfs(options.preemptions, options.reduces);
    if (strategy == NULL) {
        fputs("wdfexplore: out of memory\n", stderr);
        exit(EXIT_UNEXPLORED);
    }
    return strategy;
}

static _Noreturn void refuse_token(const char *why)
{
    fprintf(stderr, "wdfexplore: --replay=%s: %s\n", options.replay, why);
    exit(EXIT_USAGE);
}

/* NAME:DETAILS@BUILD */
static struct strategy *strategy_from_token(void)
{
    static char text[65536];
    char *end;
    snprintf(text, sizeof(text), "%s", options.replay);
    char *of_build = strrchr(text, '@');
    char *details = strchr(text, ':');
    if (of_build == NULL || details == NULL || details > of_build)
        refuse_token("it is no token that wdfexplore has printed");
    *of_build++ = '\0';
    *details++ = '\0';
    if (strcmp(text, "random") != 0 && strcmp(text, "pct") != 0 && strcmp(text, "dfs") != 0)
        refuse_token("it is no token that wdfexplore has printed");
    uint32_t wanted = (uint32_t)strtoul(of_build, &end, 16);
    if (*end != '\0' || end == of_build)
        refuse_token("it is no token that wdfexplore has printed");
    if (wanted != build)
        refuse_token(
            "it is of another build: a driver, the scenario or wdfexplore itself has changed since, and "
            "with it what the schedule would be; explore anew");
    struct strategy *strategy = make_strategy(text);
    if (!strategy->replay(strategy, details))
        refuse_token("it is no token that wdfexplore has printed");
    return strategy;
}

/* ---- reports ---- */

static void print_token(FILE *file, const struct strategy *strategy)
{
    static char token[65536];
    strategy->token(strategy, token, sizeof(token));
    fprintf(file, "%s@%08" PRIx32, token, build);
}

static void print_replay_line(FILE *file, const struct strategy *strategy)
{
    fprintf(file, "replay: wdfexplore %s", options.driver);
    for (unsigned i = 0; i < options.filter_count; i++)
        fprintf(file, " --%s-filter=%s", options.filters[i].is_upper ? "upper" : "lower",
                options.filters[i].path);
    fprintf(file, " --scenario=%s", options.scenario);
    if (options.steps_max != 100000)
        fprintf(file, " --max-steps=%" PRIu64, options.steps_max);
    fputs(" --replay=", file);
    print_token(file, strategy);
    fputc('\n', file);
}

static struct strategy *current_strategy;

/* From a signal handler: the process ends here, whatever it was in the middle of. */
static void report_standstill(const char *thread, const void *address)
{
    char place[128];
    fprintf(
        stderr,
        "wdfexplore: schedule %" PRIu64
        " stands still: %s has not come back to the scheduler for %d seconds; "
        "it is at %s. The driver blocks in a call of the system, waits for a lock that is not the "
        "framework's, "
        "or computes for ever; it can't be explored like this.\n",
        schedule_number, thread, PATIENCE_SECONDS, verifier_place(address, place, sizeof(place)));
    print_replay_line(stderr, current_strategy);
    _exit(EXIT_UNEXPLORED);
}

struct statistics {
    uint64_t schedules;
    uint64_t steps;
    uint64_t steps_max;
    unsigned threads_max;
    double start;     /* of the wall's clock */
    double cpu_start; /* of the time that this process has had */
};

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void count(struct statistics *statistics, const struct explore_result *result)
{
    statistics->schedules++;
    statistics->steps += result->steps;
    if (result->steps > statistics->steps_max)
        statistics->steps_max = result->steps;
    if (result->threads_max > statistics->threads_max)
        statistics->threads_max = result->threads_max;
}

static void print_statistics(FILE *file, const struct statistics *statistics)
{
    double seconds = now(CLOCK_MONOTONIC) - statistics->start;
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID) - statistics->cpu_start;
    double schedules = (double)statistics->schedules;
    fprintf(file,
            "%" PRIu64
            " schedules in %.2f s, %.2f s of CPU (%.0f/s of it), about %.0f distinct states, "
            "depth %.0f on average and %" PRIu64 " at most, up to %u threads\n",
            statistics->schedules, seconds, cpu, cpu > 0 ? schedules / cpu : 0,
            explore_distinct_states(), schedules > 0 ? (double)statistics->steps / schedules : 0,
            statistics->steps_max, statistics->threads_max);
}

static void print_progress(const struct statistics *statistics)
{
    static double last;
    double time = now(CLOCK_MONOTONIC);
    if (last == 0)
        last = statistics->start;
    if (time - last < PROGRESS_SECONDS)
        return;
    last = time;
    fputs("... ", stderr);
    print_statistics(stderr, statistics);
}

static int report_failure(const struct strategy *strategy, const struct explore_result *result)
{
    printf("FAILED: %s\n", result->message);
    printf("threads:\n");
    explore_threads_print(stdout);
    print_replay_line(stdout, strategy);
    fflush(stdout);
    return result->failure == EXPLORE_ESCAPE ? EXIT_UNEXPLORED : EXIT_FOUND;
}

/* ---- the two ways to run ---- */

static int replay(const struct exploration *exploration, struct strategy *strategy)
{
    struct explore_result result;
    exploration_run(exploration, &strategy->interface, &result);
    printf("trace:\n");
    explore_trace_print(stdout);
    if (result.failure != EXPLORE_NO_FAILURE)
        return report_failure(strategy, &result);
    printf("the schedule ends well\n");
    return EXIT_SUCCESS;
}

static int explore(const struct exploration *exploration, struct strategy *strategy)
{
    struct statistics statistics = {.start = now(CLOCK_MONOTONIC),
                                    .cpu_start = now(CLOCK_PROCESS_CPUTIME_ID)};
    struct explore_result result = {.failure = EXPLORE_NO_FAILURE};
    bool is_complete = false;
    printf("strategy %s, seed %" PRIu64 "\n", options.strategy, options.seed);
    fflush(stdout);
    for (schedule_number = 0; options.schedules == 0 || schedule_number < options.schedules;
         schedule_number++) {
        is_complete = !strategy->next(strategy, schedule_number);
        if (is_complete)
            break;
        exploration_run(exploration, &strategy->interface, &result);
        count(&statistics, &result);
        if (result.failure != EXPLORE_NO_FAILURE)
            break;
        if (strategy->ended != NULL)
            strategy->ended(strategy, &result);
        if (!options.is_quiet && (schedule_number & 1023) == 1023)
            print_progress(&statistics);
    }
    print_statistics(stdout, &statistics);
    if (result.failure != EXPLORE_NO_FAILURE)
        return report_failure(strategy, &result);
    printf("no failure%s\n", is_complete ? ": these are all schedules within the bound" : "");
    return EXIT_SUCCESS;
}

/* Of a replay that was asked for trace messages, what the driver and the framework say. */
static void print_log_line(enum log_level level, const char *line)
{
    printf("%s: %s\n", log_level_name(level), line);
}

static void show_log(void)
{
    log_set_level(LOG_LEVEL_INFO);
    log_set_sink(print_log_line);
    printf("log:\n");
}

/* ---- the stack ---- */

static _Noreturn void refuse_driver(const char *path, const char *why)
{
    fprintf(stderr, "wdfexplore: %s%s%s\n", path, path[0] != '\0' ? ": " : "", why);
    exit(EXIT_USAGE);
}

/* Its name is its file's, without the ending. */
static void set_service_name(struct explored_driver *driver, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    snprintf(driver->service_name, sizeof(driver->service_name), "%.*s", (int)strcspn(name, "."),
             name);
}

static void put_driver(struct exploration *exploration, const char *path)
{
    static_assert(FILTERS_MAX + 1 <= EXPLORE_DRIVERS_MAX, "every driver has its place");
    char error[512];
    DRIVER_INITIALIZE *driver_entry = driver_file_load(path, error, sizeof(error));
    if (driver_entry == NULL)
        refuse_driver("", error);
    struct explored_driver driver = {.driver_entry = driver_entry};
    set_service_name(&driver, path);
    for (unsigned i = 0; i < exploration->driver_count; i++) {
        if (exploration->drivers[i].driver_entry == driver_entry)
            refuse_driver(path, "the driver is in the stack already: once is enough");
        if (strcasecmp(exploration->drivers[i].service_name, driver.service_name) == 0)
            refuse_driver(path, "another driver of the stack has a file of that name");
    }
    if (!driver_image_keep((const void *)(uintptr_t)driver_entry))
        refuse_driver("", "out of memory");
    exploration->drivers[exploration->driver_count++] = driver;
}

static void put_filters(struct exploration *exploration, bool are_upper)
{
    for (unsigned i = 0; i < options.filter_count; i++) {
        if (options.filters[i].is_upper == are_upper)
            put_driver(exploration, options.filters[i].path);
    }
}

static int run(const struct scenario *scenario)
{
    struct exploration exploration = {.scenario = scenario, .file_name = options.file_name};
    build = identify_build();
    current_strategy =
        options.replay != NULL ? strategy_from_token() : make_strategy(options.strategy);
    put_filters(&exploration, false);
    put_driver(&exploration, options.driver);
    put_filters(&exploration, true);
    explore_steps_max = options.steps_max;
    exploration_prepare();
    if (options.traces)
        show_log();
    watch_start(PATIENCE_SECONDS, report_standstill);
    return options.replay != NULL ? replay(&exploration, current_strategy)
                                  : explore(&exploration, current_strategy);
}

int main(int argc, char **argv)
{
    char error[512];
    options_parse(&options, argc, argv);
    struct scenario *scenario = scenario_read(options.scenario, error, sizeof(error));
    if (scenario == NULL) {
        fprintf(stderr, "wdfexplore: %s\n", error);
        return EXIT_USAGE;
    }
    int status = run(scenario);
    scenario_free(scenario);
    return status;
}
