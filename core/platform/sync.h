/* Threads and what they synchronise with: pthreads and futexes, on every target one set of names.
 *
 * What it is. A mutex, a condition, a thread, and a futex (wait while a word holds a value). The
 * target without threads (an isolate) has the same names: its mutexes do nothing, and its futex
 * wait asks the host for news, because there only the host can change a word.
 *
 * Blocking. lab_mutex_lock, lab_cond_wait, lab_thread_join, lab_futex_wait.
 * Errors. Only lab_thread_start can fail (LAB_E_NOMEM, LAB_E_UNAVAILABLE).
 */
#ifndef LAB_PLATFORM_SYNC_H
#define LAB_PLATFORM_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LAB_FOREVER UINT64_MAX

#if defined(__wasi__)
typedef struct {
    char unused;
} lab_mutex;
#define LAB_MUTEX_INITIALIZER {0}
typedef struct {
    char unused;
} lab_cond;
typedef struct {
    char unused;
} lab_thread;
#else
#include <pthread.h>
typedef pthread_mutex_t lab_mutex;
#define LAB_MUTEX_INITIALIZER PTHREAD_MUTEX_INITIALIZER /* for a static one */
typedef pthread_cond_t lab_cond;
typedef pthread_t lab_thread;
#endif

/* Whether this target has threads, and whether the calling code may block at all: an isolate that
 * the host drives by events can do neither. */
bool lab_has_threads(void);
/* What is missing where there are none. Why it is, only the host knows. */
#define LAB_NO_SHARED_MEMORY "SharedArrayBuffer is missing here"
bool lab_can_block(void);

void lab_mutex_init(lab_mutex *mutex);
void lab_mutex_destroy(lab_mutex *mutex);
void lab_mutex_lock(lab_mutex *mutex);
void lab_mutex_unlock(lab_mutex *mutex);

void lab_cond_init(lab_cond *cond);
void lab_cond_destroy(lab_cond *cond);
/* May return spuriously. timeout_ns from now; LAB_FOREVER. False: timed out. */
bool lab_cond_wait(lab_cond *cond, lab_mutex *mutex, uint64_t timeout_ns);
void lab_cond_signal(lab_cond *cond);
void lab_cond_broadcast(lab_cond *cond);

/* How many threads, or processes, fit at once beside each other: under WebAssembly memory has one
 * size (platform/memory.h), and each is a Worker. */
unsigned lab_thread_limit(void);
/* How many should be kept, those that wait for work included; at most the former. */
unsigned lab_thread_limit_idle(void);

#define LAB_THREAD_STACK_BYTES (256u << 10)
int lab_thread_start(lab_thread *thread, void (*entry)(void *), void *argument);
void lab_thread_join(lab_thread thread);
/* Has hook called at the end of the calling thread, if lab_thread_start() started it: the others
 * end with the program. A thread has one hook, the last one given. */
void lab_thread_at_exit(void (*hook)(void));

/* Blocks while *word == expected, at most timeout_ns. Returns on a wake-up, on time-out, when the
 * word differed, or spuriously: the caller looks again. The word's own accesses order memory, not
 * this. */
void lab_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns);
/* Tells the core that this is a turn of a loop that only waits. */
static inline void lab_spin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Wakes up to count waiters (INT32_MAX: all). */
void lab_futex_wake(_Atomic uint32_t *word, int count);

/* Asks for a cache line that is going to be written to; any address is legal. Does nothing in
 * WebAssembly. */
static inline void lab_prefetch_write(const void *line)
{
#if defined(__x86_64__)
    /* The compiler's own becomes a prefetch for reading unless it is told that there is this one;
     * all have it. */
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)line));
#else
    __builtin_prefetch(line, 1);
#endif
}

#endif
