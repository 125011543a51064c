/* Where the daemon's messages go: stderr while somebody is there to read it, the system log afterwards. */
#ifndef WDFUSE_HOST_MESSAGES_H
#define WDFUSE_HOST_MESSAGES_H

/* `program` stands before each line. It must last as long as the process. */
void messages_use_stderr(const char *program);
void messages_use_syslog(const char *program);

#endif
