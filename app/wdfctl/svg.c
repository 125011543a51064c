/*
 * A timeline as a picture: for each queue a band, in it a bar for each request, one below the other
 * as far as they overlap: light while it waits, dark while its driver has it. See timeline.h.
 */
#include "timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nt/status.h"

#define QUEUES_MAX 32
#define STAYS_MAX  400
#define ROWS_MAX   40

/* In pixels. */
#define WIDTH      1200
#define LEFT       20
#define ROW_HEIGHT 18
#define BAR_HEIGHT 14
#define TITLE      24
#define LEGEND     40

struct picture {
    FILE *file;
    const struct timeline *timeline;
    size_t first; /* of the stays that are shown */
    uint64_t begin;
    uint64_t end;
    unsigned top; /* of what comes next */
};

static double x_of(const struct picture *picture, uint64_t time)
{
    double span = (double)(picture->end - picture->begin) + 1;
    return LEFT + (double)(time - picture->begin) / span * (WIDTH - 2 * LEFT);
}

static uint64_t end_of(const struct picture *picture, const struct stay *stay)
{
    return stay->left != 0 ? stay->left : picture->end;
}

static void put_bar(const struct picture *picture, uint64_t begin, uint64_t end, unsigned row,
                    const char *class)
{
    double x = x_of(picture, begin), width = x_of(picture, end) - x;
    fprintf(picture->file, "<rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\"/>",
            class, x, picture->top + row * ROW_HEIGHT, width > 0.5 ? width : 0.5, BAR_HEIGHT);
}

static void put_stay(const struct picture *picture, const struct stay *stay, unsigned row)
{
    uint64_t left = end_of(picture, stay);
    uint64_t presented = stay->presented != 0 ? stay->presented : left;
    fprintf(picture->file,
            "<g><title>%s 0x%" PRIx64 ", process %u: waited %.1f us, in the driver "
            "%.1f us; %s %s</title>",
            stay->kind != NULL ? stay->kind : "request", stay->request, stay->client,
            (double)(presented - stay->entered) / 1000, (double)(left - presented) / 1000,
            stay->how != NULL ? stay->how : "there still",
            stay->has_status ? nt_status_name(stay->status) : "");
    put_bar(picture, stay->entered, presented, row, "waits");
    if (stay->presented != 0)
        put_bar(picture, presented, left, row, stay->was_cancelled ? "cancelled" : "driver");
    if (x_of(picture, left) - x_of(picture, stay->entered) > 60)
        fprintf(picture->file, "<text x=\"%.1f\" y=\"%u\">%s</text>",
                x_of(picture, stay->entered) + 3, picture->top + row * ROW_HEIGHT + 11,
                stay->kind != NULL ? stay->kind : "request");
    fputs("</g>\n", picture->file);
}

/* The first row that is free at that time. */
static unsigned take_row(uint64_t rows[ROWS_MAX], unsigned *count, uint64_t begin, uint64_t end)
{
    unsigned row = 0;
    while (row < ROWS_MAX - 1 && row < *count && rows[row] > begin)
        row++;
    if (row == *count)
        (*count)++;
    rows[row] = end;
    return row;
}

static void put_queue(struct picture *picture, uint64_t queue)
{
    uint64_t rows[ROWS_MAX] = {0};
    unsigned count = 0;
    fprintf(picture->file,
            queue != 0 ? "<text class=\"title\" x=\"%d\" y=\"%u\">queue 0x%" PRIx64 "</text>\n"
                       : "<text class=\"title\" x=\"%d\" y=\"%u\">in no queue</text>"
                         "<!-- %" PRIu64 " -->\n",
            LEFT, picture->top + TITLE - 8, queue);
    picture->top += TITLE;
    for (size_t i = picture->first; i < picture->timeline->count; i++) {
        const struct stay *stay = &picture->timeline->stays[i];
        if (stay->queue == queue)
            put_stay(picture, stay, take_row(rows, &count, stay->entered, end_of(picture, stay)));
    }
    picture->top += count * ROW_HEIGHT;
}

static void put_head(const struct picture *picture, FILE *file)
{
    static const char style[] =
        "<style>text{font:10px sans-serif}.title{font:bold 12px sans-serif}"
        ".waits{fill:#cfd8dc}.driver{fill:#4f8fbf}.cancelled{fill:#c0504d}</style>\n";
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\">\n%s"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
            "<text x=\"%d\" y=\"20\">%.3f ms; light: waits, dark: with the driver, red: cancelled "
            "while the driver had it</text>\n",
            WIDTH, picture->top + LEFT, style, LEFT, (double)(picture->end - picture->begin) / 1e6);
}

/* All bands; false: no memory. Their height is known afterwards. */
static bool draw(struct picture *picture, char **text, size_t *length)
{
    uint64_t queues[QUEUES_MAX];
    picture->file = open_memstream(text, length);
    if (picture->file == NULL)
        return false;
    size_t count = timeline_queues(picture->timeline, queues, QUEUES_MAX);
    for (size_t i = 0; i < count; i++)
        put_queue(picture, queues[i]);
    return fclose(picture->file) == 0;
}

static bool write_all(const struct picture *picture, const char *bands, const char *path)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return false;
    put_head(picture, file);
    fprintf(file, "%s</svg>\n", bands);
    bool is_written = ferror(file) == 0;
    return fclose(file) == 0 && is_written;
}

bool timeline_write_svg(const struct timeline *timeline, const char *path)
{
    struct picture picture = {.timeline = timeline, .top = LEGEND};
    picture.first = timeline->count > STAYS_MAX ? timeline->count - STAYS_MAX : 0;
    picture.begin = timeline->count > 0 ? timeline->stays[picture.first].entered : timeline->begin;
    picture.end = timeline->end > picture.begin ? timeline->end : picture.begin;
    char *bands = NULL;
    size_t length;
    bool is_written = draw(&picture, &bands, &length) && write_all(&picture, bands, path);
    if (!is_written)
        fprintf(stderr, "wdfctl: %s: %s\n", path, strerror(errno));
    free(bands);
    return is_written;
}
