/*
 * The flight recorder, for those that write into it and those that report it. What drivers call is
 * in <wpprecorder.h>.
 */
#ifndef WDFUSE_NT_RECORDER_H
#define WDFUSE_NT_RECORDER_H

#include <wpprecorder.h>

/* Keeps a message. Nothing is allocated; any IRQL. A message without a log (NULL) is dropped. */
void recorder_write(RECORDER_LOG log, ULONG level, const char *place, const char *flag,
                    const char *text);

/*
 * Calls `say` for each message that is kept, the oldest of a log first. Takes no lock and calls
 * nothing else, so that the handler of a crash may use it.
 */
typedef void recorder_say(const char *identifier, const char *line);
void recorder_walk(recorder_say *say);

/* Writes all that is kept to the log, as errors: before a driver is stopped. */
void recorder_report(void);

/* Forgets all that is kept, and the logs of a driver that is going to begin anew without having
 * ended, whose memory is gone already. */
void recorder_forget(void);

#endif
