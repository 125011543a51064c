/* GUIDs as texts. */
#ifndef WDFUSE_NT_GUID_H
#define WDFUSE_NT_GUID_H

#include <stdbool.h>

#include <guiddef.h>

/* "78a1c341-4539-11d3-b88d-00c04fad5171", in braces or without, in either letter case. False: it is
 * no such text. */
bool guid_from_text(const char *text, GUID *guid);

#endif
