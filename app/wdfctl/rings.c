/* What rings of daemons, and cores, tell. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "history/postmortem.h"
#include "timeline.h"

/* Of the only daemon, or the one named: it lies beside its socket. */
static bool find_ring(const struct invocation *invocation, char *path, size_t size)
{
    struct daemons daemons;
    const struct daemon *daemon = find_one(invocation, &daemons);
    if (daemon != NULL)
        snprintf(path, size, "%.*s/%s-%lld.ring", (int)(strrchr(daemon->path, '/') - daemon->path),
                 daemon->path, json_string_value(json_object_get(daemon->about, "program")),
                 (long long)json_integer_value(json_object_get(daemon->about, "pid")));
    bool is_found = daemon != NULL;
    daemons_forget(&daemons);
    return is_found;
}

static bool open_history(const struct invocation *invocation, struct history_view *view)
{
    char error[512];
    char ring[PATH_MAX];
    const char *path = invocation->argument;
    if (path == NULL && !find_ring(invocation, ring, sizeof(ring)))
        return false;
    if (path == NULL)
        path = ring;
    if (history_open_file(path, view, error, sizeof(error)))
        return true;
    fprintf(stderr, "wdfctl: %s\n", error);
    return false;
}

static void say_line(void *context, const char *line)
{
    (void)context;
    char *text = strdup(line);
    if (text == NULL)
        return;
    text_make_printable(text);
    puts(text);
    free(text);
}

int run_post_mortem(const struct command *command, const struct invocation *invocation)
{
    (void)command;
    struct history_view view;
    const struct post_mortem_options options = {.last = invocation->last, .by_thread = true};
    if (!open_history(invocation, &view))
        return STATUS_FAILED;
    post_mortem_report(&view, &options, say_line, NULL);
    history_close(&view);
    return STATUS_DONE;
}

int run_timeline(const struct command *command, const struct invocation *invocation)
{
    (void)command;
    struct history_view view;
    struct timeline timeline;
    if (!open_history(invocation, &view))
        return STATUS_FAILED;
    bool is_written = timeline_read(&view, &timeline);
    if (!is_written)
        fprintf(stderr, "wdfctl: no memory\n");
    if (is_written && invocation->perfetto != NULL)
        is_written = timeline_write_perfetto(&view, &timeline, invocation->perfetto);
    if (is_written && invocation->svg != NULL)
        is_written = timeline_write_svg(&timeline, invocation->svg);
    timeline_free(&timeline);
    history_close(&view);
    return is_written ? STATUS_DONE : STATUS_FAILED;
}
