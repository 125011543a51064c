/* WMI by the control socket (framework/wmi/consumer.h): lists, reads, writes, methods, events. */
#ifndef WDFUSE_CONTROL_WMI_H
#define WDFUSE_CONTROL_WMI_H

#include <jansson.h>

#include "control/call.h"
#include "framework/wmi/consumer.h"

/* The largest input or output. */
#define WMI_DATA_MAX 65536u

/* The parameters of a command of CONTROL_WMI_..., and its result. */
struct control_wmi {
    GUID guid;
    ULONG index;
    ULONG id; /* of the item, or the method */
    ULONG input_size;
    ULONG output_size;
    ULONG used;
    int event;               /* wakes the thread that takes events */
    struct wmi_watch *watch; /* NULL: none goes on */
    unsigned char data[WMI_DATA_MAX];
};

/* ---- methods ---- */

void list_wmi_blocks(const struct call *call);
void command_wmi(const struct call *call, enum control_verb verb);

/* The answer of one that has succeeded. */
json_t *wmi_result(const struct control_command *command);

/* Sends the events that have come, as far as there is room. */
void wmi_send_events(struct connection *connection, struct control_wmi *wmi);

/* ---- watches ---- */

bool wmi_is_watching(const struct control_command *command);

/* For the thread that ends it. */
struct wmi_watch *wmi_take_watch(struct control_command *command);

#endif
