/* Where the daemon's messages go: stderr while somebody is there to read it, the system log
 * afterwards. */
#ifndef WDFUSE_HOST_MESSAGES_H
#define WDFUSE_HOST_MESSAGES_H

/* `program` stands before each line. It must last as long as the process. */
void messages_use_stderr(const char *program);
void messages_use_syslog(const char *program);

/* Lines on stderr have the time before them, if that is a terminal. Before other threads write. */
void messages_show_time(void);

/*
 * A line on stderr: "program: line". Control characters, which a name on the command line may hold,
 * become
 * '?', so that one line it is.
 */
void messages_print_line(const char *program, const char *line);

#endif
