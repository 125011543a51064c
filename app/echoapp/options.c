/* The command line: names, defaults, and strict reading of numbers. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "ioctl.h"
#include "options.h"

#define SIZE_LIMIT ((size_t)1 << 30)

#define USUAL_COUNT ((size_t)100)

/* Each outstanding operation is a thread, of ours or of the kernel: 8192 of them are plenty. */
#define COUNT_LIMIT ((size_t)4096)

static const char usage[] =
    "usage: echoapp [--device=PATH] [--size=N]\n"
    "       echoapp --ioctl[=NAME] [--device=PATH] [--size=N]\n"
    "       echoapp --async [--count=N] [--engine=NAME] [--verbose] [--device=PATH] [--size=N]\n"
    "       echoapp -Async [N]\n"
    "Writes a pattern of bytes to the echo device, reads it back and compares. With --async it has\n"
    "many reads and writes outstanding at once; each read must yield one whole message of those\n"
    "written. Ctrl-C cancels what is outstanding.\n"
    "\n"
    "  --device=PATH  the echo device (the first found by its interface, else /dev/echo)\n"
    "  --size=N       send one message of N bytes, instead of one of 512 and one of 30720;\n"
    "                 with --async or --ioctl: of N bytes (512)\n"
    "  --ioctl[=NAME] use the device's control codes and verify what comes back: all of them, or one;\n"
    "                 they change the message\n"
    "  --async        N reads and N writes at once, each with an open file of its own\n"
    "  --count=N      that many, up to 4096 (100)\n"
    "  -Async [N]     as the sample for Windows spells them: --async, --count=N\n"
    "  --engine=NAME  how: uring (io_uring), threads (one for each read and write) or poll\n"
    "                 (one thread for all, O_NONBLOCK and epoll);\n"
    "                 default: uring, where the kernel lets us, else threads\n"
    "  --verbose      a line for each read and write when it is completed\n"
    "  --help         print this and exit\n"
    "  --version      print the version and exit\n"
    "\n"
    "Exit status: 0 everything came back as it was written, 1 something did not, 2 wrong usage,\n"
    "130 ended by Ctrl-C (128 + the signal's number).\n";

enum {
    OPTION_DEVICE = 256,
    OPTION_SIZE,
    OPTION_IOCTL,
    OPTION_ASYNC,
    OPTION_COUNT,
    OPTION_ENGINE,
    OPTION_VERBOSE,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"ioctl", optional_argument, NULL, OPTION_IOCTL},
    {"async", no_argument, NULL, OPTION_ASYNC},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

/* Decimal digits and nothing else: strtoull alone lets a sign, leading space and an overflow
 * pass. */
static bool parse_number(const char *text, size_t minimum, size_t maximum, size_t *number)
{
    char *end;
    unsigned long long value;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < minimum || value > maximum)
        return false;
    *number = value;
    return true;
}

static enum options_verdict wrong_number(const char *option, const char *text, size_t maximum)
{
    warnx("%s=%s: not a number from 1 to %zu; try 'echoapp --help'", option, text, maximum);
    return OPTIONS_WRONG;
}

/* `argument` is the word that getopt stumbled over; in a cluster such as -xy it is not yet done
 * with that word. */
static enum options_verdict wrong_option(int verdict, const char *argument)
{
    char letter[] = {'-', (char)optopt, '\0'};

    if (optopt > 0 && optopt < OPTION_DEVICE)
        argument = letter;
    warnx(verdict == ':' ? "%s: it needs a value; try 'echoapp --help'"
                         : "%s: no such option, or it takes no value; try 'echoapp --help'",
          argument);
    return OPTIONS_WRONG;
}

static enum options_verdict choose_engine(struct options *options, const char *name)
{
    const char *reason;

    options->engine = engine_named(name, &reason);
    if (options->engine != NULL)
        return OPTIONS_RUN;
    warnx("--engine=%s: %s; try 'echoapp --help'", name, reason);
    return OPTIONS_WRONG;
}

static enum options_verdict choose_ioctl(struct options *options, const char *name)
{
    options->ioctl = name;
    if (ioctl_is_known(name))
        return OPTIONS_RUN;
    warnx("--ioctl=%s: not %s; try 'echoapp --help'", name, ioctl_names());
    return OPTIONS_WRONG;
}

static enum options_verdict apply(struct options *options, int option, char **argv)
{
    switch (option) {
    case OPTION_DEVICE:
        options->device = optarg;
        if (*optarg != '\0')
            return OPTIONS_RUN;
        warnx("--device: the path is empty; try 'echoapp --help'");
        return OPTIONS_WRONG;
    case OPTION_SIZE:
        if (parse_number(optarg, 1, SIZE_LIMIT, &options->size))
            return OPTIONS_RUN;
        return wrong_number("--size", optarg, SIZE_LIMIT);
    case OPTION_IOCTL:
        return choose_ioctl(options, optarg != NULL ? optarg : "all");
    case OPTION_ASYNC:
        options->is_async = true;
        return OPTIONS_RUN;
    case OPTION_COUNT:
        if (parse_number(optarg, 1, COUNT_LIMIT, &options->count))
            return OPTIONS_RUN;
        return wrong_number("--count", optarg, COUNT_LIMIT);
    case OPTION_ENGINE:
        return choose_engine(options, optarg);
    case OPTION_VERBOSE:
        options->is_verbose = true;
        return OPTIONS_RUN;
    case OPTION_HELP:
        fputs(usage, stdout);
        return OPTIONS_ANSWERED;
    case OPTION_VERSION:
        puts("echoapp (wdfuse) " WDFUSE_VERSION);
        return OPTIONS_ANSWERED;
    default:
        return wrong_option(option, argv[optind - 1]);
    }
}

/* What is about --async alone makes no sense without. */
static enum options_verdict check_async(struct options *options)
{
    const char *alone = options->count != 0       ? "--count"
                        : options->engine != NULL ? "--engine"
                        : options->is_verbose     ? "--verbose"
                                                  : NULL;

    if (options->is_async && options->ioctl != NULL) {
        warnx("--ioctl: not together with --async; try 'echoapp --help'");
        return OPTIONS_WRONG;
    }
    if (!options->is_async && alone != NULL) {
        warnx("%s: it needs --async; try 'echoapp --help'", alone);
        return OPTIONS_WRONG;
    }
    if (options->count == 0)
        options->count = USUAL_COUNT;
    return OPTIONS_RUN;
}

/*
 * Microsoft's sample has one option, in capitals or not: getopt would take it for a cluster of
 * letters. Returns whether it is there; then a number may follow.
 */
static bool translate_sample(int argc, char **argv)
{
    static char async[] = "--async";
    bool is_there = false;

    for (int i = 1; i < argc; i++) {
        if (strcasecmp(argv[i], "-Async") == 0) {
            argv[i] = async;
            is_there = true;
        }
    }
    return is_there;
}

/* What is no option: nothing, or the number of the sample. */
static enum options_verdict apply_operands(struct options *options, int count, char **operands,
                                           bool takes_number)
{
    if (count == 0)
        return OPTIONS_RUN;
    if (takes_number && count == 1 && options->count == 0) {
        if (parse_number(operands[0], 1, COUNT_LIMIT, &options->count))
            return OPTIONS_RUN;
        return wrong_number("-Async", operands[0], COUNT_LIMIT);
    }
    warnx("%s: it takes no operands; try 'echoapp --help'",
          operands[takes_number && options->count == 0]);
    return OPTIONS_WRONG;
}

enum options_verdict options_parse(struct options *options, int argc, char **argv)
{
    bool is_sample = translate_sample(argc, argv);

    *options = (struct options){0};

    /* ':' asks getopt to be silent and to tell a missing value from an unknown option. */
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        enum options_verdict verdict = apply(options, option, argv);
        if (verdict != OPTIONS_RUN)
            return verdict;
    }
    enum options_verdict verdict = apply_operands(options, argc - optind, argv + optind, is_sample);
    return verdict == OPTIONS_RUN ? check_async(options) : verdict;
}
