/* What a worker does that leads a ring (ring.h, crew.h). */
#ifndef WDFUSE_TRANSPORT_SERVE_H
#define WDFUSE_TRANSPORT_SERVE_H

struct worker;

/* Until it has lost the lead inside a message, or the session stops, or uses rings no more. */
void worker_serve(struct worker *worker);

#endif
