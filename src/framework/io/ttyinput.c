/* What a terminal receives, how its lines are edited, and who reads them. See ttyline.h. */
#include "framework/io/ttyinput.h"

#include <asm/termbits.h>
#include <string.h>

#include "framework/io/ttyline.h"
#include "framework/io/ttyoutput.h"
#include "framework/object/apiresult.h"

/* With so little room the other end is to stop, and with so little left to read to go on. */
#define THROTTLE_ROOM 128
#define UNTHROTTLE_AT 128

/* ---- what is there ---- */

static bool is_canonical(const WDFUSE_TTY *tty)
{
    return tty_has_local(tty, ICANON);
}

static ULONG used_size(const struct tty_line *line)
{
    return line->head - line->read;
}

static bool has_line(const struct tty_line *line)
{
    return line->ready != line->read;
}

static UCHAR byte_at(const struct tty_line *line, ULONG place)
{
    return line->input[place % TTY_LINE_SIZE];
}

static UCHAR mark_at(const struct tty_line *line, ULONG place)
{
    return line->marks[place % TTY_LINE_SIZE];
}

ULONG tty_line_received(const WDFUSE_TTY *tty)
{
    const struct tty_line *line = tty_line(tty);
    ULONG end = is_canonical(tty) ? line->ready : line->head;
    ULONG count = 0;
    for (ULONG place = line->read; place != end; place++)
        count += mark_at(line, place) != TTY_END_OF_FILE;
    return count;
}

/* A line that is too long goes on to be taken, and is cut: a reader would wait for its end. */
ULONG WdfuseTtyRoom(const WDFUSE_TTY *Tty)
{
    const struct tty_line *line = tty_line(Tty);
    ULONG room = TTY_LINE_SIZE - used_size(line);
    if (is_canonical(Tty)) {
        room -= room > 0; /* the last place is for the end of a line */
        if (room == 0 && !has_line(line))
            return 1;
    }
    return tty_has_input(Tty, PARMRK) && room > 1 ? room / 2 : room;
}

BOOLEAN WdfuseTtyIsReadable(const WDFUSE_TTY *Tty)
{
    const struct tty_line *line = tty_line(Tty);
    const UCHAR *characters = Tty->Settings.Characters;
    if (is_canonical(Tty))
        return has_line(line);
    ULONG wanted = characters[VTIME] == 0 && characters[VMIN] > 0 ? characters[VMIN] : 1;
    return used_size(line) >= wanted;
}

BOOLEAN WdfuseTtyIsCanonical(const WDFUSE_TTY *Tty)
{
    return Tty->Line != NULL && is_canonical(Tty);
}

/* ---- the other end is held off ---- */

static bool should_throttle(const WDFUSE_TTY *tty)
{
    const struct tty_line *line = tty_line(tty);
    bool can = (tty->Settings.ControlFlags & CRTSCTS) != 0 || tty_has_input(tty, IXOFF);
    if (!can || (is_canonical(tty) && !has_line(line)))
        return false;
    if (line->is_throttled)
        return used_size(line) > UNTHROTTLE_AT;
    return TTY_LINE_SIZE - used_size(line) < THROTTLE_ROOM;
}

static void update_throttle(WDFUSE_TTY *tty)
{
    struct tty_line *line = tty_line(tty);
    line->is_throttled = should_throttle(tty);
    bool stops = line->is_throttled && tty_has_input(tty, IXOFF);
    if (stops == line->has_stopped)
        return;
    line->has_stopped = stops;
    tty_line_send_flow(tty, stops ? VSTOP : VSTART);
}

/* ---- storing ---- */

static bool is_full(const WDFUSE_TTY *tty)
{
    const struct tty_line *line = tty_line(tty);
    return used_size(line) >= TTY_LINE_SIZE - (is_canonical(tty) ? 1u : 0u);
}

static void put(struct tty_line *line, UCHAR byte, enum tty_mark mark)
{
    if (used_size(line) == TTY_LINE_SIZE)
        return;
    line->input[line->head % TTY_LINE_SIZE] = byte;
    line->marks[line->head % TTY_LINE_SIZE] = (UCHAR)mark;
    line->head++;
}

static void put_byte(WDFUSE_TTY *tty, UCHAR byte)
{
    if (byte == 0xff && tty_has_input(tty, PARMRK) && !is_full(tty))
        put(tty_line(tty), byte, TTY_NO_MARK);
    if (!is_full(tty))
        put(tty_line(tty), byte, TTY_NO_MARK);
    if (!is_canonical(tty))
        tty_line(tty)->ready = tty_line(tty)->head;
}

static void end_line(struct tty_line *line, UCHAR byte, enum tty_mark mark)
{
    put(line, byte, mark);
    line->ready = line->head;
}

/* ECHOPRT: what was erased stands between \ and /. */
static void finish_erasing(WDFUSE_TTY *tty)
{
    struct tty_line *line = tty_line(tty);
    if (line->is_erasing)
        tty_line_echo_plain(tty, '/');
    line->is_erasing = false;
}

static void echo_stored(WDFUSE_TTY *tty, UCHAR byte)
{
    struct tty_line *line = tty_line(tty);
    finish_erasing(tty);
    if (byte == '\n') {
        tty_line_echo_plain(tty, byte);
        return;
    }
    if (line->ready == line->head)
        line->line_column = line->column;
    tty_line_echo(tty, byte);
}

static void store(WDFUSE_TTY *tty, UCHAR byte)
{
    if (is_full(tty)) {
        if (tty_has_input(tty, IMAXBEL))
            tty_line_echo_plain(tty, '\a');
        return;
    }
    if (tty_has_local(tty, ECHO))
        echo_stored(tty, byte);
    put_byte(tty, byte);
}

/* ---- erasing ---- */

static bool is_word(UCHAR byte)
{
    UCHAR letter = byte | 0x20;
    return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           byte >= 0xc0;
}

/* The column after the bytes of the line that is edited. */
static ULONG column_of_line(const WDFUSE_TTY *tty)
{
    const struct tty_line *line = tty_line(tty);
    ULONG column = line->line_column;
    for (ULONG place = line->ready; place != line->head; place++) {
        UCHAR byte = byte_at(line, place);
        if (byte == '\t')
            column |= 7;
        if (tty_is_control(byte) && byte != '\t')
            column += tty_has_local(tty, ECHOCTL) ? 2 : 0;
        else
            column += !tty_is_continuation(tty, byte);
    }
    return column;
}

static void echo_rubout(WDFUSE_TTY *tty, UCHAR byte)
{
    if (tty_is_control(byte) && !tty_has_local(tty, ECHOCTL))
        return;
    for (int i = 0; i < (tty_is_control(byte) ? 2 : 1); i++) {
        tty_line_echo_plain(tty, '\b');
        tty_line_echo_plain(tty, ' ');
        tty_line_echo_plain(tty, '\b');
    }
}

/* Erased bytes of one character: ECHOPRT prints them. */
static void echo_printed(WDFUSE_TTY *tty, ULONG count)
{
    struct tty_line *line = tty_line(tty);
    if (!line->is_erasing)
        tty_line_echo_plain(tty, '\\');
    line->is_erasing = true;
    tty_line_echo(tty, byte_at(line, line->head));
    for (ULONG i = 1; i < count; i++)
        tty_line_echo_plain(tty, byte_at(line, line->head + i));
}

/* The last `count` bytes have just been taken off, one character. */
static void echo_erased(WDFUSE_TTY *tty, ULONG count, int which)
{
    struct tty_line *line = tty_line(tty);
    UCHAR byte = byte_at(line, line->head);
    if (tty_has_local(tty, ECHOPRT))
        echo_printed(tty, count);
    else if (which == VERASE && !tty_has_local(tty, ECHOE))
        tty_line_echo(tty, tty->Settings.Characters[VERASE]);
    else if (byte == '\t')
        tty_line_echo_back(tty, 8 - (column_of_line(tty) & 7));
    else
        echo_rubout(tty, byte);
}

/* The bytes of the last character of the line that is edited; 0: it has no first byte. */
static ULONG last_character(const WDFUSE_TTY *tty)
{
    const struct tty_line *line = tty_line(tty);
    for (ULONG place = line->head; place != line->ready;) {
        place--;
        if (!tty_is_continuation(tty, byte_at(line, place)))
            return line->head - place;
    }
    return 0;
}

static void erase_characters(WDFUSE_TTY *tty, int which)
{
    struct tty_line *line = tty_line(tty);
    bool was_in_word = false;
    for (ULONG count; (count = last_character(tty)) > 0;) {
        bool is_in_word = is_word(byte_at(line, line->head - count));
        if (which == VWERASE && was_in_word && !is_in_word)
            break;
        was_in_word |= is_in_word;
        line->head -= count;
        if (tty_has_local(tty, ECHO))
            echo_erased(tty, count, which);
        if (which == VERASE)
            break;
    }
}

static bool is_killed_visibly(const WDFUSE_TTY *tty)
{
    return tty_has_local(tty, ECHO) && tty_has_local(tty, ECHOK) && tty_has_local(tty, ECHOKE) &&
           tty_has_local(tty, ECHOE);
}

static void kill_line(WDFUSE_TTY *tty)
{
    struct tty_line *line = tty_line(tty);
    line->head = line->ready;
    if (!tty_has_local(tty, ECHO))
        return;
    finish_erasing(tty);
    tty_line_echo(tty, tty->Settings.Characters[VKILL]);
    if (tty_has_local(tty, ECHOK))
        tty_line_echo_plain(tty, '\n');
}

static void erase(WDFUSE_TTY *tty, int which)
{
    struct tty_line *line = tty_line(tty);
    if (line->head == line->ready)
        return;
    if (which == VKILL && !is_killed_visibly(tty)) {
        kill_line(tty);
        return;
    }
    erase_characters(tty, which);
    if (line->head == line->ready && tty_has_local(tty, ECHO))
        finish_erasing(tty);
}

/* ---- special characters ---- */

/* A character of 0 is disabled. */
static bool is_special(const WDFUSE_TTY *tty, int which, UCHAR byte)
{
    return byte != 0 && tty->Settings.Characters[which] == byte;
}

static bool is_extended(const WDFUSE_TTY *tty, int which, UCHAR byte)
{
    return tty_has_local(tty, IEXTEN) && is_special(tty, which, byte);
}

static void reprint(WDFUSE_TTY *tty, UCHAR byte)
{
    const struct tty_line *line = tty_line(tty);
    finish_erasing(tty);
    tty_line_echo(tty, byte);
    tty_line_echo_plain(tty, '\n');
    for (ULONG place = line->ready; place != line->head; place++)
        tty_line_echo(tty, byte_at(line, place));
}

static void begin_literal(WDFUSE_TTY *tty)
{
    tty_line(tty)->is_literal = true;
    if (!tty_has_local(tty, ECHO))
        return;
    finish_erasing(tty);
    if (tty_has_local(tty, ECHOCTL)) {
        tty_line_echo_plain(tty, '^');
        tty_line_echo_plain(tty, '\b');
    }
}

static bool edits_line(WDFUSE_TTY *tty, UCHAR byte)
{
    if (is_special(tty, VERASE, byte))
        erase(tty, VERASE);
    else if (is_special(tty, VKILL, byte))
        erase(tty, VKILL);
    else if (is_extended(tty, VWERASE, byte))
        erase(tty, VWERASE);
    else if (is_extended(tty, VLNEXT, byte))
        begin_literal(tty);
    else if (is_extended(tty, VREPRINT, byte) && tty_has_local(tty, ECHO))
        reprint(tty, byte);
    else
        return false;
    return true;
}

static bool ends_line(WDFUSE_TTY *tty, UCHAR byte)
{
    struct tty_line *line = tty_line(tty);
    if (byte == '\n') {
        if (tty_has_local(tty, ECHO | ECHONL))
            echo_stored(tty, byte);
        end_line(line, byte, TTY_END_OF_LINE);
    } else if (is_special(tty, VEOF, byte)) {
        end_line(line, 0, TTY_END_OF_FILE);
    } else if (is_special(tty, VEOL, byte) || is_extended(tty, VEOL2, byte)) {
        if (tty_has_local(tty, ECHO))
            echo_stored(tty, byte);
        end_line(line, byte, TTY_END_OF_LINE);
    } else {
        return false;
    }
    return true;
}

static bool controls_flow(WDFUSE_TTY *tty, UCHAR byte)
{
    if (!tty_has_input(tty, IXON))
        return false;
    if (is_special(tty, VSTART, byte))
        tty_line_restart(tty);
    else if (is_special(tty, VSTOP, byte))
        tty_line(tty)->is_stopped = true;
    else
        return false;
    return true;
}

static bool is_signal(const WDFUSE_TTY *tty, UCHAR byte)
{
    return tty_has_local(tty, ISIG) &&
           (is_special(tty, VINTR, byte) || is_special(tty, VQUIT, byte) ||
            is_special(tty, VSUSP, byte));
}

/* Nobody's controlling terminal, as N_TTY has it: there is no process group for a signal, and the
 * rest happens. */
static void interrupt(WDFUSE_TTY *tty)
{
    if (!tty_has_local(tty, NOFLSH)) {
        tty_line_flush_output(tty);
        tty_line_flush_input(tty);
    }
    if (tty_has_input(tty, IXON))
        tty_line_restart(tty);
}

/* ---- receiving ---- */

static UCHAR strip(const WDFUSE_TTY *tty, UCHAR byte)
{
    if (tty_has_input(tty, ISTRIP))
        byte &= 0x7f;
    if (tty_has_input(tty, IUCLC) && tty_has_local(tty, IEXTEN) && byte >= 'A' && byte <= 'Z')
        byte += 'a' - 'A';
    return byte;
}

static void receive_data(WDFUSE_TTY *tty, UCHAR byte)
{
    if (byte == '\r' && tty_has_input(tty, IGNCR))
        return;
    if (byte == '\r' && tty_has_input(tty, ICRNL))
        byte = '\n';
    else if (byte == '\n' && tty_has_input(tty, INLCR))
        byte = '\r';
    if (!is_canonical(tty) || (!edits_line(tty, byte) && !ends_line(tty, byte)))
        store(tty, byte);
}

static void receive(WDFUSE_TTY *tty, UCHAR byte)
{
    struct tty_line *line = tty_line(tty);
    byte = strip(tty, byte);
    if (line->is_literal) {
        line->is_literal = false;
        store(tty, byte);
        return;
    }
    if (tty_has_input(tty, IXON) && tty_has_input(tty, IXANY))
        tty_line_restart(tty);
    if (controls_flow(tty, byte))
        return;
    if (is_signal(tty, byte)) {
        interrupt(tty);
        if (tty_has_local(tty, ECHO))
            tty_line_echo(tty, byte);
        return;
    }
    receive_data(tty, byte);
}

VOID WdfuseTtyReceive(PWDFUSE_TTY Tty, const UCHAR *Bytes, size_t Count)
{
    for (size_t i = 0; i < Count; i++)
        receive(Tty, Bytes[i]);
    update_throttle(Tty);
}

VOID WdfuseTtyReceiveBreak(PWDFUSE_TTY Tty)
{
    if (tty_has_input(Tty, IGNBRK))
        return;
    if (tty_has_input(Tty, BRKINT)) {
        interrupt(Tty);
        return;
    }
    if (tty_has_input(Tty, PARMRK)) {
        put(tty_line(Tty), 0xff, TTY_NO_MARK);
        put(tty_line(Tty), 0, TTY_NO_MARK);
    }
    put_byte(Tty, 0);
    update_throttle(Tty);
}

/* ---- reading ---- */

static size_t read_line(struct tty_line *line, PUCHAR buffer, size_t length, bool *is_ended)
{
    size_t count = 0;
    while (!*is_ended && count < length && has_line(line)) {
        UCHAR mark = mark_at(line, line->read);
        if (mark != TTY_END_OF_FILE)
            buffer[count++] = byte_at(line, line->read);
        *is_ended = mark != TTY_NO_MARK;
        line->read++;
    }
    /* The end of file that follows belongs to these bytes: it must not end the next read. */
    if (!*is_ended && count > 0 && has_line(line) && mark_at(line, line->read) == TTY_END_OF_FILE)
        line->read++;
    return count;
}

static size_t read_bytes(struct tty_line *line, PUCHAR buffer, size_t length)
{
    size_t count = 0;
    while (count < length && line->read != line->head)
        buffer[count++] = byte_at(line, line->read++);
    return count;
}

size_t WdfuseTtyRead(PWDFUSE_TTY Tty, PUCHAR Buffer, size_t Length, PBOOLEAN IsEnded)
{
    struct tty_line *line = tty_line(Tty);
    bool is_ended = false;
    size_t count = is_canonical(Tty) ? read_line(line, Buffer, Length, &is_ended)
                                     : read_bytes(line, Buffer, Length);
    *IsEnded = is_ended || count == Length;
    update_throttle(Tty);
    return count;
}

/* ---- changes ---- */

void tty_line_flush_input(WDFUSE_TTY *tty)
{
    struct tty_line *line = tty_line(tty);
    line->read = line->ready = line->head;
    line->is_literal = line->is_erasing = false;
    update_throttle(tty);
}

/* What is there becomes bytes without an end of line between them. */
static void forget_lines(struct tty_line *line)
{
    ULONG end = line->head;
    line->head = line->read;
    for (ULONG place = line->read; place != end; place++) {
        if (mark_at(line, place) != TTY_END_OF_FILE)
            put(line, byte_at(line, place), TTY_NO_MARK);
    }
}

/* What was received before is a line: nobody can say whether it has an end. */
static void change_mode(struct tty_line *line)
{
    forget_lines(line);
    if (line->head != line->read)
        line->marks[(line->head - 1) % TTY_LINE_SIZE] = TTY_END_OF_LINE;
    line->ready = line->head;
    line->is_literal = line->is_erasing = false;
}

void tty_line_change(WDFUSE_TTY *tty, const WDFUSE_TTY_SETTINGS *before)
{
    if (((before->LocalFlags ^ tty->Settings.LocalFlags) & ICANON) != 0)
        change_mode(tty_line(tty));
    if ((before->InputFlags & IXON) != 0 && !tty_has_input(tty, IXON))
        tty_line_restart(tty);
    update_throttle(tty);
}

/* ---- the terminal's ---- */

NTSTATUS WdfuseTtyCreateLine(PWDFUSE_TTY Tty, WDFOBJECT Parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory;
    PVOID line;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Parent;
    NTSTATUS status =
        WdfMemoryCreate(&attributes, NonPagedPoolNx, 0, sizeof(struct tty_line), &memory, &line);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfuse/tty.h");
    memset(line, 0, sizeof(struct tty_line));
    Tty->Line = line;
    return STATUS_SUCCESS;
}

VOID WdfuseTtyDiscard(PWDFUSE_TTY Tty)
{
    tty_line_flush_input(Tty);
}
