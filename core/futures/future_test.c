#include "futures/future.h"

#include "check.h"
#include "futures/test_tasks.h"

static char order[16];

static int note(struct lab_future *future, void *user)
{
    size_t length = strlen(order);
    order[length] = *(const char *)user;
    order[length + 1] = '\0';
    (void)future;
    return 0;
}

static void states_and_results(void)
{
    struct lab_bytes result;
    struct lab_future *future = lab_future_create(false);
    CHECK_INT(lab_future_state(future), LAB_FUTURE_PENDING);
    CHECK_INT(lab_future_result(future, &result), LAB_E_STATE);
    CHECK_INT(lab_future_wait(future, 0), LAB_E_TIMEOUT); /* rule 5: 0 polls */
    CHECK_INT(lab_future_set_running_or_notify_cancel(future), 0);
    CHECK_INT(lab_future_state(future), LAB_FUTURE_RUNNING);
    CHECK(!lab_future_cancel(future)); /* rule 2 */
    CHECK_INT(lab_future_set_result(future, strdup("abc"), 3), 0);
    CHECK_INT(lab_future_state(future), LAB_FUTURE_FINISHED);
    CHECK_INT(lab_future_wait(future, 0), 0);
    CHECK_INT(lab_future_result(future, &result), 0);
    CHECK_INT(result.size, 3);
    CHECK(lab_future_failure(future) == NULL);
    CHECK(!lab_future_cancel(future));
    struct lab_failure failure = {.code = LAB_E_TASK, .text = "late"};
    CHECK_INT(lab_future_set_failure(future, &failure), LAB_E_STATE); /* rule 4 */
    lab_future_release(future);
}

static void cancelling(void)
{
    struct lab_bytes result;
    struct lab_future *future = lab_future_create(false);
    order[0] = '\0';
    CHECK_INT(lab_future_on_done(future, note, "c"), 0);
    CHECK(lab_future_cancel(future));
    CHECK_STR(order, "c"); /* rule 6: in the canceller */
    CHECK(lab_future_cancel(future));
    CHECK_INT(lab_future_state(future), LAB_FUTURE_CANCELLED);
    CHECK_INT(lab_future_set_running_or_notify_cancel(future), LAB_E_CANCELLED); /* rule 3 */
    CHECK_INT(lab_future_state(future), LAB_FUTURE_CANCELLED_AND_NOTIFIED);
    CHECK(lab_future_cancel(future));
    CHECK_INT(lab_future_result(future, &result), LAB_E_CANCELLED);
    CHECK_INT(lab_future_wait(future, LAB_FOREVER), 0);
    CHECK_STR(order, "c");
    lab_future_release(future);
}

static void failures_keep_their_sentence(void)
{
    struct lab_bytes result;
    struct lab_failure failure = {.code = LAB_E_IO, .text = "a.test: refused"};
    struct lab_future *future = lab_future_create(false);
    lab_future_set_running_or_notify_cancel(future);
    CHECK_INT(lab_future_set_failure(future, &failure), 0);
    CHECK_INT(lab_future_result(future, &result), LAB_E_IO);
    CHECK_STR(lab_future_failure(future)->text, "a.test: refused");
    lab_future_release(future);
}

static void callbacks_run_in_order_and_at_once_when_done(void)
{
    struct lab_future *future = lab_future_create(false);
    order[0] = '\0';
    lab_future_on_done(future, note, "1");
    lab_future_on_done(future, note, "2");
    lab_future_on_done(future, note, "3");
    CHECK_STR(order, "");
    lab_future_set_running_or_notify_cancel(future);
    lab_future_set_result(future, NULL, 0);
    CHECK_STR(order, "123");
    lab_future_on_done(future, note, "4");
    CHECK_STR(order, "1234");
    lab_future_release(future);
}

static void references_are_counted(void)
{
    struct lab_future *future = lab_future_create(false);
    order[0] = '\0';
    lab_future_on_done(future, note, "x"); /* never called, but freed */
    lab_future_retain(future);
    lab_future_release(future);
    CHECK_INT(lab_future_state(future), LAB_FUTURE_PENDING);
    lab_future_release(future);
    lab_future_release(NULL);
    CHECK_STR(order, "");
}

static void queues_are_first_in_first_out(void)
{
    struct lab_future_queue queue = {0};
    struct lab_future *futures[3];
    CHECK(lab_future_dequeue(&queue) == NULL);
    for (int i = 0; i < 3; i++)
        lab_future_enqueue(&queue, futures[i] = lab_future_create(false));
    CHECK_INT(queue.count, 3);
    for (int i = 0; i < 3; i++)
        CHECK(lab_future_dequeue(&queue) == futures[i]);
    CHECK(lab_future_dequeue(&queue) == NULL);
    for (int i = 0; i < 3; i++)
        lab_future_release(futures[i]);
}

LAB_SUITE(future)
{
    RUN(states_and_results);
    RUN(cancelling);
    RUN(failures_keep_their_sentence);
    RUN(callbacks_run_in_order_and_at_once_when_done);
    RUN(references_are_counted);
    RUN(queues_are_first_in_first_out);
}
