/* The line of messages. See line.h. */
#include "transport/line.h"

#include <stddef.h>

#include "transport/node.h"
#include "transport/opener.h"

_Static_assert(LINE_LANES == 64, "a bit of `used` for each");

void line_init(struct line *line)
{
    *line = (struct line){0};
    for (unsigned i = 0; i < LINE_LANES; i++)
        message_list_init(&line->lanes[i].messages);
}

static bool is_used(const struct line *line, unsigned lane)
{
    return (line->used >> lane & 1) != 0;
}

/* The process's lane, or a free one; if there is none, another process's. */
static unsigned lane_of(struct line *line, pid_t process)
{
    unsigned first = (unsigned)process % LINE_LANES;
    unsigned free = LINE_LANES;
    for (unsigned i = 0; i < LINE_LANES; i++) {
        unsigned lane = (first + i) % LINE_LANES;
        if (line->lanes[lane].process == process)
            return lane;
        if (!is_used(line, lane) && free == LINE_LANES)
            free = lane;
    }
    if (free == LINE_LANES)
        return first;
    line->lanes[free].process = process;
    line->lanes[free].out = 0;
    line->lanes[free].taken_at = 0;
    return free;
}

/* At most this many messages of a process may be ahead, and for this long: its threads may be doing
 * something else, or its requests may wait in the driver. */
#define OUT_MAX 2u
#define OUT_NS  1000000u

/* A process that had a turn this recently is active. */
#define LATELY_NS 300000000u

void line_append(struct line *line, struct message *message, pid_t process)
{
    unsigned lane = lane_of(line, process);
    message_list_append(&line->lanes[lane].messages, message);
    line->used |= UINT64_C(1) << lane;
    line->count++;
    line->bytes += message->buffer.size;
    if (line->lanes[lane].out > 0)
        line->lanes[lane].out--;
}

static void note_taken(struct line *line, unsigned lane, const struct message *message)
{
    if (line->lanes[lane].messages.first == NULL)
        line->used &= ~(UINT64_C(1) << lane);
    line->count--;
    line->bytes -= message->buffer.size;
}

/* The first lane of these behind the one that had its turn last. */
static unsigned next_lane(const struct line *line, uint64_t lanes)
{
    unsigned turn = (line->last + 1) % LINE_LANES;
    uint64_t behind = lanes >> turn << turn;
    return (unsigned)__builtin_ctzll(behind != 0 ? behind : lanes);
}

static struct message *take_of(struct line *line, uint64_t lanes)
{
    if (lanes == 0)
        return NULL;
    line->last = next_lane(line, lanes);
    struct message *message = message_list_take(&line->lanes[line->last].messages);
    note_taken(line, line->last, message);
    return message;
}

struct message *line_take(struct line *line)
{
    return take_of(line, line->used);
}

static void look(struct line *line, uint64_t now)
{
    unsigned active = 0;
    for (struct lane *lane = line->lanes; lane < line->lanes + LINE_LANES; lane++) {
        lane->out = 0;
        active += lane->taken_at != 0 && now - lane->taken_at < LATELY_NS;
    }
    line->is_shared = active > 1;
    line->looked_at = now;
}

/* Lanes whose process may go on. */
static uint64_t lanes_with_credit(const struct line *line)
{
    uint64_t lanes = 0;
    for (uint64_t left = line->used; left != 0; left &= left - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(left);
        if (line->lanes[lane].out < OUT_MAX)
            lanes |= UINT64_C(1) << lane;
    }
    return lanes;
}

static void note_turn(struct line *line, unsigned number, uint64_t now)
{
    struct lane *lane = &line->lanes[number];
    lane->out++;
    lane->taken_at = now;
}

struct message *line_take_fairly(struct line *line, uint64_t now)
{
    if (now - line->looked_at >= OUT_NS)
        look(line, now);
    struct message *message = take_of(line, line->is_shared ? lanes_with_credit(line) : line->used);
    if (message != NULL)
        note_turn(line, line->last, now);
    return message;
}

struct message *line_take_unique(struct line *line, uint64_t unique)
{
    for (uint64_t left = line->used; left != 0; left &= left - 1) {
        unsigned lane = (unsigned)__builtin_ctzll(left);
        struct message *message = message_list_take_unique(&line->lanes[lane].messages, unique);
        if (message == NULL)
            continue;
        note_taken(line, lane, message);
        return message;
    }
    return NULL;
}

/* The beginning that reads, writes and controls share. */
static const struct open_file *file_of(const struct fuse_in_header *header)
{
    uint64_t handle;
    _Static_assert(offsetof(struct fuse_read_in, fh) == 0 &&
                       offsetof(struct fuse_write_in, fh) == 0 &&
                       offsetof(struct fuse_ioctl_in, fh) == 0,
                   "the file comes first");
    if (header->opcode == FUSE_OPEN || header->len < sizeof(*header) + sizeof(handle))
        return NULL;
    __builtin_memcpy(&handle, header + 1, sizeof(handle));
    return (const struct open_file *)(uintptr_t)handle;
}

/* A file stays open while a message about it is unanswered. */
pid_t line_process(const struct wire_buffer *buffer)
{
    const struct fuse_in_header *header = buffer->memory;
    const struct open_file *file = file_of(header);
    return file != NULL ? file->process : opener_process((pid_t)header->pid);
}
