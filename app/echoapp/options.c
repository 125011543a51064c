/* The command line: names, defaults, and strict reading of numbers. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

#define SIZE_LIMIT ((size_t)1 << 30)

static const char usage[] =
    "usage: echoapp [OPTION...]\n"
    "Writes a pattern of bytes to the echo device, reads it back and compares.\n"
    "\n"
    "  --device=PATH  the echo device (/dev/echo)\n"
    "  --size=N       send one message of N bytes, instead of one of 512 and one of 30720\n"
    "  --help         print this and exit\n"
    "  --version      print the version and exit\n"
    "\n"
    "Exit status: 0 everything came back as it was written, 1 something did not, 2 wrong usage.\n";

enum { OPTION_DEVICE = 256, OPTION_SIZE, OPTION_HELP, OPTION_VERSION };

static const struct option long_options[] = {
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

/* Decimal digits and nothing else: strtoull alone lets a sign, leading space and an overflow pass. */
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

/* `argument` is the word that getopt stumbled over; in a cluster such as -xy it is not yet done with that
 * word. */
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

enum options_verdict options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){.device = "/dev/echo"};

    /* ':' asks getopt to be silent and to tell a missing value from an unknown option. */
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        enum options_verdict verdict = apply(options, option, argv);
        if (verdict != OPTIONS_RUN)
            return verdict;
    }
    if (optind < argc) {
        warnx("%s: it takes no operands; try 'echoapp --help'", argv[optind]);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}
