/* What user-mode drivers take from <wdm.h>: here it is there for both. */
#ifndef WUDFWDM_H
#define WUDFWDM_H

#include <wdm.h>

#endif
