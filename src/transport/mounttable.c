/* The kernel's table of mounts. See mounttable.h. */
#include "transport/mounttable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* ---- one line ---- */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Ends the word at its blank. Returns "" after the last word. */
static char *take_word(char **text)
{
    char *word = *text;
    char *blank = strchr(word, ' ');
    *text = blank != NULL ? blank + 1 : word + strlen(word);
    if (blank != NULL)
        *blank = '\0';
    return word;
}

static bool read_number(const char **text, unsigned *number)
{
    const char *digit = *text;
    *number = 0;
    while (*digit >= '0' && *digit <= '9' && *number <= UINT32_MAX / 10 - 1)
        *number = *number * 10 + (unsigned)(*digit++ - '0');
    bool is_number = digit != *text;
    *text = digit;
    return is_number;
}

static bool read_device(const char *word, struct mount_entry *entry)
{
    return read_number(&word, &entry->major) && *word++ == ':' &&
           read_number(&word, &entry->minor) && *word == '\0';
}

static bool is_octal(char digit)
{
    return digit >= '0' && digit <= '7';
}

/* A blank in a path is \040 there, and so on. */
static bool read_path(const char *word, struct mount_entry *entry)
{
    size_t length = 0;
    while (*word != '\0' && length < sizeof(entry->path) - 1) {
        bool is_escape =
            word[0] == '\\' && is_octal(word[1]) && is_octal(word[2]) && is_octal(word[3]);
        if (is_escape) {
            int code = (word[1] - '0') * 64 + (word[2] - '0') * 8 + (word[3] - '0');
            entry->path[length++] = (char)code;
        } else {
            entry->path[length++] = *word;
        }
        word += is_escape ? 4 : 1;
    }
    entry->path[length] = '\0';
    return *word == '\0' && entry->path[0] == '/';
}

/* "user_id=" among the options of the file system. */
static bool read_option(const char *options, const char *name, unsigned *number)
{
    while (*options != '\0' && !starts_with(options, name)) {
        const char *comma = strchr(options, ',');
        options = comma != NULL ? comma + 1 : options + strlen(options);
    }
    if (*options == '\0')
        return false;
    options += strlen(name);
    return read_number(&options, number);
}

static bool read_source(const char *word, struct mount_entry *entry)
{
    if (!starts_with(word, MOUNT_SOURCE))
        return false;
    word += strlen(MOUNT_SOURCE);
    entry->daemon = 0;
    return *word == '\0' || (*word++ == ':' && read_number(&word, &entry->daemon) && *word == '\0');
}

bool mount_line_read(char *line, struct mount_entry *entry)
{
    (void)take_word(&line); /* the mount's number, and its parent's */
    (void)take_word(&line);
    const char *device = take_word(&line);
    (void)take_word(&line); /* what is mounted of the file system */
    const char *path = take_word(&line);
    const char *word;
    do
        word = take_word(&line);
    while (*word != '\0' && strcmp(word, "-") != 0);
    const char *type = take_word(&line);
    const char *source = take_word(&line);
    const char *options = take_word(&line);
    return (strcmp(type, "fuse") == 0 || starts_with(type, "fuse.")) &&
           read_source(source, entry) && read_device(device, entry) && read_path(path, entry) &&
           read_option(options, "user_id=", &entry->user) &&
           read_option(options, "group_id=", &entry->group);
}

/* ---- the table ---- */

int mount_table_open(struct mount_table *table)
{
    table->begin = table->end = 0;
    table->is_in_long_line = false;
    table->descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    return table->descriptor >= 0 ? 0 : -errno;
}

void mount_table_close(struct mount_table *table)
{
    close(table->descriptor);
}

static bool fill_buffer(struct mount_table *table)
{
    size_t left = table->end - table->begin;
    memmove(table->buffer, table->buffer + table->begin, left);
    if (left == sizeof(table->buffer)) {
        table->is_in_long_line = true;
        left = 0;
    }
    ssize_t received;
    do
        received = read(table->descriptor, table->buffer + left, sizeof(table->buffer) - left);
    while (received < 0 && errno == EINTR);
    table->begin = 0;
    table->end = left + (received > 0 ? (size_t)received : 0);
    return received > 0;
}

/* NULL: no more lines. A line longer than the buffer is skipped. */
static char *next_line(struct mount_table *table)
{
    for (;;) {
        char *line = table->buffer + table->begin;
        char *newline = memchr(line, '\n', table->end - table->begin);
        if (newline == NULL) {
            if (!fill_buffer(table))
                return NULL;
            continue;
        }
        *newline = '\0';
        table->begin += (size_t)(newline - line) + 1;
        if (!table->is_in_long_line)
            return line;
        table->is_in_long_line = false;
    }
}

bool mount_table_next(struct mount_table *table, struct mount_entry *entry)
{
    char *line;
    while ((line = next_line(table)) != NULL) {
        if (mount_line_read(line, entry))
            return true;
    }
    return false;
}
