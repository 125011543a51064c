/* <wdmguid.h>, for sources that write it in another case. */
#include <wdmguid.h>
