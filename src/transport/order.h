/*
 * What a thread does before it answers a request happens before what another does with the message
 * that the answer causes. The kernel orders them, where no tool can see it. These two functions
 * tell TSan; without it they do nothing.
 */
#ifndef WDFUSE_TRANSPORT_ORDER_H
#define WDFUSE_TRANSPORT_ORDER_H

void order_note_reply(void);
void order_note_message(void);

#endif
