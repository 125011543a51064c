/* WDFCOLLECTION for the functions of other modules that fill or read one. */
#ifndef WDFUSE_FRAMEWORK_OBJECT_COLLECTION_H
#define WDFUSE_FRAMEWORK_OBJECT_COLLECTION_H

#include "framework/object/object.h"

struct wdf_collection;

/* The collection behind a handle, or a bug check (S1.2). */
struct wdf_collection *collection_from_handle(WDFCOLLECTION handle, const char *function);

/* Appends the object and takes a reference on it. False when there is no memory. */
bool collection_append(struct wdf_collection *collection, struct wdf_object *object);

/*
 * The object at that place with a reference for the caller, or NULL beyond the end: for loops that
 * another thread must not pull an object away from.
 */
struct wdf_object *collection_get_referenced(struct wdf_collection *collection, ULONG index);

ULONG collection_count(struct wdf_collection *collection);

/* Drops the reference at that place, if there is one. */
void collection_remove_at(struct wdf_collection *collection, ULONG index);

#endif
