/* Prints the contents of a file of rings or a core: post-mortem FILE [LAST]. */
#include <stdio.h>
#include <stdlib.h>

#include "history/postmortem.h"

static void print(void *context, const char *line)
{
    (void)context;
    puts(line);
}

int main(int argc, char **argv)
{
    struct history_view view;
    char error[512];
    struct post_mortem_options options = {.by_thread = true};
    if (argc < 2)
        return 2;
    if (argc > 2)
        options.last = strtoull(argv[2], NULL, 10);
    if (!history_open_file(argv[1], &view, error, sizeof(error))) {
        fprintf(stderr, "post-mortem: %s\n", error);
        return 1;
    }
    post_mortem_report(&view, &options, print, NULL);
    history_close(&view);
    return 0;
}
