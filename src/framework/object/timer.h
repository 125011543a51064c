/* Timers as others see them (framework/inspect.h). */
#ifndef WDFUSE_FRAMEWORK_OBJECT_TIMER_H
#define WDFUSE_FRAMEWORK_OBJECT_TIMER_H

#include "framework/inspect.h"
#include "framework/object/object.h"

/* Those of the tree that the object is in; at most that many; returns how many there are. */
unsigned timer_look(struct wdf_object *object, struct inspect_timer *timers, unsigned capacity);

#endif
