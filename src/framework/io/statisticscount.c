/* See statisticscount.h. */
#include "framework/io/statisticscount.h"

const uint8_t statistics_kind_of_type[WdfRequestTypeDeviceControlInternal + 1] = {
    [WdfRequestTypeCreate] = STATISTICS_CREATE,
    [WdfRequestTypeRead] = STATISTICS_READ,
    [WdfRequestTypeWrite] = STATISTICS_WRITE,
    [WdfRequestTypeDeviceControl] = STATISTICS_CONTROL,
    [WdfRequestTypeDeviceControlInternal] = STATISTICS_INTERNAL,
};
