/* Security descriptors as text (SDDL), as far as a device node can say the same: who may read and
 * write. */
#ifndef WDFUSE_NT_SDDL_H
#define WDFUSE_NT_SDDL_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The permission bits of a node that has this descriptor. The owner stands for the system and the
 * administrators (SY, BA, LA: all are root on a machine without other accounts), group and others
 * for everyone (WD, AU, BU, IU), by these names or their SIDs. Whoever else is named (RC:
 * restricted programs, another SID) has no counterpart and is left out, as is an entry that is only
 * to be inherited (IO). A node has no right to execute. Returns false when the text is not a
 * descriptor "D:[flags](ace)(ace)..." whose entries allow or deny rights (A, D).
 */
bool sddl_to_mode(const char *text, mode_t *mode);

#endif
