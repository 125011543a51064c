/* <usb.h>, by the name of old. */
#include <usb.h>
