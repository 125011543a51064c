/* <devioctl.h>, for sources that write it in another case. */
#include <devioctl.h>
