/* The parser of scenarios. See scenario.h. */
#include "explore/scenario.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/io.h"
#include "framework/lifecycle.h"

#define WORDS_MAX 8

struct parser {
    const char *name;
    unsigned line;
    char *error;
    size_t error_size;
    struct scenario *scenario;
    struct scenario_thread *thread; /* the thread whose steps are being read */
};

static bool fail(struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool fail(struct parser *parser, const char *format, ...)
{
    int length = snprintf(parser->error, parser->error_size, "%s:%u: ", parser->name, parser->line);
    if (length < 0 || (size_t)length >= parser->error_size)
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parser->error + length, parser->error_size - (size_t)length, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- words ---- */

/* Splits the line into words; a # begins a comment. */
static unsigned split(char *line, char *words[WORDS_MAX + 1])
{
    unsigned count = 0;
    line[strcspn(line, "#")] = '\0';
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t\r\n", &rest); word != NULL && count <= WORDS_MAX;
         word = strtok_r(NULL, " \t\r\n", &rest))
        words[count++] = word;
    return count;
}

static bool number(struct parser *parser, const char *word, unsigned long long limit,
                   unsigned long long *value)
{
    char *end;
    errno = 0;
    *value = strtoull(word, &end, 0);
    if (!isdigit((unsigned char)word[0]) || *end != '\0' || errno != 0)
        return fail(parser, "\"%s\" is no number", word);
    if (*value > limit)
        return fail(parser, "%s is too much: at most %llu", word, limit);
    return true;
}

static bool length_of(struct parser *parser, const char *word, size_t *length)
{
    unsigned long long value;
    if (!number(parser, word, IO_TRANSFER_MAX, &value))
        return false;
    *length = (size_t)value;
    return true;
}

static bool child_of(struct parser *parser, const char *word, char child[24])
{
    if (!node_name_is_valid(word) || strlen(word) >= 24)
        return fail(parser, "\"%s\" can't be a child: up to 23 characters of a node's name", word);
    strcpy(child, word);
    return true;
}

/* ---- steps ---- */

static bool parse_open(struct parser *parser, struct scenario_step *step, char **words,
                       unsigned count)
{
    unsigned first = 1;
    step->open_flags = O_RDWR;
    if (count > 2 && strcmp(words[1], "child") == 0) {
        if (!child_of(parser, words[2], step->child))
            return false;
        first = 3;
    }
    for (unsigned i = first; i < count; i++) {
        if (strcmp(words[i], "nonblock") == 0)
            step->open_flags |= O_NONBLOCK;
        else if (strcmp(words[i], "read") == 0)
            step->open_flags = (step->open_flags & ~O_ACCMODE) | O_RDONLY;
        else if (strcmp(words[i], "write") == 0)
            step->open_flags = (step->open_flags & ~O_ACCMODE) | O_WRONLY;
        else
            return fail(
                parser,
                "open knows \"child NAME\", \"read\", \"write\" and \"nonblock\", not \"%s\"",
                words[i]);
    }
    return true;
}

static bool parse_read(struct parser *parser, struct scenario_step *step, char **words,
                       unsigned count)
{
    return count == 2 ? length_of(parser, words[1], &step->output_length)
                      : fail(parser, "read takes one number: its length");
}

static bool parse_write(struct parser *parser, struct scenario_step *step, char **words,
                        unsigned count)
{
    return count == 2 ? length_of(parser, words[1], &step->input_length)
                      : fail(parser, "write takes one number: its length");
}

static bool parse_ioctl(struct parser *parser, struct scenario_step *step, char **words,
                        unsigned count)
{
    unsigned long long code;
    if (count < 2 || count > 4)
        return fail(
            parser,
            "ioctl takes a control code and up to two lengths: of its input and its output");
    if (!number(parser, words[1], UINT32_MAX, &code))
        return false;
    step->control_code = (uint32_t)code;
    if (count > 2 && !length_of(parser, words[2], &step->input_length))
        return false;
    return count < 4 || length_of(parser, words[3], &step->output_length);
}

static bool parse_poll(struct parser *parser, struct scenario_step *step, char **words,
                       unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        if (strcmp(words[i], "in") == 0)
            step->events |= POLLIN;
        else if (strcmp(words[i], "out") == 0)
            step->events |= POLLOUT;
        else
            return fail(parser, "poll knows \"in\" and \"out\", not \"%s\"", words[i]);
    }
    return step->events != 0 || fail(parser, "poll takes \"in\" or \"out\" or both");
}

static bool parse_child(struct parser *parser, struct scenario_step *step, char **words,
                        unsigned count)
{
    return count == 2 ? child_of(parser, words[1], step->child)
                      : fail(parser, "%s takes a child", words[0]);
}

static bool parse_alone(struct parser *parser, struct scenario_step *step, char **words,
                        unsigned count)
{
    (void)step;
    return count == 1 || fail(parser, "%s takes nothing more", words[0]);
}

enum place {
    IN_CLIENT = 1,
    IN_MAIN = 2,
    CAN_BEGIN = 4,
};

static const struct verb {
    const char *name;
    enum scenario_verb verb;
    unsigned where;
    bool (*parse)(struct parser *parser, struct scenario_step *step, char **words, unsigned count);
} verbs[] = {
    {"open", SCENARIO_OPEN, IN_CLIENT, parse_open},
    {"read", SCENARIO_READ, IN_CLIENT | CAN_BEGIN, parse_read},
    {"write", SCENARIO_WRITE, IN_CLIENT | CAN_BEGIN, parse_write},
    {"ioctl", SCENARIO_IOCTL, IN_CLIENT | CAN_BEGIN, parse_ioctl},
    {"poll", SCENARIO_POLL, IN_CLIENT, parse_poll},
    {"cancel", SCENARIO_CANCEL, IN_CLIENT, parse_alone},
    {"wait", SCENARIO_WAIT, IN_CLIENT | IN_MAIN, parse_alone},
    {"close", SCENARIO_CLOSE, IN_CLIENT, parse_alone},
    {"suspend", SCENARIO_SUSPEND, IN_MAIN, parse_alone},
    {"resume", SCENARIO_RESUME, IN_MAIN, parse_alone},
    {"idle", SCENARIO_IDLE, IN_MAIN, parse_alone},
    {"wake", SCENARIO_WAKE, IN_MAIN, parse_alone},
    {"rebalance", SCENARIO_REBALANCE, IN_MAIN, parse_alone},
    {"remove", SCENARIO_REMOVE, IN_MAIN, parse_alone},
    {"surprise-remove", SCENARIO_SURPRISE_REMOVE, IN_MAIN, parse_alone},
    {"plug", SCENARIO_PLUG, IN_MAIN, parse_alone},
    {"unplug", SCENARIO_UNPLUG, IN_MAIN, parse_child},
    {"eject", SCENARIO_EJECT, IN_MAIN, parse_child},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

static void join(char *text, size_t size, char **words, unsigned count)
{
    text[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        size_t length = strlen(text);
        snprintf(text + length, size - length, "%s%s", i > 0 ? " " : "", words[i]);
    }
}

static bool add_step(struct parser *parser, const struct scenario_step *step)
{
    struct scenario_thread *thread = parser->thread;
    struct scenario_step *steps = realloc(thread->steps, (thread->count + 1) * sizeof(*steps));
    if (steps == NULL)
        return fail(parser, "out of memory");
    thread->steps = steps;
    thread->steps[thread->count++] = *step;
    return true;
}

static bool parse_step(struct parser *parser, char **words, unsigned count)
{
    struct scenario_step step = {.line = parser->line};
    join(step.text, sizeof(step.text), words, count);
    step.is_begun = strcmp(words[0], "begin") == 0;
    if (step.is_begun) {
        words++;
        if (--count == 0)
            return fail(parser, "begin what? \"read\", \"write\" or \"ioctl\"");
    }
    const struct verb *verb = find_verb(words[0]);
    if (verb == NULL)
        return fail(parser, "unknown operation \"%s\"", words[0]);
    if (parser->thread == NULL)
        return fail(parser, "\"%s\" stands before the first \"client\" or \"main\"", words[0]);
    bool is_main = parser->thread == &parser->scenario->main;
    if ((verb->where & (is_main ? IN_MAIN : IN_CLIENT)) == 0)
        return fail(parser, "\"%s\" is for %s", words[0], is_main ? "clients" : "main");
    if (step.is_begun && (verb->where & CAN_BEGIN) == 0)
        return fail(parser, "\"%s\" can't be begun: \"read\", \"write\" and \"ioctl\" can",
                    words[0]);
    step.verb = verb->verb;
    return verb->parse(parser, &step, words, count) && add_step(parser, &step);
}

/* ---- sections ---- */

static bool name_is_good(const char *name)
{
    size_t length =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    return name[length] == '\0' && length < sizeof(((struct scenario_thread *)NULL)->name);
}

static bool begin_client(struct parser *parser, char **words, unsigned count)
{
    struct scenario *scenario = parser->scenario;
    if (count != 2 && !(count == 4 && strcmp(words[2], "repeat") == 0))
        return fail(parser, "a client has a name, and perhaps \"repeat N\"");
    if (!name_is_good(words[1]) || strcmp(words[1], "main") == 0)
        return fail(parser, "\"%s\" can't be a client's name: up to 23 letters, digits, - and _",
                    words[1]);
    for (unsigned i = 0; i < scenario->client_count; i++) {
        if (strcmp(scenario->clients[i].name, words[1]) == 0)
            return fail(parser, "there is a client %s already", words[1]);
    }
    if (scenario->client_count == SCENARIO_CLIENTS_MAX)
        return fail(parser, "too many clients: at most %d", SCENARIO_CLIENTS_MAX);
    unsigned long long repeat = 1;
    if (count == 4 && !number(parser, words[3], 1000, &repeat))
        return false;
    parser->thread = &scenario->clients[scenario->client_count++];
    parser->thread->repeat = (unsigned)repeat;
    snprintf(parser->thread->name, sizeof(parser->thread->name), "%s", words[1]);
    snprintf(parser->thread->helper_name, sizeof(parser->thread->helper_name), "%s'", words[1]);
    return true;
}

static bool set_timers(struct parser *parser, char **words, unsigned count)
{
    unsigned long long value;
    if (count != 2)
        return fail(parser, "timers takes one number: of the threads that run them");
    if (!number(parser, words[1], SCENARIO_TIMERS_MAX, &value))
        return false;
    if (value == 0)
        return fail(parser, "at least one thread must run the timers");
    parser->scenario->timers = (unsigned)value;
    return true;
}

static bool parse_line(struct parser *parser, char *line)
{
    char *words[WORDS_MAX + 1];
    unsigned count = split(line, words);
    if (count == 0)
        return true;
    if (count > WORDS_MAX)
        return fail(parser, "too many words");
    if (strcmp(words[0], "client") == 0)
        return begin_client(parser, words, count);
    if (strcmp(words[0], "timers") == 0)
        return set_timers(parser, words, count);
    if (strcmp(words[0], "main") == 0) {
        parser->thread = &parser->scenario->main;
        return count == 1 || fail(parser, "main takes nothing more");
    }
    return parse_step(parser, words, count);
}

/* ---- the whole ---- */

static bool parse_text(struct parser *parser, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char line[256];
        parser->line++;
        if (length >= sizeof(line))
            return fail(parser, "the line is too long");
        memcpy(line, text, length);
        line[length] = '\0';
        if (!parse_line(parser, line))
            return false;
        text += length + (text[length] != '\0');
    }
    return parser->scenario->client_count > 0 || parser->scenario->main.count > 0 ||
           fail(parser, "there is no client");
}

struct scenario *scenario_parse(const char *name, const char *text, char *error, size_t size)
{
    struct parser parser = {.name = name, .error = error, .error_size = size};
    parser.scenario = calloc(1, sizeof(*parser.scenario));
    if (parser.scenario == NULL) {
        snprintf(error, size, "out of memory");
        return NULL;
    }
    parser.scenario->timers = 1;
    snprintf(parser.scenario->main.name, sizeof(parser.scenario->main.name), "main");
    if (parse_text(&parser, text))
        return parser.scenario;
    scenario_free(parser.scenario);
    return NULL;
}

/* The text of a file, with a zero at its end. */
static char *read_all(FILE *file)
{
    char *text = NULL;
    size_t length = 0;
    for (;;) {
        char *longer = realloc(text, length + 4097);
        if (longer == NULL)
            break;
        text = longer;
        size_t got = fread(text + length, 1, 4096, file);
        length += got;
        text[length] = '\0';
        if (got > 0)
            continue;
        if (ferror(file))
            break;
        return text;
    }
    free(text);
    return NULL;
}

struct scenario *scenario_read(const char *path, char *error, size_t size)
{
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? read_all(file) : NULL;
    struct scenario *scenario = NULL;
    if (text != NULL)
        scenario = scenario_parse(path, text, error, size);
    else
        snprintf(error, size, "%s: %s", path, strerror(errno));
    free(text);
    if (file != NULL)
        fclose(file);
    return scenario;
}

void scenario_free(struct scenario *scenario)
{
    free(scenario->main.steps);
    for (unsigned i = 0; i < scenario->client_count; i++)
        free(scenario->clients[i].steps);
    free(scenario);
}
