/* wdfuse-mof: the header of a MOF, in the place of wmimofck. See wdfuse-mof(1). */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mof/header.h"
#include "mof/mof.h"

enum { EXIT_USAGE = 2 };

static const char usage[] = "Usage: wdfuse-mof [-o FILE.h] FILE.mof\n"
                            "Makes the header that wmimofck makes of a MOF.\n\n"
                            "  -o, --output=FILE.h  where to; else to the standard output\n"
                            "      --help, --version\n";

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static int complain(const char *file)
{
    fprintf(stderr, "wdfuse-mof: %s: %s\n", file, strerror(errno));
    return EXIT_FAILURE;
}

/* The whole of a file; NULL after a complaint. */
static char *read_file(const char *name, size_t *length)
{
    FILE *file = fopen(name, "r");
    char *text = NULL;
    size_t room = 0;
    if (file == NULL || (getdelim(&text, &room, EOF, file) < 0 && ferror(file))) {
        (void)complain(name);
        if (file != NULL)
            (void)fclose(file);
        free(text);
        return NULL;
    }
    *length = (size_t)ftell(file);
    (void)fclose(file);
    return text;
}

/* "_toaster_h_" of "dir/toaster.h" */
static void write_guard(const char *file, char *guard, size_t size)
{
    const char *last = strrchr(file, '/');
    snprintf(guard, size, "_%s_", last != NULL ? last + 1 : file);
    for (char *c = guard; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c))
            *c = '_';
    }
}

static int write_header(const struct mof *mof, const char *source, const char *output)
{
    char guard[256];
    FILE *out = output != NULL ? fopen(output, "w") : stdout;
    if (out == NULL)
        return complain(output);
    write_guard(output != NULL ? output : source, guard, sizeof(guard));
    mof_write_header(mof, guard, out);
    bool is_written = fflush(out) == 0 && !ferror(out);
    if (output != NULL)
        is_written = fclose(out) == 0 && is_written;
    if (is_written)
        return EXIT_SUCCESS;
    return complain(output != NULL ? output : "standard output");
}

int main(int argc, char **argv)
{
    const char *output = NULL;
    char error[MOF_ERROR_SIZE];
    size_t length;
    for (int option; (option = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        if (option == 'o') {
            output = optarg;
        } else if (option == 'h' || option == 'v') {
            fputs(option == 'h' ? usage : "wdfuse-mof " WDFUSE_VERSION "\n", stdout);
            return EXIT_SUCCESS;
        } else {
            return EXIT_USAGE;
        }
    }
    if (optind != argc - 1) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    char *text = read_file(argv[optind], &length);
    if (text == NULL)
        return EXIT_FAILURE;
    struct mof *mof = mof_read(text, length, error);
    free(text);
    if (mof == NULL) {
        fprintf(stderr, "wdfuse-mof: %s:%s\n", argv[optind], error);
        return EXIT_FAILURE;
    }
    int status = write_header(mof, argv[optind], output);
    mof_free(mof);
    return status;
}
