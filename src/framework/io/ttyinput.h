/* What a terminal receives, and who reads it: see ttyline.h. */
#ifndef WDFUSE_FRAMEWORK_IO_TTYINPUT_H
#define WDFUSE_FRAMEWORK_IO_TTYINPUT_H

#include <wdfuse/tty.h>

/* The settings were these before. */
void tty_line_change(WDFUSE_TTY *tty, const WDFUSE_TTY_SETTINGS *before);

/* The bytes that a read would return at once. */
ULONG tty_line_received(const WDFUSE_TTY *tty);

void tty_line_flush_input(WDFUSE_TTY *tty);

#endif
