/* How the workers of a thread pool look for work, sleep and are woken (core/futures/thread_pool_threads.c).
 *
 * One submitter, two workers, a mutex. A worker takes from the front without the mutex, and fills the front under it
 * (run_queue.pml has that in detail); it looks for a while without the mutex, and sleeps on the condition. The first
 * task may wait for another one: then the other worker must come to run that.
 *
 * Checked: no deadlock, so no wake-up is lost; all tasks have run when the pool has been shut down. Looking may end at
 * any time; a sleep ends by a signal only (no spurious wake-up helps).
 * With -DBROKEN one step is wrong, and the search must find an error.
 *
 * spin -run -safety -noclaim thread_pool.pml
 */
#define TASKS 3

bool locked;
byte back, front;         /* tasks in the queue */
byte sleeping, looking, signalled, news, done;
byte in_condition, woken; /* asleep in the condition; woken and not yet out of it */
bool shutdown, waits;     /* waits: the first task needs another one to have run */

#define LOCK   atomic { !locked -> locked = true }
#define UNLOCK locked = false

/* By whoever leaves something, under the mutex: one that sleeps is woken unless somebody looks. */
inline announce()
{
    if
    :: looking > 0 -> news++
    :: looking == 0 && sleeping > 0 ->
       sleeping--; looking++; signalled++;
       atomic { /* a condition's signal */
           if
           :: in_condition > 0 -> in_condition--; woken++
           :: else
           fi
       }
    :: else
    fi
}

inline signal_all()
{
    atomic { woken = woken + in_condition; in_condition = 0 }
}

proctype submitter()
{
    byte i;
    do
    :: i == TASKS -> break
    :: else -> LOCK; back++; announce(); UNLOCK; i++
    od;
    (done == TASKS); /* waits for the futures */
    LOCK;
    shutdown = true;
    announce();
    UNLOCK;
    signal_all();
}

/* Under the mutex: a task, or none; who leaves something announces it. */
inline take_and_tell()
{
    got = false;
    do
    :: atomic { front > 0 -> front--; got = true } break
    :: front == 0 && back == 0 -> break
    :: front == 0 && back > 0 -> /* fills with one or two */
       if
       :: front = 1; back = back - 1
       :: back > 1 -> front = 2; back = back - 2
       fi
    od;
    if
    :: front > 0 || back > 0 -> announce()
    :: else
    fi
}

inline run_task()
{
    atomic {
        if
        :: waits && done == 0 -> waits = false; must_wait = true
        :: else
        fi
    }
    if
    :: must_wait -> (done > 0); must_wait = false /* for another task's future */
    :: else
    fi;
    atomic { done++ }
}

proctype worker()
{
    bool got, must_wait;
    byte seen;
    do
    :: atomic { front > 0 -> front-- } run_task()
    :: front == 0 ->
       LOCK;
       take_and_tell();
       if
       :: got -> UNLOCK; run_task()
       :: !got && shutdown -> UNLOCK; break
       :: else ->
          seen = news;
          looking++;
          UNLOCK;
          if
          :: news != seen -> skip
          :: skip /* has looked long enough */
          fi;
          LOCK;
          looking--;
#ifndef BROKEN /* goes to sleep without looking once more under the mutex */
          take_and_tell();
#endif
          if
          :: got -> UNLOCK; run_task()
          :: !got && shutdown -> UNLOCK; break
          :: else ->
             sleeping++;
             atomic { in_condition++; locked = false }
             atomic { woken > 0 -> woken-- }
             LOCK;
             if
             :: signalled > 0 -> signalled--; looking--
             :: else -> sleeping--
             fi;
             UNLOCK
          fi
       fi
    od
}

init
{
    if
    :: waits = true
    :: waits = false
    fi;
    atomic { run submitter(); run worker(); run worker() }
    _nr_pr == 1;
    assert(done == TASKS && back == 0 && front == 0 && sleeping == 0 && looking == 0 && signalled == 0);
}
