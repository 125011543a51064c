/* Requests of this room to a driver: EvtWmiProviderFunctionControl. Requests of programs are in
 * consumer.h. */
#ifndef WDFUSE_FRAMEWORK_WMI_REQUEST_H
#define WDFUSE_FRAMEWORK_WMI_REQUEST_H

#include <stdbool.h>

#include <wdf.h>

struct wmi_provider;

/* Tells the driver whether anybody listens, if that has changed. At PASSIVE_LEVEL, without a
 * lock. */
void wmi_provider_switch_events(struct wmi_provider *provider);
void wmi_switch_events_of(const GUID *guid);

/* EvtWmiProviderFunctionControl, with its mark (S12.10, S19.20). */
NTSTATUS wmi_provider_control(struct wmi_provider *provider, WDF_WMI_PROVIDER_CONTROL control,
                              bool enable, ULONGLONG handle);

#endif
