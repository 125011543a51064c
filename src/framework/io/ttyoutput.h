/* What a terminal sends: see ttyline.h. */
#ifndef WDFUSE_FRAMEWORK_IO_TTYOUTPUT_H
#define WDFUSE_FRAMEWORK_IO_TTYOUTPUT_H

#include <wdfuse/tty.h>

/* Output that VSTOP has stopped goes on. */
void tty_line_restart(WDFUSE_TTY *tty);

/* To be sent before everything else: VSTART or VSTOP, an index of Characters. */
void tty_line_send_flow(WDFUSE_TTY *tty, int which);

/* Echoes a byte: as ^X with ECHOCTL, or as it is. */
void tty_line_echo(WDFUSE_TTY *tty, UCHAR byte);
void tty_line_echo_plain(WDFUSE_TTY *tty, UCHAR byte);

/* Moves the cursor back over so many columns. */
void tty_line_echo_back(WDFUSE_TTY *tty, ULONG width);

/* Throws away what has not been sent. */
void tty_line_flush_output(WDFUSE_TTY *tty);

#endif
