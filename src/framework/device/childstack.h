/*
 * The stack on top of a child (S17.1): drivers of other files that its IDs have led to. The child's
 * own device, the PDO, is the lowest; whatever happens to the child happens to the whole stack.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_CHILDSTACK_H
#define WDFUSE_FRAMEWORK_DEVICE_CHILDSTACK_H

struct wdf_device;

/*
 * Has the drivers of that child put their devices on top of it. Returns the uppermost device: the
 * child itself when no driver is for it. NULL, with a line in the log and nothing left: one has
 * failed.
 */
struct wdf_device *childstack_build(struct wdf_device *child);

/* The stack does not start: all of it but the child is removed again (S17.13). */
void childstack_abandon(struct wdf_device *uppermost, struct wdf_device *child);

#endif
