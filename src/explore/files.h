/* The folder for files that drivers open (nt/folder.h): of the process, and empty for each
 * schedule. */
#ifndef WDFUSE_EXPLORE_FILES_H
#define WDFUSE_EXPLORE_FILES_H

/* Takes away what the schedule before has left; the first time it makes the folder. Without one
 * (/tmp is full) drivers open nothing. Outside of schedules. */
void explored_files_begin(void);

#endif
