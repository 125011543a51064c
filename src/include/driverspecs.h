/* Annotations of driver code, all of them empty: see sal.h. */
#include <sal.h>
