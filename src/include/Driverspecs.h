/* <driverspecs.h>, for sources that write it in another case. */
#include <driverspecs.h>
