/* Control codes, under the name that user-mode sources include. */
#include <devioctl.h>
