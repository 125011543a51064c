/*
 * The session loop: the threads that receive messages from the kernel and carry them through the
 * driver.
 */
#ifndef WDFUSE_TRANSPORT_SESSION_H
#define WDFUSE_TRANSPORT_SESSION_H

struct wire;
struct session;

/*
 * Serves the wire with up to `workers` threads inside the driver, and a few more. If it pays, a
 * worker stays awake for up to `spin_us` microseconds after its last message. The event is raised
 * when the kernel has ended the connection. Returns 0 or -errno; in that case nothing is left
 * running.
 */
int session_start(struct wire *wire, unsigned workers, unsigned spin_us, int ended_event,
                  struct session **session);

/* Serves the wire's rings as well, once the first message is answered. Returns 0, or -errno: none
 * of them is used. */
int session_serve_rings(struct session *session);

/* Joins the workers. Messages that still arrive stay unanswered until the connection is closed. */
void session_stop(struct session *session);

#endif
