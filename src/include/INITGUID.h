/* <initguid.h>, for sources that write it in another case. */
#include <initguid.h>
