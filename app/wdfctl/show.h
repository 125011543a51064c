/* What daemons answer, as tables for people. */
#ifndef WDFCTL_SHOW_H
#define WDFCTL_SHOW_H

#include <jansson.h>

/* Each gets a type, or a list of a type, of org.wdfuse.control. */
void show_daemon(const json_t *daemon);
void show_devices(const json_t *devices);
void show_queues(const json_t *queues);
void show_statistics(const json_t *statistics);
void show_requests(const json_t *requests);
void show_files(const json_t *files);
void show_timers(const json_t *timers);
void show_locks(const json_t *locks);
void show_injections(const json_t *answer); /* both lists */
void show_blocks(const json_t *blocks);
void show_event(const json_t *event);
void show_bytes(const char *digits); /* as lines of sixteen, with their characters */
void show_objects(const json_t *objects);
void show_references(const json_t *objects);
void show_lines(const json_t *lines);

/* How many of a list that was too long are not shown; nothing for 0. */
void show_left_out(const json_t *answer);

#endif
