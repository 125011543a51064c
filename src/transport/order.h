/*
 * What one thread did before it answered a request happened before what another does with the
 * message that the answer caused: the kernel orders them, where no tool can see it. These two tell
 * TSan; otherwise they are nothing.
 */
#ifndef WDFUSE_TRANSPORT_ORDER_H
#define WDFUSE_TRANSPORT_ORDER_H

void order_note_reply(void);
void order_note_message(void);

#endif
