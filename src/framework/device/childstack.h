/*
 * The stack on top of a child (S17.1): devices of the drivers that its IDs lead to, from other
 * files. The child's own device, the PDO, is the lowest; whatever happens to the child happens to
 * the whole stack.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_CHILDSTACK_H
#define WDFUSE_FRAMEWORK_DEVICE_CHILDSTACK_H

struct wdf_device;

/*
 * Has the drivers of that child add their devices on top of it. Returns the uppermost device: the
 * child itself when there is no driver for it. NULL, with a line in the log and all devices removed
 * again: a driver failed.
 */
struct wdf_device *childstack_build(struct wdf_device *child);

/* The stack does not start: every device but the child is removed again (S17.13). */
void childstack_abandon(struct wdf_device *uppermost, struct wdf_device *child);

#endif
