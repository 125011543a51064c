/* The journal. See journal.h. */
#include "host/journal.h"

#ifdef WDFUSE_HAVE_JOURNAL

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Every line is written from here, whoever says it: where that is in the source is no help. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "framework/inspect.h"

/* The socket that libsystemd sends entries to. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

#define FIELDS_MAX 10

struct entry {
    struct iovec fields[FIELDS_MAX];
    int count;
    char texts[FIELDS_MAX][1100];
};

static void add(struct entry *entry, const char *name, const char *value)
{
    char *text = entry->texts[entry->count];
    if (value == NULL)
        return;
    int length = snprintf(text, sizeof(entry->texts[0]), "%s=%s", name, value);
    size_t whole =
        length < (int)sizeof(entry->texts[0]) ? (size_t)length : sizeof(entry->texts[0]) - 1;
    entry->fields[entry->count++] = (struct iovec){text, whole};
}

static void add_here(struct entry *entry)
{
    struct inspect_here here;
    char request[32], client[16];
    if (!inspect_here(&here))
        return;
    snprintf(request, sizeof(request), "%p", here.request);
    snprintf(client, sizeof(client), "%d", (int)here.client);
    add(entry, "WDFUSE_DRIVER", here.driver);
    add(entry, "WDFUSE_DEVICE", here.node);
    add(entry, "WDFUSE_CALLBACK", here.callback);
    add(entry, "WDFUSE_REQUEST", here.request != NULL ? request : NULL);
    add(entry, "WDFUSE_CLIENT", here.client != 0 ? client : NULL);
}

bool journal_is_there(void)
{
    return access(JOURNAL_SOCKET, W_OK) == 0;
}

bool journal_write(const char *program, enum log_level level, int priority, const char *line)
{
    struct entry entry;
    char number[8];
    entry.count = 0;
    snprintf(number, sizeof(number), "%d", priority);
    add(&entry, "MESSAGE", line);
    add(&entry, "PRIORITY", number);
    add(&entry, "SYSLOG_IDENTIFIER", program);
    add(&entry, "WDFUSE_LEVEL", log_level_name(level));
    add_here(&entry);
    return sd_journal_sendv(entry.fields, entry.count) == 0;
}

#else

bool journal_is_there(void)
{
    return false;
}

bool journal_write(const char *program, enum log_level level, int priority, const char *line)
{
    (void)program, (void)level, (void)priority, (void)line;
    return false;
}

#endif
