/*
 * The format words of WPP, %!STATUS! and the like: those that every driver has, and those that a
 * driver's configuration block adds. Source: WDK documentation of "What are the WPP extended format
 * specification strings?".
 */
#include "nt/tracewords.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <ntdef.h>

#include "nt/status.h"
#include "nt/tracelevel.h"
#include "nt/win32error.h"

/* Where a word is written. */
struct _WDFUSE_TRACE_TEXT {
    char *text;
    size_t size;
    size_t length;
};

static void put(WDFUSE_TRACE_TEXT *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends what fits. */
static void put(WDFUSE_TRACE_TEXT *text, const char *format, ...)
{
    va_list arguments;

    if (text->length >= text->size)
        return;
    va_start(arguments, format);
    text->length +=
        (size_t)vsnprintf(text->text + text->length, text->size - text->length, format, arguments);
    va_end(arguments);
}

/* ---- what the message says of itself ---- */

static bool render_place(const struct trace_message *message, const char *word,
                         WDFUSE_TRACE_TEXT *text)
{
    if (strcmp(word, "FUNC") == 0)
        put(text, "%s", message->function);
    else if (strcmp(word, "FILE") == 0)
        put(text, "%s", message->unit->File);
    else if (strcmp(word, "LINE") == 0)
        put(text, "%u", message->line);
    else if (strcmp(word, "TYP") == 0)
        put(text, "%s_%u", message->unit->File, message->line);
    else if (strcmp(word, "MOD") == 0)
        put(text, "%s", message->unit->Module);
    else if (strcmp(word, "LEVEL") == 0)
        put(text, "%s", trace_level_name(message->level));
    else if (strcmp(word, "FLAGS") == 0 || strcmp(word, "COMPNAME") == 0)
        put(text, "%s", message->flag);
    else
        /* The prefix is the log's: file, line, flag and level. */
        return strcmp(word, "STDPREFIX") == 0;
    return true;
}

/* ---- values ---- */

typedef void render_value(WDFUSE_TRACE_TEXT *text, va_list *arguments);

/* A va_list by address: if it is an array, there is no other way. */
#define TAKE(type) va_arg(*arguments, type)

static void render_status(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    NTSTATUS status = TAKE(NTSTATUS);
    const char *name = nt_status_name(status);

    put(text, "0x%08x", (unsigned)status);
    if (strncmp(name, "0x", 2) != 0)
        put(text, "(%s)", name);
}

static void render_win32_error(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    ULONG error = TAKE(ULONG);
    const char *name = win32_error_name(error);

    put(text, "0x%08x", error);
    if (name != NULL)
        put(text, "(%s)", name);
}

static void render_hresult(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    LONG result = TAKE(LONG);
    const char *name = hresult_name(result);

    put(text, "0x%08x", (unsigned)result);
    if (name != NULL)
        put(text, "(%s)", name);
}

void trace_guid_text(const GUID *guid, char *text, size_t size)
{
    WDFUSE_TRACE_TEXT output = {.text = text, .size = size};

    put(&output, "%08x-%04x-%04x-%02x%02x-", guid->Data1, guid->Data2, guid->Data3, guid->Data4[0],
        guid->Data4[1]);
    for (int i = 2; i < 8; i++)
        put(&output, "%02x", guid->Data4[i]);
}

static void render_guid(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    const GUID *guid = TAKE(const GUID *);

    if (guid == NULL) {
        put(text, "(null)");
        return;
    }
    char digits[40];
    trace_guid_text(guid, digits, sizeof(digits));
    put(text, "{%s}", digits);
}

static void render_bool(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    put(text, "%s", TAKE(int) ? "TRUE" : "FALSE");
}

static void render_boolean(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    put(text, "%s", (BOOLEAN)TAKE(int) ? "TRUE" : "FALSE");
}

/* Addresses and ports are in the order of the network. */
static void render_ip_address(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    ULONG address = TAKE(ULONG);
    char digits[INET_ADDRSTRLEN];

    put(text, "%s", inet_ntop(AF_INET, &address, digits, sizeof(digits)));
}

static void render_ipv6_address(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    const void *address = TAKE(const void *);
    char digits[INET6_ADDRSTRLEN];

    put(text, "%s",
        address != NULL ? inet_ntop(AF_INET6, address, digits, sizeof(digits)) : "(null)");
}

static void render_port(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    put(text, "%u", ntohs((uint16_t)TAKE(unsigned)));
}

static void put_bytes(WDFUSE_TRACE_TEXT *text, const UCHAR *bytes, size_t count,
                      const char *separator)
{
    for (size_t i = 0; i < count && text->length < text->size; i++)
        put(text, "%s%02x", i > 0 ? separator : "", bytes[i]);
}

static void render_mac_address(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    const UCHAR *address = TAKE(const UCHAR *);

    if (address == NULL)
        put(text, "(null)");
    else
        put_bytes(text, address, 6, "-");
}

/* A security identifier: revision, count, authority (big-endian), sub-authorities. */
static void render_sid(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    const UCHAR *sid = TAKE(const UCHAR *);

    if (sid == NULL) {
        put(text, "(null)");
        return;
    }
    ULONGLONG authority = 0;
    for (int i = 2; i < 8; i++)
        authority = authority << 8 | sid[i];
    put(text, "S-%u-%llu", sid[0], (unsigned long long)authority);
    for (int i = 0; i < sid[1] && i < 15; i++) {
        ULONG part;
        memcpy(&part, sid + 8 + 4 * i, sizeof(part));
        put(text, "-%u", part);
    }
}

static void render_irql(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    static const char *const names[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"};
    unsigned irql = (UCHAR)TAKE(unsigned);

    if (irql < RTL_NUMBER_OF(names))
        put(text, "%s", names[irql]);
    else
        put(text, "%u", irql);
}

static const char *const pnp_minor_names[] = {
    "IRP_MN_START_DEVICE",
    "IRP_MN_QUERY_REMOVE_DEVICE",
    "IRP_MN_REMOVE_DEVICE",
    "IRP_MN_CANCEL_REMOVE_DEVICE",
    "IRP_MN_STOP_DEVICE",
    "IRP_MN_QUERY_STOP_DEVICE",
    "IRP_MN_CANCEL_STOP_DEVICE",
    "IRP_MN_QUERY_DEVICE_RELATIONS",
    "IRP_MN_QUERY_INTERFACE",
    "IRP_MN_QUERY_CAPABILITIES",
    "IRP_MN_QUERY_RESOURCES",
    "IRP_MN_QUERY_RESOURCE_REQUIREMENTS",
    "IRP_MN_QUERY_DEVICE_TEXT",
    "IRP_MN_FILTER_RESOURCE_REQUIREMENTS",
    "0x0e",
    "IRP_MN_READ_CONFIG",
    "IRP_MN_WRITE_CONFIG",
    "IRP_MN_EJECT",
    "IRP_MN_SET_LOCK",
    "IRP_MN_QUERY_ID",
    "IRP_MN_QUERY_PNP_DEVICE_STATE",
    "IRP_MN_QUERY_BUS_INFORMATION",
    "IRP_MN_DEVICE_USAGE_NOTIFICATION",
    "IRP_MN_SURPRISE_REMOVAL",
};

static const char *const major_names[] = {
    "IRP_MJ_CREATE",
    "IRP_MJ_CREATE_NAMED_PIPE",
    "IRP_MJ_CLOSE",
    "IRP_MJ_READ",
    "IRP_MJ_WRITE",
    "IRP_MJ_QUERY_INFORMATION",
    "IRP_MJ_SET_INFORMATION",
    "IRP_MJ_QUERY_EA",
    "IRP_MJ_SET_EA",
    "IRP_MJ_FLUSH_BUFFERS",
    "IRP_MJ_QUERY_VOLUME_INFORMATION",
    "IRP_MJ_SET_VOLUME_INFORMATION",
    "IRP_MJ_DIRECTORY_CONTROL",
    "IRP_MJ_FILE_SYSTEM_CONTROL",
    "IRP_MJ_DEVICE_CONTROL",
    "IRP_MJ_INTERNAL_DEVICE_CONTROL",
    "IRP_MJ_SHUTDOWN",
    "IRP_MJ_LOCK_CONTROL",
    "IRP_MJ_CLEANUP",
    "IRP_MJ_CREATE_MAILSLOT",
    "IRP_MJ_QUERY_SECURITY",
    "IRP_MJ_SET_SECURITY",
    "IRP_MJ_POWER",
    "IRP_MJ_SYSTEM_CONTROL",
    "IRP_MJ_DEVICE_CHANGE",
    "IRP_MJ_QUERY_QUOTA",
    "IRP_MJ_SET_QUOTA",
    "IRP_MJ_PNP",
};

static const char *const system_control_names[] = {
    "IRP_MN_QUERY_ALL_DATA",
    "IRP_MN_QUERY_SINGLE_INSTANCE",
    "IRP_MN_CHANGE_SINGLE_INSTANCE",
    "IRP_MN_CHANGE_SINGLE_ITEM",
    "IRP_MN_ENABLE_EVENTS",
    "IRP_MN_DISABLE_EVENTS",
    "IRP_MN_ENABLE_COLLECTION",
    "IRP_MN_DISABLE_COLLECTION",
    "IRP_MN_REGINFO",
    "IRP_MN_EXECUTE_METHOD",
    "0x0a",
    "IRP_MN_REGINFO_EX",
};

static void render_of(WDFUSE_TRACE_TEXT *text, va_list *arguments, const char *const *names,
                      size_t count)
{
    unsigned value = (UCHAR)TAKE(unsigned);

    if (value < count)
        put(text, "%s", names[value]);
    else
        put(text, "0x%02x", value);
}

static void render_pnp_minor(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    render_of(text, arguments, pnp_minor_names, RTL_NUMBER_OF(pnp_minor_names));
}

static void render_major(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    render_of(text, arguments, major_names, RTL_NUMBER_OF(major_names));
}

static void render_system_control(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    render_of(text, arguments, system_control_names, RTL_NUMBER_OF(system_control_names));
}

/* ---- times, of 100 nanoseconds ---- */

#define UNITS_IN_A_SECOND 10000000
/* From the first day of 1601 to that of 1970. */
#define SECONDS_TO_1970 11644473600ll

static void render_date(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    LONGLONG moment = TAKE(LONGLONG);
    time_t seconds = (time_t)(moment / UNITS_IN_A_SECOND - SECONDS_TO_1970);
    struct tm parts;
    char date[64];

    if (moment < 0 || gmtime_r(&seconds, &parts) == NULL ||
        strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &parts) == 0)
        put(text, "%lld", (long long)moment);
    else
        put(text, "%s.%03lld", date, (long long)(moment % UNITS_IN_A_SECOND / 10000));
}

static void put_interval(WDFUSE_TRACE_TEXT *text, LONGLONG interval)
{
    ULONGLONG units = interval < 0 ? 0 - (ULONGLONG)interval : (ULONGLONG)interval;
    ULONGLONG seconds = units / UNITS_IN_A_SECOND;

    put(text, "%s", interval < 0 ? "-" : "");
    if (seconds >= 86400)
        put(text, "%llu~", (unsigned long long)(seconds / 86400));
    put(text, "%02llu:%02llu:%02llu.%03llu", (unsigned long long)(seconds / 3600 % 24),
        (unsigned long long)(seconds / 60 % 60), (unsigned long long)(seconds % 60),
        (unsigned long long)(units % UNITS_IN_A_SECOND / 10000));
}

static void render_delta(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    put_interval(text, TAKE(LONGLONG));
}

/* As a timer's: negative is from now on. */
static void render_due(WDFUSE_TRACE_TEXT *text, va_list *arguments)
{
    LONGLONG due = TAKE(LONGLONG);

    put(text, due < 0 ? "in " : "at ");
    put_interval(text, due < 0 ? -due : due);
}

static const struct {
    const char *word;
    render_value *render;
} values[] = {
    {"STATUS", render_status},
    {"NTSTATUS", render_status},
    {"NDIS_STATUS", render_status},
    {"WINERROR", render_win32_error},
    {"HRESULT", render_hresult},
    {"HRES", render_hresult},
    {"GUID", render_guid},
    {"CLSID", render_guid},
    {"LIBID", render_guid},
    {"IID", render_guid},
    {"bool", render_bool},
    {"bool8", render_boolean},
    {"BOOLEAN", render_boolean},
    {"IPADDR", render_ip_address},
    {"IPV6ADDR", render_ipv6_address},
    {"PORT", render_port},
    {"MACADDR", render_mac_address},
    {"EADDRESS", render_mac_address},
    {"sid", render_sid},
    {"irql", render_irql},
    {"pnpmn", render_pnp_minor},
    {"pnpmj", render_major},
    {"SYSCTRL", render_system_control},
    {"datetime", render_date},
    {"time", render_date},
    {"TIMESTAMP", render_date},
    {"delta", render_delta},
    {"WAITTIME", render_delta},
    {"due", render_due},
};

/* ---- words that are conversions by another name ---- */

static const struct {
    const char *word;
    const char *format;
} conversions[] = {
    {"sbyte", "%hhd"},   {"ubyte", "%hhu"},   {"xbyte", "%#hhx"},   {"obyte", "%hho"},
    {"sshort", "%hd"},   {"ushort", "%hu"},   {"xshort", "%#hx"},   {"oshort", "%ho"},
    {"sint", "%d"},      {"uint", "%u"},      {"xint", "%#x"},      {"oint", "%o"},
    {"slong", "%ld"},    {"ulong", "%lu"},    {"xlong", "%#lx"},    {"olong", "%lo"},
    {"sint64", "%I64d"}, {"uint64", "%I64u"}, {"xint64", "%#I64x"}, {"oint64", "%I64o"},
    {"ptr", "%p"},       {"handle", "%p"},    {"NDIS_OID", "%#x"},  {"ASTR", "%s"},
    {"WSTR", "%ws"},     {"USTR", "%wZ"},     {"ANSTR", "%Z"},      {"sizet", "%Iu"},
};

static bool render_conversion(const char *word, struct format_arguments *arguments,
                              WDFUSE_TRACE_TEXT *text)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(conversions); i++) {
        if (strcmp(word, conversions[i].word) != 0)
            continue;
        nt_format(text->text, text->size, conversions[i].format, arguments->list);
        (void)va_arg(arguments->list, long long);
        return true;
    }
    return false;
}

/* Case matters to Windows only between the driver's own words. */
static bool render_value_of(const char *word, struct format_arguments *arguments,
                            WDFUSE_TRACE_TEXT *text)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(values); i++) {
        if (strcasecmp(word, values[i].word) != 0)
            continue;
        values[i].render(text, &arguments->list);
        return true;
    }
    return render_conversion(word, arguments, text);
}

/* ---- words of the driver ---- */

static void render_named(const WDFUSE_TRACE_NAME *names, struct format_arguments *arguments,
                         WDFUSE_TRACE_TEXT *text)
{
    LONG value = va_arg(arguments->list, LONG);

    for (; names->Name != NULL; names++) {
        if ((LONG)names->Value == value) {
            put(text, "%s", names->Name);
            return;
        }
    }
    put(text, "0x%x", (unsigned)value);
}

static bool render_own(const WDFUSE_TRACE_UNIT *unit, const char *word,
                       struct format_arguments *arguments, WDFUSE_TRACE_TEXT *text)
{
    const WDFUSE_TRACE_WORD *own = unit->Words;

    while (own != NULL && own->Word != NULL && strcmp(own->Word, word) != 0)
        own++;
    if (own == NULL || own->Word == NULL)
        return false;
    if (own->Render != NULL)
        own->Render(text, &arguments->list);
    else if (own->Names != NULL)
        render_named(own->Names, arguments, text);
    else
        return own->Like != NULL && render_value_of(own->Like, arguments, text);
    return true;
}

bool trace_word_render(const struct format_words *words, const char *word, size_t length,
                       struct format_arguments *arguments, char *text, size_t size)
{
    const struct trace_message *message = CONTAINING_RECORD(words, struct trace_message, words);
    WDFUSE_TRACE_TEXT output = {.text = text, .size = size};
    char name[64];

    text[0] = '\0';
    if (length >= sizeof(name))
        return false;
    memcpy(name, word, length);
    name[length] = '\0';
    return render_own(message->unit, name, arguments, &output) ||
           render_place(message, name, &output) || render_value_of(name, arguments, &output);
}

/* ---- bytes of a driver's own types ---- */

/* Text: what is printable, as it stands. */
static void put_text(WDFUSE_TRACE_TEXT *text, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && text->length < text->size; i++)
        put(text, "%c", bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.');
}

static void put_item(WDFUSE_TRACE_TEXT *text, const char *item, const UCHAR *bytes, size_t count)
{
    if (strcmp(item, "ItemPString") == 0 || strcmp(item, "ItemString") == 0)
        put_text(text, (const char *)bytes, count);
    else if (strcmp(item, "ItemMACAddr") == 0)
        put_bytes(text, bytes, count, "-");
    else
        put_bytes(text, bytes, count, " ");
}

/*
 * WPP_LOG... macros give a counted value as its length, in two bytes, and the bytes: the first pair
 * is left out if another one follows it.
 */
VOID WdfuseTraceBytes(WDFUSE_TRACE_TEXT *Text, const char *Item, ...)
{
    va_list arguments;

    va_start(arguments, Item);
    size_t size = va_arg(arguments, size_t);
    const UCHAR *bytes = va_arg(arguments, const UCHAR *);
    for (bool is_first = true; bytes != NULL; is_first = false) {
        size_t next_size = va_arg(arguments, size_t);
        const UCHAR *next_bytes = va_arg(arguments, const UCHAR *);
        bool is_length = is_first && size == sizeof(USHORT) && next_bytes != NULL;
        if (!is_length)
            put_item(Text, Item, bytes, size);
        size = next_size;
        bytes = next_bytes;
    }
    va_end(arguments);
}
