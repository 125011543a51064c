/* Tells TSan what the kernel orders. See order.h. */
#include "transport/order.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ORDER_UNDER_TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define ORDER_UNDER_TSAN
#endif

#ifdef ORDER_UNDER_TSAN
#include <sanitizer/tsan_interface.h>

static char kernel_order;

void order_note_reply(void)
{
    __tsan_release(&kernel_order);
}

void order_note_message(void)
{
    __tsan_acquire(&kernel_order);
}
#else
void order_note_reply(void)
{
}

void order_note_message(void)
{
}
#endif
