/* See delivery.h. */
#include "framework/object/delivery.h"

#include <wdm.h>

PORT_THREAD_LOCAL unsigned delivery_locks_held;
PORT_THREAD_LOCAL bool deliveries_are_due;

/* Of the thread; the list is one while deliveries_are_due. */
static PORT_THREAD_LOCAL LIST_ENTRY due;
static PORT_THREAD_LOCAL bool is_delivering;

static void put_off(struct delivery *delivery)
{
    if (!deliveries_are_due)
        InitializeListHead(&due);
    deliveries_are_due = true;
    InsertTailList(&due, &delivery->entry);
}

void deliveries_make(void)
{
    while (deliveries_are_due) {
        struct delivery *delivery = CONTAINING_RECORD(RemoveHeadList(&due), struct delivery, entry);
        deliveries_are_due = !IsListEmpty(&due);
        delivery->make(delivery);
    }
}

void deliveries_make_unlocked(void)
{
    if (is_delivering)
        return; /* by who is at it, further out */
    is_delivering = true;
    deliveries_make();
    is_delivering = false;
}

void deliver(struct delivery *delivery)
{
    if (is_delivering || delivery_locks_held > 0) {
        put_off(delivery);
        return;
    }
    is_delivering = true;
    delivery->make(delivery);
    deliveries_make();
    is_delivering = false;
}
