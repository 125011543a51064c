/*
 * What a driver leaves behind when it is unloaded (S13.18): deleted objects that it has references
 * to, and pool.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_LEAKS_H
#define WDFUSE_FRAMEWORK_OBJECT_LEAKS_H

struct driver;

/* A line of the log for each class and each tag. Once the driver's object is deleted and nothing
 * runs any more. */
void leaks_report(struct driver *driver);

#endif
