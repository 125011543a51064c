/*
 * Lines of the log as entries of systemd's journal: with device, driver, callback, request and
 * client, if the thread that writes them is inside a callback. So "journalctl
 * WDFUSE_DEVICE=toaster" finds them.
 */
#ifndef WDFUSE_HOST_JOURNAL_H
#define WDFUSE_HOST_JOURNAL_H

#include <stdbool.h>

#include "port/log.h"

/* There is a journal, and this build can write into it. */
bool journal_is_there(void);

/* False: the line was not taken. */
bool journal_write(const char *program, enum log_level level, int priority, const char *line);

#endif
