/* The file of a driver by the name that an INF gives it. */
#ifndef WDFUSE_HOST_MODULEFILE_H
#define WDFUSE_HOST_MODULEFILE_H

struct arena;

/*
 * The path of a file in that folder, of that name or, as on Windows, of another letter case; NULL:
 * there is none, or no memory.
 */
const char *module_file_find(struct arena *arena, const char *folder, const char *file);

#endif
