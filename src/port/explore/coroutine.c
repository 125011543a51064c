/*
 * Coroutines. See coroutine.h.
 *
 * A switch saves what the ABI says a function preserves, and exchanges the stack pointers. Control
 * words of the floating point units are left alone: a driver has no business with them. Elsewhere
 * ucontext does it, with a system call for each switch.
 */
#include "port/explore/coroutine.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *size);
void __asan_unpoison_memory_region(void const volatile *memory, size_t size);

/* The stack of the thread that was there before. */
static const void *native_stack;
static size_t native_stack_size;
#endif

/* ---- the switch ---- */

#if defined(__x86_64__)

/* void swap(void **save, void *restore) */
__asm__(".text\n"
        ".p2align 4\n"
        ".type explore_coroutine_swap, @function\n"
        "explore_coroutine_swap:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size explore_coroutine_swap, .-explore_coroutine_swap\n");

/* Six registers, the address to return to, and a zero where a return address of begin would be. */
#define SAVED_WORDS  8
#define RETURN_INDEX 6

#elif defined(__aarch64__)

__asm__(".text\n"
        ".p2align 4\n"
        ".type explore_coroutine_swap, %function\n"
        "explore_coroutine_swap:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    ret\n"
        ".size explore_coroutine_swap, .-explore_coroutine_swap\n");

#define SAVED_WORDS  20
#define RETURN_INDEX 11

#else
#include <ucontext.h>
#define HAS_UCONTEXT 1
#endif

/* The coroutine that is being switched to: how a new one learns who it is. */
static struct coroutine *arriving;

static void arrived(void)
{
#ifdef HAS_ASAN
    const void *bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(arriving->fake_stack, &bottom, &size);
    if (native_stack == NULL) {
        native_stack = bottom;
        native_stack_size = size;
    }
#endif
}

static void begin(void)
{
    struct coroutine *self = arriving;
    arrived();
    self->body(self->argument);
    abort();
}

#ifdef HAS_UCONTEXT

static void fill_context(ucontext_t *context, void *stack)
{
    if (getcontext(context) != 0)
        abort();
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = COROUTINE_STACK_SIZE;
    context->uc_link = NULL;
    makecontext(context, begin, 0);
}

static void *new_context(struct coroutine *coroutine)
{
    if (coroutine->stack_pointer == NULL)
        coroutine->stack_pointer = malloc(sizeof(ucontext_t));
    if (coroutine->stack_pointer == NULL)
        abort();
    fill_context(coroutine->stack_pointer, coroutine->stack);
    return coroutine->stack_pointer;
}

static void swap(struct coroutine *from, struct coroutine *to)
{
    if (from->stack_pointer == NULL)
        from->stack_pointer = malloc(sizeof(ucontext_t));
    if (from->stack_pointer == NULL)
        abort();
    swapcontext(from->stack_pointer, to->stack_pointer);
}

#else

void explore_coroutine_swap(void **save, void *restore);

static void *new_context(struct coroutine *coroutine)
{
    uintptr_t *top = (uintptr_t *)((char *)coroutine->stack + COROUTINE_STACK_SIZE);
    uintptr_t *saved = top - SAVED_WORDS;
    memset(saved, 0, SAVED_WORDS * sizeof(*saved));
    saved[RETURN_INDEX] = (uintptr_t)begin;
    return saved;
}

static void swap(struct coroutine *from, struct coroutine *to)
{
    explore_coroutine_swap(&from->stack_pointer, to->stack_pointer);
}

#endif

static void change(struct coroutine *from, struct coroutine *to, void **fake_stack)
{
    arriving = to;
#ifdef HAS_ASAN
    __sanitizer_start_switch_fiber(fake_stack, to->stack != NULL ? to->stack : native_stack,
                                   to->stack != NULL ? COROUTINE_STACK_SIZE : native_stack_size);
#else
    (void)fake_stack;
#endif
    swap(from, to);
    arrived();
}

void coroutine_switch(struct coroutine *from, struct coroutine *to)
{
    change(from, to, &from->fake_stack);
}

void coroutine_leave(struct coroutine *from, struct coroutine *to)
{
    change(from, to, NULL);
}

/* ---- stacks ---- */

bool coroutine_create(struct coroutine *coroutine)
{
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, guard + COROUTINE_STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    mprotect(memory, guard, PROT_NONE);
    *coroutine = (struct coroutine){.stack = memory + guard};
    return true;
}

void coroutine_prepare(struct coroutine *coroutine, void (*body)(void *), void *argument)
{
    coroutine->body = body;
    coroutine->argument = argument;
#ifdef HAS_ASAN
    /* Whoever was here before has left its stack without unwinding it. */
    __asan_unpoison_memory_region(coroutine->stack, COROUTINE_STACK_SIZE);
#endif
    coroutine->fake_stack = NULL;
    coroutine->stack_pointer = new_context(coroutine);
}
