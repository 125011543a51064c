/* Security descriptors as text (SDDL), as far as a device node can say the same: who may read and write. */
#ifndef WDFUSE_NT_SDDL_H
#define WDFUSE_NT_SDDL_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The permission bits of a node that has this descriptor. The owner stands for the system and the
 * administrators (SY, BA: both are root on a machine without other accounts), group and others for everyone
 * (WD, AU, BU, IU, AN, AC). Whoever else is named (RC: restricted programs, a SID) has no counterpart and is
 * left out. A node has no right to execute. Returns false when the text is not a descriptor
 * "D:[flags](ace)(ace)..." whose entries allow or deny rights.
 */
bool sddl_to_mode(const char *text, mode_t *mode);

#endif
