/* <winioctl.h>, for sources that write it in another case. */
#include <winioctl.h>
