/* SIGINT, SIGTERM and SIGHUP as something that poll(2) waits for: none is missed, none comes at a
 * bad moment. */
#ifndef ECHOAPP_INTERRUPT_H
#define ECHOAPP_INTERRUPT_H

/* From here on these signals do not end the program. A descriptor that can be read when one has
 * come; -1 with errno. Threads that are made later do not get them either. */
int interrupt_open(void);

/* The signal that has come, 0 if none. */
int interrupt_take(int interrupt);

#endif
