/* Random stories. See stories.h. */
#include "stories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A story that takes longer hangs. */
#define STORY_SECONDS 20

static const struct story_teller *teller;

/* ---- chance ---- */

uint64_t story_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

unsigned story_below(uint64_t *state, unsigned limit)
{
    return (unsigned)(story_random(state) % limit);
}

static unsigned draw_kind(uint64_t *state)
{
    unsigned total = 0;
    for (unsigned i = 0; i < teller->kinds; i++)
        total += teller->weights[i];
    unsigned drawn = story_below(state, total);
    unsigned kind = 0;
    while (drawn >= teller->weights[kind])
        drawn -= teller->weights[kind++];
    return kind;
}

static void draw_story(struct story *story, uint64_t seed, unsigned length)
{
    story->seed = seed;
    story->length = length;
    for (unsigned i = 0; i < length; i++) {
        story->draws[i].kind = draw_kind(&seed);
        for (unsigned n = 0; n < sizeof(story->draws[i].numbers) / sizeof(uint32_t); n++)
            story->draws[i].numbers[n] = (uint32_t)story_random(&seed);
    }
}

/* ---- one story ---- */

/* In a process of its own, within a minute: a hang is a disagreement, too. */
static bool agrees_alone(const struct story *story, bool is_told)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(STORY_SECONDS);
        if (!is_told && freopen("/dev/null", "w", stdout) == NULL)
            _exit(2);
        setvbuf(stdout, NULL, _IOLBF, 0); /* the output must survive a hang or a bug check */
        int done = teller->run(story, is_told);
        _exit(done < 0 ? 1 : 0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    if (is_told && WIFSIGNALED(status))
        printf("    ended by signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void leave_out(struct story *story, unsigned from, unsigned count)
{
    memmove(story->draws + from, story->draws + from + count,
            (story->length - from - count) * sizeof(story->draws[0]));
    story->length -= count;
}

/* Leaves out all that can be left out, in ever smaller pieces. */
static void shorten(struct story *story)
{
    for (unsigned piece = story->length / 2; piece > 0; piece /= 2) {
        for (unsigned from = 0; from + piece <= story->length;) {
            struct story shorter = *story;
            leave_out(&shorter, from, piece);
            if (agrees_alone(&shorter, false))
                from += piece;
            else
                *story = shorter;
        }
    }
}

/* ---- many stories ---- */

/* Runs stories in a child until that many operations are done; the child reports through the pipe
 * which story it runs. */
static void run_stories(uint64_t seed, unsigned operations, int pipe_end)
{
    unsigned done = 0;
    for (uint64_t i = 0; done < operations; i++) {
        static struct story story;
        draw_story(&story, seed + i, STORY_LENGTH);
        if (write(pipe_end, &i, sizeof(i)) != sizeof(i))
            _exit(2);
        alarm(STORY_SECONDS);
        int count = teller->run(&story, false);
        if (count < 0)
            _exit(1);
        done += (unsigned)count;
    }
    printf("%u operations agree\n", done);
    fflush(stdout);
    _exit(0);
}

static unsigned default_operations(void)
{
    const char *set = getenv("WDFUSE_MODEL_OPERATIONS");
    return set != NULL ? (unsigned)strtoul(set, NULL, 0) : 1000000;
}

int stories_main(const struct story_teller *story_teller, int argc, char **argv)
{
    uint64_t seed = 1;
    teller = story_teller;
    unsigned operations = default_operations();
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "--operations") == 0)
            operations = (unsigned)strtoul(argv[i + 1], NULL, 0);
    }
    printf("%s --seed %llu --operations %u\n", teller->name, (unsigned long long)seed, operations);
    fflush(stdout);

    int ends[2];
    if (pipe(ends) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_stories(seed, operations, ends[1]);
    }
    close(ends[1]);
    uint64_t story_number = 0;
    while (read(ends[0], &story_number, sizeof(story_number)) == sizeof(story_number))
        ;
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return EXIT_SUCCESS;

    static struct story story;
    draw_story(&story, seed + story_number, STORY_LENGTH);
    printf("FAILED: the story of seed %llu disagrees (--seed %llu); shortened:\n",
           (unsigned long long)(seed + story_number), (unsigned long long)(seed + story_number));
    shorten(&story);
    agrees_alone(&story, true);
    return EXIT_FAILURE;
}
