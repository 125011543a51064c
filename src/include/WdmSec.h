/* <wdmsec.h>, for sources that write it in another case. */
#include <wdmsec.h>
