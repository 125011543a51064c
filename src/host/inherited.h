/*
 * Descriptors that this process has inherited from its parent.
 *
 * A daemon lives long, and may give up the privileges that they came with. So it closes all of them
 * when it is ready, except the standard ones.
 */
#ifndef WDFUSE_HOST_INHERITED_H
#define WDFUSE_HOST_INHERITED_H

/*
 * Notes them, and closes them on exec. To be called before anything is opened. Descriptors that a
 * program has opened itself with O_CLOEXEC before are not inherited, and stay.
 */
void inherited_note(void);

/* Once all files that the command line names are open: /dev/fd/9 may be one of them. */
void inherited_close(void);

#endif
