/*
 * The file of this daemon's history (history/history.h): PROGRAM-PID.ring in the runtime folder.
 *
 * It is locked (flock(2)) while the daemon lives, and stays when it ends. Who starts removes what
 * older ones have left, but for the newest few.
 */
#ifndef WDFUSE_HOST_HISTORYFILE_H
#define WDFUSE_HOST_HISTORYFILE_H

#include <stdint.h>

/* How many files of ended daemons stay. */
#define HISTORY_FILES_KEPT 8

/*
 * In the process that will be the daemon, before the first driver is called and before privileges
 * go. `records` of each thread, 0: no history. Where there is no room for a file the history is in
 * memory alone, after a warning: a core still has it.
 */
void history_file_start(const char *program, uint32_t records);

/* Removes files of ended daemons in that folder, but for the newest `kept`. */
void history_file_remove_old(const char *folder, unsigned kept);

#endif
