/* The sinks of the daemon's messages: stderr until it is in the background, then the
 * system log. */
#ifndef WDFUSE_HOST_MESSAGES_H
#define WDFUSE_HOST_MESSAGES_H

/* `program` is put before each line. It must last as long as the process. */
void messages_use_stderr(const char *program);
void messages_use_syslog(const char *program);

/* Lines on stderr have the time before them, if that is a terminal. Before other threads write. */
void messages_show_time(void);

/*
 * A line on stderr: "program: line". Control characters, which names on the command line may
 * contain, become question marks, so that it stays one line.
 */
void messages_print_line(const char *program, const char *line);

#endif
