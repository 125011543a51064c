/*
 * The session loop: the threads that receive messages from the kernel and carry them through the driver.
 */
#ifndef WDFUSE_TRANSPORT_SESSION_H
#define WDFUSE_TRANSPORT_SESSION_H

struct fuse_session;
struct session;

/*
 * Serves `fuse`, whose descriptor must not block, with up to `workers` threads inside the driver and a few
 * beside it. Where that pays, a worker stays awake for up to `spin_us` microseconds after its last message.
 * The event is raised when the kernel has ended the connection. Returns 0 or -errno; nothing is left running
 * then.
 */
int session_start(struct fuse_session *fuse, unsigned workers, unsigned spin_us, int ended_event,
                  struct session **session);

/* Joins the workers. Messages that the kernel still sends stay unanswered until the connection is closed. */
void session_stop(struct session *session);

/*
 * For the operation that a worker is processing: leaves the memory that its message lies in to the caller,
 * who gives it back once, from any thread, before the session is stopped. The worker goes on with other
 * memory.
 */
void *session_keep_buffer(void);
void session_return_buffer(struct session *session, void *buffer);

/*
 * What one thread did before it answered a request happened before what another does with the message that
 * the answer caused: the kernel orders them, where no tool can see it. These two tell TSan; otherwise they
 * are nothing.
 */
void session_note_reply(void);
void session_note_message(void);

#endif
