/* How the workers of a thread pool look for work, sleep and are woken (core/futures/work_queue_threads.c).
 *
 * Two submitters, two workers, a mutex. A put goes into the inbox in one step, without the mutex; only one that finds
 * CALL there, and takes it away, takes the mutex to announce. A worker takes from the front without the mutex, and
 * fills the front under it, from the inbox (run_queue.pml has the front in detail); it looks for a while without the
 * mutex, and sleeps on the condition. The first task may wait for another one: then the other worker must come to run
 * that. At the end puts are barred, and what is in the inbox is still run.
 *
 * Checked: no deadlock, so no wake-up is lost; CALL stands in an empty inbox alone; all tasks have run when the pool has
 * been shut down. Looking may end at any time; a sleep ends by a signal only (no spurious wake-up helps).
 * With -DBROKEN one step is wrong, and the search must find an error.
 *
 * spin -run -safety -noclaim thread_pool.pml
 */
#define TASKS 3

bool locked;
byte inbox;               /* the inbox's word: how many, and the two bits */
bool call, barred;
byte back, front;
byte sleeping, looking, signalled, news, done, put;
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

/* Under the mutex: the next put calls, unless something is there. */
inline mark()
{
    atomic {
        if
        :: inbox == 0 -> call = true; marked = true
        :: else -> marked = false
        fi
    }
}

proctype submitter(byte mine)
{
    bool found;
    do
    :: mine == 0 -> break
    :: else ->
       atomic {
           assert(!barred); /* this program shuts down when all has been put */
           assert(!call || inbox == 0);
           found = call; call = false; inbox++; put++; mine--
       }
       if
       :: found -> LOCK; announce(); UNLOCK
       :: else
       fi
    od
}

proctype owner()
{
    if
    :: (put == TASKS) -> (done == TASKS) /* waits for the futures, too */
    :: (put == TASKS) -> skip
    fi;
    LOCK;
    shutdown = true;
    barred = true;
    announce();
    atomic { woken = woken + in_condition; in_condition = 0 } /* a condition's broadcast */
    UNLOCK
}

/* Under the mutex: a task, or none; who leaves something announces it, and if others sleep sees to it that who puts
 * something does. */
inline take_and_tell()
{
    got = false;
    do
    :: atomic { front > 0 -> front--; got = true } break
    :: front == 0 && back == 0 ->
       atomic { back = inbox; inbox = 0; call = false }
       if
       :: back == 0 -> break
       :: else
       fi
    :: front == 0 && back > 0 -> /* fills with one or two */
       if
       :: front = 1; back = back - 1
       :: back > 1 -> front = 2; back = back - 2
       fi
    od;
    if
    :: front > 0 || back > 0 || inbox > 0 -> announce()
    :: else ->
       if
#ifdef BROKEN /* a worker that takes the last task leaves those who sleep without the mark */
       :: !got && sleeping > 0 && looking == 0 ->
#else
       :: sleeping > 0 && looking == 0 ->
#endif
          mark();
          if
          :: !marked -> announce()
          :: else
          fi
       :: else
       fi
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
    bool got, must_wait, marked;
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
          :: news != seen || inbox > 0 -> skip
          :: skip /* has looked long enough */
          fi;
          LOCK;
          looking--;
          take_and_tell();
          if
          :: got -> UNLOCK; run_task()
          :: !got && shutdown -> UNLOCK; break
          :: else ->
             sleeping++;
             marked = true;
             if
             :: looking == 0 -> mark()
             :: else
             fi;
             if
             :: !marked -> sleeping--; UNLOCK /* something has come */
             :: else ->
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
       fi
    od
}

init
{
    if
    :: waits = true
    :: waits = false
    fi;
    atomic { run submitter(2); run submitter(1); run owner(); run worker(); run worker() }
    _nr_pr == 1;
    assert(done == TASKS && inbox == 0 && back == 0 && front == 0);
    assert(sleeping == 0 && looking == 0 && signalled == 0)
}
