/* pages: read web pages and count their words.
 *
 * The classic example of I/O-bound work. A page takes a moment to count and a hundred times as long
 * to arrive, so nearly all of the time is waiting, and waiting is what can be done many times at
 * once: by twenty threads that each sleep until their page is there, or by one thread with an event
 * loop that has twenty requests under way. More cores change nothing.
 *
 * The step below is a coroutine. At LAB_AWAIT_FETCH it returns to whoever called it, and is called
 * again when the page has arrived: it goes on after the await. A thread that runs it blocks there;
 * an event loop turns to other coroutines. The source is the same for both.
 *
 * A word is a longest run of bytes that are not ASCII white space. Nothing is stripped: the markup
 * of an HTML page counts as words too.
 */
#include <string.h>

#include "platform/reactor.h"
#include "workloads/urls.h"

struct pages_out {
    uint64_t status, bytes, words; /* status: HTTP's, 200 to 299 */
};

struct pages_frame {
    struct lab_fetch fetch;
};

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r'); /* \t \n \v \f \r */
}

/* Words in text; false when stopped. */
static bool count_words(const unsigned char *text, size_t size, uint64_t *words)
{
    bool in_word = false;
    *words = 0;
    for (size_t i = 0; i < size; i++) {
        if (i % 32768 == 0 && lab_checkpoint())
            return false;
        bool space = is_space(text[i]);
        *words += !space && !in_word;
        in_word = !space;
    }
    return true;
}

static int pages_step(struct lab_run *run)
{
    struct pages_frame *frame = run->frame;

    LAB_CO_BEGIN(&run->co);
    frame->fetch.url = lab__urls_of(run->in, 0);
    if (!frame->fetch.url)
        return lab_run_fail(run, LAB_E_INVALID, "pages: a task without a URL");
    LAB_AWAIT_FETCH(&run->co, &frame->fetch);
    LAB_CO_END(&run->co);

    const struct lab_fetch *fetch = &frame->fetch;
    if (fetch->code)
        lab_run_fail(run, fetch->code, "%s", fetch->failure.text);
    else {
        struct pages_out out = {.status = (uint64_t)fetch->status, .bytes = fetch->size};
        if (count_words(fetch->body, fetch->size, &out.words))
            lab_run_result(run, &out, sizeof out);
        else
            lab_run_fail(run, LAB_E_STOPPED, "stopped");
    }
    lab_fetch_release(&frame->fetch);
    return LAB_CO_DONE;
}

static int pages_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                         struct lab_failure *failure)
{
    return lab__urls_prepare(problem, options, NULL, 0, failure);
}

/* The verifier has not seen the pages. It knows what holds for any page, and that the same page
 * read twice must give the same counts. */
static int pages_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                        struct lab_failure *failure)
{
    int code = lab__urls_verify(problem, results, sizeof(struct pages_out), 0, failure);
    for (size_t i = 0; i < problem->task_count && !code; i++) {
        struct pages_out out;
        memcpy(&out, results[i].data, sizeof out);
        bool possible = out.status >= 200 && out.status <= 299 &&
                        out.bytes <= LAB_FETCH_MAX_BYTES && out.words <= (out.bytes + 1) / 2;
        if (!possible)
            code = lab_fail(
                failure, LAB_E_UNVERIFIED,
                "pages: task %zu: status %llu, %llu bytes, %llu words cannot be, from %.80s", i,
                (unsigned long long)out.status, (unsigned long long)out.bytes,
                (unsigned long long)out.words, lab__urls_of(problem->tasks[i], 0));
    }
    return code;
}

static const struct lab_task_type pages_task = {
    .name = "pages", .step = pages_step, .frame_size = sizeof(struct pages_frame)};

const struct lab_workload lab_pages = {
    .name = "pages",
    .family = LAB_FAMILY_IO,
    .sentence =
        "Reads web pages and counts their words: nearly all of the time is spent waiting for "
        "the answers.",
    .size_unit = "pages",
    .source = "pages.c",
    .default_size = 20,
    .min_size = 1,
    .max_size = 100000,
    .fit = {.least = 10, .cost_power = 1, .task_power = 1},
    .task = &pages_task,
    .prepare = pages_prepare,
    .verify = pages_verify,
};
