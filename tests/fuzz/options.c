/*
 * Fuzzing command lines (src/host/options.h): the input is the arguments, one per line, of a
 * program with a built-in driver, or of one whose drivers are files. They are rejected in one line,
 * or accepted within their bounds.
 */
#include "host/options.h"

#include "require.h"

#define ARGUMENTS_MAX 64

static DRIVER_INITIALIZE *find_none(const char *operand, char *error, size_t size)
{
    snprintf(error, size, "%s: there is none", operand);
    return NULL;
}

static const WDFUSE_HOST own = {.Size = sizeof(own),
                                .ProgramName = "own",
                                .Version = "1",
                                .DeviceName = "own",
                                .ServiceName = "own",
                                .SandboxCalls = ""};
static const WDFUSE_HOST of_files = {.Size = sizeof(of_files),
                                     .ProgramName = "files",
                                     .Version = "1",
                                     .OperandName = "DRIVER.so",
                                     .FindDriver = find_none};

static void check_taken(const struct host_options *options)
{
    require(options->workers >= 1 && options->workers <= 64);
    require(options->driver_count >= 1 && options->driver_count <= HOST_DRIVERS_MAX);
    require(options->log_level >= LOG_LEVEL_ERROR && options->log_level <= LOG_LEVEL_DEBUG);
    for (unsigned i = 0; i < options->driver_count; i++) {
        const struct host_driver_options *driver = &options->drivers[i];
        require(driver->name_count <= HOST_NAMES_MAX && driver->filter_count <= HOST_FILTERS_MAX);
        require((driver->mode & ~(mode_t)0777) == 0);
    }
}

static void check(const WDFUSE_HOST *host, int count, char **arguments)
{
    static struct host_options options;
    char error[HOST_ERROR_SIZE] = "";
    if (host_options_parse(count, arguments, host, &options, error, sizeof(error)) != 0)
        require(error[0] != '\0');
    else if (options.action == HOST_RUN)
        check_taken(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char program[] = "program";
    char *text = text_of(data, size);
    char *arguments[ARGUMENTS_MAX + 2] = {program};
    int count = 1;
    for (char *rest = text, *line; count <= ARGUMENTS_MAX && (line = strsep(&rest, "\n")) != NULL;)
        arguments[count++] = line;
    char *again[ARGUMENTS_MAX + 2]; /* getopt moves operands */
    memcpy(again, arguments, sizeof(again));
    check(&own, count, arguments);
    check(&of_files, count, again);
    free(text);
    return 0;
}
