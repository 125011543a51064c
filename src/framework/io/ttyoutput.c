/* What a terminal sends: the bytes of writes, of echoes, and of flow control. See ttyline.h. */
#include "framework/io/ttyoutput.h"

#include <asm/termbits.h>
#include <string.h>

#include "framework/io/ttyline.h"

/* ---- the bytes of one byte ---- */

static bool is_letter(UCHAR byte)
{
    return byte >= 'a' && byte <= 'z';
}

static size_t expand_newline(WDFUSE_TTY *tty, UCHAR *wire)
{
    struct tty_line *line = tty_line(tty);
    if (tty_has_output(tty, ONLRET | ONLCR))
        line->column = 0;
    line->line_column = line->column;
    size_t count = 0;
    if (tty_has_output(tty, ONLCR))
        wire[count++] = '\r';
    wire[count++] = '\n';
    return count;
}

static size_t expand_return(WDFUSE_TTY *tty, UCHAR *wire)
{
    struct tty_line *line = tty_line(tty);
    if (tty_has_output(tty, ONOCR) && line->column == 0)
        return 0;
    bool is_newline = tty_has_output(tty, OCRNL);
    if (!is_newline || tty_has_output(tty, ONLRET))
        line->column = line->line_column = 0;
    wire[0] = is_newline ? '\n' : '\r';
    return 1;
}

static size_t expand_tab(WDFUSE_TTY *tty, UCHAR *wire)
{
    struct tty_line *line = tty_line(tty);
    ULONG width = 8 - (line->column & 7);
    line->column += width;
    if ((tty->Settings.OutputFlags & TABDLY) == XTABS) {
        memset(wire, ' ', width);
        return width;
    }
    wire[0] = '\t';
    return 1;
}

/* With OPOST: one byte becomes none, or up to TTY_EXPANSION_MAX. */
static size_t expand(WDFUSE_TTY *tty, UCHAR byte, UCHAR *wire)
{
    struct tty_line *line = tty_line(tty);
    switch (byte) {
    case '\n':
        return expand_newline(tty, wire);
    case '\r':
        return expand_return(tty, wire);
    case '\t':
        return expand_tab(tty, wire);
    case '\b':
        line->column -= line->column > 0;
        break;
    default:
        if (tty_has_output(tty, OLCUC) && is_letter(byte))
            byte -= 'a' - 'A';
        line->column += !tty_is_control(byte) && !tty_is_continuation(tty, byte);
        break;
    }
    wire[0] = byte;
    return 1;
}

/* ---- echo ---- */

static void put_echo(struct tty_line *line, const UCHAR *bytes, size_t count)
{
    if (line->echo_end - line->echo_sent > TTY_LINE_SIZE - count)
        return; /* nobody takes it: what is echoed is for a person who sees it soon */
    for (size_t i = 0; i < count; i++)
        line->echo[line->echo_end++ % TTY_LINE_SIZE] = bytes[i];
}

/* A terminal that nobody has open does not talk: the other end may echo too. */
static bool may_echo(const WDFUSE_TTY *tty)
{
    return tty->OpenFiles > 0;
}

void tty_line_echo_plain(WDFUSE_TTY *tty, UCHAR byte)
{
    UCHAR bytes[TTY_EXPANSION_MAX] = {byte};
    size_t count = tty_has_output(tty, OPOST) ? expand(tty, byte, bytes) : 1;
    if (may_echo(tty))
        put_echo(tty_line(tty), bytes, count);
}

void tty_line_echo(WDFUSE_TTY *tty, UCHAR byte)
{
    if (!tty_has_local(tty, ECHOCTL) || !tty_is_control(byte) || byte == '\t') {
        tty_line_echo_plain(tty, byte);
        return;
    }
    const UCHAR shown[] = {'^', byte ^ 0x40};
    tty_line(tty)->column += 2;
    if (may_echo(tty))
        put_echo(tty_line(tty), shown, sizeof(shown));
}

void tty_line_echo_back(WDFUSE_TTY *tty, ULONG width)
{
    struct tty_line *line = tty_line(tty);
    line->column -= min(line->column, width);
    for (; width > 0 && may_echo(tty); width--)
        put_echo(line, (const UCHAR *)"\b", 1);
}

/* ---- flow control ---- */

void tty_line_restart(WDFUSE_TTY *tty)
{
    tty_line(tty)->is_stopped = false;
}

void tty_line_send_flow(WDFUSE_TTY *tty, int which)
{
    struct tty_line *line = tty_line(tty);
    line->flow_byte = tty->Settings.Characters[which];
    line->has_flow_byte = line->flow_byte != 0;
}

void tty_line_flush_output(WDFUSE_TTY *tty)
{
    struct tty_line *line = tty_line(tty);
    line->echo_sent = line->echo_end;
    line->expansion_count = 0;
}

BOOLEAN WdfuseTtyMaySend(const WDFUSE_TTY *Tty)
{
    const struct tty_line *line = tty_line(Tty);
    bool waits_for_cts =
        (Tty->Settings.ControlFlags & CRTSCTS) != 0 && (Tty->Inputs & WdfuseTtyCts) == 0;
    return !Tty->IsStopped && !waits_for_cts && (line == NULL || !line->is_stopped);
}

ULONG WdfuseTtyLines(const WDFUSE_TTY *Tty)
{
    const struct tty_line *line = tty_line(Tty);
    bool holds_off =
        line != NULL && line->is_throttled && (Tty->Settings.ControlFlags & CRTSCTS) != 0;
    return holds_off ? Tty->Outputs & ~(ULONG)WdfuseTtyRts : Tty->Outputs;
}

/* ---- sending ---- */

/* A buffer that is being filled. */
struct wire {
    UCHAR *bytes;
    size_t size;
    size_t count;
};

static void send_expansion(struct tty_line *line, struct wire *wire)
{
    size_t count = min((size_t)line->expansion_count, wire->size - wire->count);
    memcpy(wire->bytes + wire->count, line->expansion, count);
    wire->count += count;
    line->expansion_count -= (ULONG)count;
    memmove(line->expansion, line->expansion + count, line->expansion_count);
}

static void send_echo(WDFUSE_TTY *tty, struct wire *wire)
{
    struct tty_line *line = tty_line(tty);
    while (wire->count < wire->size && line->echo_sent != line->echo_end) {
        wire->bytes[wire->count++] = line->echo[line->echo_sent++ % TTY_LINE_SIZE];
        tty->EchoedBytes++;
    }
}

static size_t send_bytes(WDFUSE_TTY *tty, const UCHAR *bytes, size_t length, struct wire *wire)
{
    struct tty_line *line = tty_line(tty);
    size_t used = 0;
    if (!tty_has_output(tty, OPOST)) {
        used = min(length, wire->size - wire->count);
        if (used > 0)
            memcpy(wire->bytes + wire->count, bytes, used);
        wire->count += used;
    }
    while (tty_has_output(tty, OPOST) && used < length && wire->count < wire->size) {
        line->expansion_count = (ULONG)expand(tty, bytes[used++], line->expansion);
        send_expansion(line, wire);
    }
    return used;
}

size_t WdfuseTtyTransmit(PWDFUSE_TTY Tty, const UCHAR *Bytes, size_t Length, size_t *Used,
                         PUCHAR Wire, size_t Size)
{
    struct tty_line *line = tty_line(Tty);
    struct wire wire = {Wire, Size, 0};
    *Used = 0;
    if (line->has_flow_byte && Size > 0) {
        wire.bytes[wire.count++] = line->flow_byte;
        line->has_flow_byte = false;
    }
    if (!WdfuseTtyMaySend(Tty))
        return wire.count;
    send_expansion(line, &wire);
    send_echo(Tty, &wire);
    *Used = send_bytes(Tty, Bytes, Length, &wire);
    return wire.count;
}
