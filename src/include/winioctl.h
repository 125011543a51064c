/* Control codes, and classes of devices, under the name that user-mode sources include. */
#include <devioctl.h>
#include <wdfuse/comportclass.h>
