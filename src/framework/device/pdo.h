/* Child devices as their driver describes them. */
#ifndef WDFUSE_FRAMEWORK_DEVICE_PDO_H
#define WDFUSE_FRAMEWORK_DEVICE_PDO_H

#include <wdf.h>

/*
 * The node's name of a child whose driver gives it none: that of its parent, a dot, and the child's
 * instance ID, or a number if it has none that can be part of a node's name.
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS pdo_make_node_name(struct WDFDEVICE_INIT *init);

#endif
