/*
 * The file of this daemon's history (history/history.h): PROGRAM-PID.ring in the runtime folder.
 *
 * It is locked (flock(2)) while the daemon lives, and stays when it ends. A daemon that starts
 * removes the files of older ones, except the newest few.
 */
#ifndef WDFUSE_HOST_HISTORYFILE_H
#define WDFUSE_HOST_HISTORYFILE_H

#include <stdint.h>

/* The number of files of ended daemons that stay. */
#define HISTORY_FILES_KEPT 8

/*
 * Call it in the process that will be the daemon, before the first driver is called and before
 * privileges are dropped. `records` of each thread, 0: no history. If no file can be made the
 * history is in memory only, after a warning: a core still has it.
 */
void history_file_start(const char *program, uint32_t records);

/* Removes files of ended daemons in that folder, except the newest `kept`. */
void history_file_remove_old(const char *folder, unsigned kept);

#endif
