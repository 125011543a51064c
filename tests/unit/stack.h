/*
 * A stack of devices under test: each layer is a function that does what EvtDriverDeviceAdd does,
 * the lowest first. For files and their I/O see device.h.
 */
#ifndef TESTS_UNIT_STACK_H
#define TESTS_UNIT_STACK_H

#include "device.h"

#define LAYERS_MAX 24

/* Starts a stack of these layers; the test fails if that fails. */
#define stack_start(...) stack_start_layers((PFN_WDF_DRIVER_DEVICE_ADD[]){__VA_ARGS__, NULL})
void stack_start_layers(const PFN_WDF_DRIVER_DEVICE_ADD *layers);
NTSTATUS stack_try_start_layers(const PFN_WDF_DRIVER_DEVICE_ADD *layers);

/* The device of that layer, counted from 0 for the lowest; as WdfDeviceCreate has returned it. */
extern WDFDEVICE layer_devices[LAYERS_MAX];

/* For a layer: creates its device; prepare it as a filter before, if it is one. */
WDFDEVICE create_layer(PWDFDEVICE_INIT DeviceInit);
WDFDEVICE create_filter(PWDFDEVICE_INIT DeviceInit);

/* A default queue of that device with one callback for everything. */
WDFQUEUE create_default_queue(WDFDEVICE of, WDF_IO_QUEUE_DISPATCH_TYPE type,
                              PFN_WDF_IO_QUEUE_IO_DEFAULT callback);

/* As a layer: a filter without callbacks. */
NTSTATUS bare_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit);

#endif
