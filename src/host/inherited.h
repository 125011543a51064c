/*
 * What this process has inherited of whoever started it: descriptors.
 *
 * A daemon lives on for long, and may give up privileges that they came with. So it has none of
 * them from the moment on when it is ready, but for the standard ones.
 */
#ifndef WDFUSE_HOST_INHERITED_H
#define WDFUSE_HOST_INHERITED_H

/*
 * Notes them, and closes them on exec. To be called before anything is opened. What a program has
 * opened itself before that with O_CLOEXEC is not inherited, and stays.
 */
void inherited_note(void);

/* Once all files that the command line names are open: /dev/fd/9 may be one of them. */
void inherited_close(void);

#endif
