/* <wpprecorder.h>, for sources that write it in another case. */
#include <wpprecorder.h>
