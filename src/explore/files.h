/* The folder for files that drivers open (nt/folder.h): one for the process, empty at the start of
 * each schedule. */
#ifndef WDFUSE_EXPLORE_FILES_H
#define WDFUSE_EXPLORE_FILES_H

/* Removes the files of the previous schedule; makes the folder the first time. Without one (/tmp is
 * full) drivers can't open files. Not during a schedule. */
void explored_files_begin(void);

#endif
