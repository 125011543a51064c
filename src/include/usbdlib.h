/* What <usb.h> says; functions of the bus driver are not there. */
#include <usb.h>
