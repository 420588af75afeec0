/* The child's ends of its pipes: what worker/pipe.js is to an instance.
 *
 * Whoever sleeps looks now and then whether the parent is still there: the system would tell the
 * life socket, and a thread sleeps in one place only. (The program is killed with its parent
 * anyway, lab/program_native.c.) */
#define _GNU_SOURCE
#include "platform/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/process_block_native.h"
#include "platform/sync.h"
#include "platform/system.h"

static const uint64_t LIFE_NS = 1000000000; /* between two looks at the parent's life */

static struct {
    struct lab_block *block; /* NULL: nothing was shared with us */
    struct lab_bell *bell;
    struct lab_pipe *in, *out;
    bool asked;
    bool owed; /* something was published that the parent has not been woken for */
} parent;

/* NULL: fd is no memory. *full: there is none left to map it in. */
static void *map(int fd, size_t size, bool *full)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    *full = memory == MAP_FAILED && errno == ENOMEM;
    return memory == MAP_FAILED ? NULL : memory;
}

static int say_no_memory(struct lab_block *block)
{
    atomic_store_explicit(&block->life_of_child, LAB_BLOCK_NO_MEMORY, memory_order_relaxed);
    return 1;
}

/* False: this is nobody's child. */
static bool is_child(void)
{
    if (parent.asked)
        return parent.block;
    parent.asked = true;
    bool full;
    struct lab_block *block = map(0, sizeof *block, &full);
    if (full)
        _exit(LAB_BLOCK_UNMAPPED_STATUS);
    /* What has another size, or is no memory at all, must not be touched. */
    if (!block || lseek(0, 0, SEEK_END) != (off_t)sizeof *block || block->word != LAB_BLOCK_WORD)
        return false;
    atomic_store_explicit(&block->life_of_child, LAB_BLOCK_MAPPED, memory_order_relaxed);
    parent.bell = map(block->bell, sizeof *parent.bell, &full);
    if (full)
        _exit(say_no_memory(block));
    if (!parent.bell)
        return false;
    close(block->bell);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, 0); /* NOLINT(clang-analyzer-unix.StdCLibraryFunctions): -1 does nothing */
    if (dup2(2, 1) < 0)
        dup2(null, 1);
    if (null > 1)
        close(null);
    /* Not for programs that a task may start. */
    fcntl(block->waker, F_SETFD, FD_CLOEXEC);
    fcntl(block->life, F_SETFD, FD_CLOEXEC);
    parent.in = (struct lab_pipe *)block->in;
    parent.out = (struct lab_pipe *)block->out;
    parent.block = block;
    return true;
}

static bool is_alone(void)
{
    struct pollfd life = {parent.block->life, 0, 0};
    return poll(&life, 1, 0) > 0;
}

static void ring(void)
{
    uint64_t one = 1;
    parent.owed = false;
    if (lab_pipe_take_note(&parent.bell->sleeps))
        while (write(parent.block->waker, &one, sizeof one) < 0 && errno == EINTR) {
        }
}

/* For as long as the parent allows. */
static bool look(bool (*stuck)(const struct lab_pipe *), const struct lab_pipe *pipe)
{
    enum { LOOKS = 64 };
    uint64_t most = atomic_load_explicit(&parent.block->grant.look_ns, memory_order_relaxed);
    if (most == 0)
        return !stuck(pipe);
    uint64_t start = lab_now_ns();
    do
        for (int i = 0; i < LOOKS; i++) {
            if (!stuck(pipe))
                return true;
            lab_spin_pause();
        }
    while (lab_now_ns() - start < most);
    return false;
}

/* Until the pipe is not stuck any more. False: the parent is gone. */
static bool await(bool (*stuck)(const struct lab_pipe *), const struct lab_pipe *pipe,
                  _Atomic uint32_t *note)
{
    if (look(stuck, pipe))
        return true;
    uint64_t looked = lab_now_ns();
    atomic_store_explicit(note, 1, memory_order_seq_cst);
    while (stuck(pipe)) {
        if (parent.owed)
            ring();
        lab_pipe_sleep(note, LIFE_NS);
        if (lab_now_ns() - looked >= LIFE_NS) {
            if (is_alone())
                return false;
            looked = lab_now_ns();
        }
        /* Whoever woke us has taken it away. */
        atomic_store_explicit(note, 1, memory_order_seq_cst);
    }
    atomic_store_explicit(note, 0, memory_order_relaxed);
    return true;
}

size_t lab_parent_read(void *data, size_t size)
{
    size_t done = 0, n;
    if (!is_child() || !await(lab_pipe_empty, parent.in, &parent.in->reader_sleeps))
        return 0;
    do {
        n = lab_pipe_read(parent.in, (char *)data + done, size - done);
        done += n;
        if (n && lab_pipe_take_note(&parent.in->writer_sleeps))
            ring();
    } while (n && done < size);
    return done;
}

bool lab_parent_write(const void *data, size_t size, bool urgent)
{
    if (!is_child())
        return false;
    for (size_t done = 0; done < size;) {
        size_t n = lab_pipe_write(parent.out, (const char *)data + done, size - done);
        done += n;
        if (n == 0 && !await(lab_pipe_full, parent.out, &parent.out->writer_sleeps))
            return false;
        if (n && urgent)
            ring();
        else if (n)
            parent.owed = true;
    }
    return true;
}

int lab_parent_no_memory(void)
{
    return is_child() ? say_no_memory(parent.block) : 1;
}

bool lab_parent_claim(void)
{
    return lab_grant_claim(&parent.block->grant);
}
