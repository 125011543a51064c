/*
 * devfund: the fundamentals of a device, in rounds (docs/devfund.md).
 *
 * Each round is a process of its own, so that a driver that crashes, hangs or is stopped by the
 * verifier costs only that round. Round N has the seed S + N: a failed round is repeated alone by
 * its own seed.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node.h"
#include "round.h"

enum { STATUS_PASSED = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

#define SECONDS_DEFAULT 10

struct options {
    uint64_t seed;
    unsigned seconds;
    unsigned rounds; /* 0: as many as there is time for */
    unsigned clients, operations, events, patience_s;
    pid_t daemon;
    bool may_fail;
    bool is_quiet;
    struct round_options round;
    const char *node; /* NULL: driver files */
};

static const char help[] =
    "usage: devfund [OPTION...] DRIVER.so...\n"
    "       devfund [OPTION...] NODE\n"
    "\n"
    "Tests the fundamentals of a device: opens and closes, reads, writes and controls of any kind,\n"
    "sleep, idling, rebalance and removal, all at once. Of driver files, the lowest layer first, a\n"
    "stack is made for each round; a node is used as it is.\n"
    "\n"
    "  --seed=N        the first round's (a new one each time)\n"
    "  --seconds=N     how long (10)\n"
    "  --rounds=N      how many rounds instead, however long they take\n"
    "  --clients=N     threads that use the device (4)\n"
    "  --operations=N  of each client, each round (300)\n"
    "  --events=N      of PnP and power, each round (12)\n"
    "  --patience=S    how long a round may take (30)\n"
    "  --node=NAME     a control device or child that clients open as well; repeatable\n"
    "  --write=TEXT    what clients write now and then; repeatable\n"
    "  --child=ID=DRIVER.so  a driver for children of that hardware ID; repeatable\n"
    "  --may-fail      a device that its driver fails is no failure of the round\n"
    "  --daemon=PID    of NODE: it is suspended and resumed by signals\n"
    "  --quiet         a line only if a round fails\n"
    "  --help\n"
    "\n"
    "Exit status: 0, all rounds passed; 1, one failed; 2, wrong usage.\n";

/* ---- options ---- */

enum {
    SEED = 256,
    SECONDS,
    ROUNDS,
    CLIENTS,
    OPERATIONS,
    EVENTS,
    PATIENCE,
    NODE,
    TEXT,
    CHILD,
    MAY_FAIL,
    DAEMON,
    QUIET,
    HELP
};

static const struct option long_options[] = {
    {"seed", required_argument, NULL, SEED},
    {"seconds", required_argument, NULL, SECONDS},
    {"rounds", required_argument, NULL, ROUNDS},
    {"clients", required_argument, NULL, CLIENTS},
    {"operations", required_argument, NULL, OPERATIONS},
    {"events", required_argument, NULL, EVENTS},
    {"patience", required_argument, NULL, PATIENCE},
    {"node", required_argument, NULL, NODE},
    {"write", required_argument, NULL, TEXT},
    {"child", required_argument, NULL, CHILD},
    {"may-fail", no_argument, NULL, MAY_FAIL},
    {"daemon", required_argument, NULL, DAEMON},
    {"quiet", no_argument, NULL, QUIET},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static _Noreturn void usage_error(const char *what, const char *value)
{
    fprintf(stderr, "devfund: %s%s\nTry 'devfund --help' for more information.\n", what, value);
    exit(STATUS_USAGE);
}

static uint64_t number(const char *text, uint64_t first, uint64_t last)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < first ||
        value > last)
        usage_error("this is no number that can be used here: ", text);
    return value;
}

static void add_driver(struct options *options, const char *path, const char *child_id)
{
    if (options->round.driver_count == DRIVERS_MAX)
        usage_error("too many drivers: ", path);
    options->round.drivers[options->round.driver_count++] =
        (struct driver_file){.path = path, .child_id = child_id};
}

/* "ID=FILE": IDs have no '=' in them. */
static void add_child(struct options *options, char *text)
{
    char *separator = strchr(text, '=');
    if (separator == NULL || separator == text || separator[1] == '\0')
        usage_error("--child needs ID=DRIVER.so: ", text);
    *separator = '\0';
    add_driver(options, separator + 1, text);
}

static void add_node(struct options *options, const char *name)
{
    if (options->round.node_count == NODES_MAX)
        usage_error("too many nodes: ", name);
    options->round.nodes[options->round.node_count++] = name;
}

static void add_text(struct options *options, const char *text)
{
    if (options->round.text_count == TEXTS_MAX)
        usage_error("too many texts: ", text);
    options->round.texts[options->round.text_count++] = text;
}

static void take_option(struct options *options, int option)
{
    switch (option) {
    case SEED:
        options->seed = number(optarg, 0, UINT64_MAX);
        break;
    case SECONDS:
        options->seconds = (unsigned)number(optarg, 1, UINT_MAX / 1000);
        options->rounds = 0;
        break;
    case ROUNDS:
        options->rounds = (unsigned)number(optarg, 1, UINT_MAX);
        break;
    case CLIENTS:
        options->clients = (unsigned)number(optarg, 1, 32);
        break;
    case OPERATIONS:
        options->operations = (unsigned)number(optarg, 0, UINT_MAX);
        break;
    case EVENTS:
        options->events = (unsigned)number(optarg, 0, UINT_MAX);
        break;
    case PATIENCE:
        options->patience_s = (unsigned)number(optarg, 1, 3600);
        break;
    case NODE:
        add_node(options, optarg);
        break;
    case TEXT:
        add_text(options, optarg);
        break;
    case CHILD:
        add_child(options, optarg);
        break;
    case MAY_FAIL:
        options->may_fail = true;
        break;
    case DAEMON:
        options->daemon = (pid_t)number(optarg, 1, INT_MAX);
        break;
    case QUIET:
        options->is_quiet = true;
        break;
    case HELP:
        fputs(help, stdout);
        exit(STATUS_PASSED);
    default:
        usage_error("there is no such option", "");
    }
}

/* A Linux device, or a file in a mount of wdfhost's, is not an ELF file. */
static bool is_driver_file(const char *path)
{
    size_t length = strlen(path);
    struct stat status;
    return length > 3 && strcmp(path + length - 3, ".so") == 0 &&
           (stat(path, &status) != 0 || S_ISREG(status.st_mode));
}

static uint64_t new_seed(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    return ((uint64_t)moment.tv_sec * 1000 + (uint64_t)moment.tv_nsec / 1000000) % 1000000000;
}

static void take_operands(struct options *options, char **operands)
{
    if (*operands == NULL)
        usage_error("a driver file or a node is missing", "");
    for (; *operands != NULL; operands++) {
        if (is_driver_file(*operands))
            add_driver(options, *operands, NULL);
        else if (options->node == NULL)
            options->node = *operands;
        else
            usage_error("one node at a time: ", *operands);
    }
    if (options->node != NULL && options->round.driver_count > 0)
        usage_error("driver files or a node, not both: ", options->node);
    if (options->node == NULL && options->daemon != 0)
        usage_error("--daemon is about a node", "");
}

static void parse(int argc, char **argv, struct options *options)
{
    int option;
    *options = (struct options){.seed = new_seed(),
                                .seconds = SECONDS_DEFAULT,
                                .clients = 4,
                                .operations = 300,
                                .events = 12,
                                .patience_s = 30};
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
        take_option(options, option);
    take_operands(options, argv + optind);
}

/* ---- one round ---- */

/* The output of a process: all of it, up to a limit. */
struct words {
    char text[256 * 1024];
    size_t length;
};
static struct words words;

/* False: it has neither written anything nor ended for that time. */
static bool hear(int pipe, int timeout_ms)
{
    ssize_t count = -1;
    struct pollfd wait = {.fd = pipe, .events = POLLIN};
    words.length = 0;
    while (poll(&wait, 1, timeout_ms) > 0) {
        char rest[4096];
        bool has_room = words.length < sizeof(words.text) - 1;
        char *place = has_room ? words.text + words.length : rest;
        count = read(pipe, place, has_room ? sizeof(words.text) - 1 - words.length : sizeof(rest));
        if (count <= 0)
            break;
        if (has_room)
            words.length += (size_t)count;
    }
    words.text[words.length] = '\0';
    return count == 0;
}

static _Noreturn void run_round(const struct options *options, uint64_t seed, int pipe,
                                struct round_counts *counts)
{
    dup2(pipe, STDOUT_FILENO);
    dup2(pipe, STDERR_FILENO);
    setenv("WDFUSE_BREAK", "1", true); /* a break of the verifier is a failure */
    if (options->node != NULL) {
        const struct node_options node = {.path = options->node,
                                          .daemon = options->daemon,
                                          .clients = options->clients,
                                          .operations = options->operations,
                                          .events = options->events,
                                          .patience_s = options->patience_s};
        node_run(&node, seed, counts);
    } else {
        struct round_options round = options->round;
        round.clients = options->clients;
        round.operations = options->operations;
        round.events = options->events;
        round.patience_s = options->patience_s;
        round.may_fail = options->may_fail;
        round_run(&round, seed, counts);
    }
    exit(STATUS_PASSED);
}

/* The process has ended well, and has written only what a correct driver causes. */
static bool has_passed(int status)
{
    if (WIFSIGNALED(status))
        printf("devfund: the round ends by %s\n", strsignal(WTERMSIG(status)));
    return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_PASSED &&
           strstr(words.text, "(S13.18)") == NULL; /* left at unload */
}

static bool round_passes(const struct options *options, uint64_t seed, struct round_counts *counts)
{
    int pipes[2], status = 0;
    fflush(NULL);
    if (pipe(pipes) != 0) {
        perror("devfund: pipe");
        exit(STATUS_FAILED);
    }
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        run_round(options, seed, pipes[1], counts);
    }
    close(pipes[1]);
    if (!hear(pipes[0], ((int)options->patience_s + 20) * 1000))
        kill(child, SIGKILL);
    close(pipes[0]);
    waitpid(child, &status, 0);
    return has_passed(status);
}

/* ---- all rounds ---- */

static double seconds_since(const struct timespec *start)
{
    struct timespec present;
    clock_gettime(CLOCK_MONOTONIC, &present);
    return (double)(present.tv_sec - start->tv_sec) +
           (double)(present.tv_nsec - start->tv_nsec) / 1e9;
}

static void tell_failure(uint64_t seed, char **argv)
{
    fputs(words.text, stdout);
    printf("devfund: FAILED; again: %s --seed=%" PRIu64 " --rounds=1", argv[0], seed);
    for (char **argument = argv + 1; *argument != NULL; argument++) {
        if (strncmp(*argument, "--seed", 6) != 0 && strncmp(*argument, "--rounds", 8) != 0 &&
            strncmp(*argument, "--seconds", 9) != 0)
            printf(" %s", *argument);
    }
    printf("\n");
}

/* `said` is this program's command line. */
static int run_rounds(const struct options *options, struct round_counts *counts, char **said)
{
    struct timespec start;
    unsigned rounds = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        if (!round_passes(options, options->seed + rounds, counts)) {
            tell_failure(options->seed + rounds, said);
            return STATUS_FAILED;
        }
        rounds++;
    } while (options->rounds > 0 ? rounds < options->rounds
                                 : seconds_since(&start) < (double)options->seconds);
    if (!options->is_quiet)
        printf("devfund: seed %" PRIu64 ": %u rounds, %lu operations, %lu events in %.1f s\n",
               options->seed, rounds, atomic_load(&counts->operations),
               atomic_load(&counts->events), seconds_since(&start));
    return STATUS_PASSED;
}

int main(int argc, char **argv)
{
    static struct options options;
    char **said = calloc((size_t)argc + 1, sizeof(*said)); /* getopt changes the order */
    for (int i = 0; said != NULL && i < argc; i++)
        said[i] = strdup(argv[i]);
    parse(argc, argv, &options);
    struct round_counts *counts =
        mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (said == NULL || counts == MAP_FAILED) {
        perror("devfund");
        return STATUS_FAILED;
    }
    int status = run_rounds(&options, counts, said);
    for (int i = 0; i < argc; i++)
        free(said[i]);
    free(said);
    return status;
}
