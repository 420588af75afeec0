/* The pipes between a parent and a child (core/platform/pipe.h, worker/pipe.js), with the bell that the parent sleeps
 * on, and a second thread of the parent's that polls in its place for a while (core/futures/process_help.c).
 *
 * The parent sends TASKS tasks, the first in three pieces, the child answers each; rings hold CAPACITY pieces. Any answer may
 * be urgent or not, but the child rings for what it owes before it sleeps. Every access is a step; a futex compares and sleeps in one.
 * Whoever sleeps does so while its own note is there: see pipe.h for what happened when it was the position.
 *
 * An answer may be the manager's alone to conclude (a failure, a future with callbacks): the second thread puts it where
 * the manager finds it, and must wake it then, for the bell of what it read is spent (process_help.c).
 *
 * Checked: no deadlock, so no wake-up is lost; every task is answered, and nothing is read that was not written.
 * ALSO_EVENTFD: as natively, where the bell is an eventfd (process_native.c): a ring stays until somebody has slept on it,
 * and the sleep does not compare the note.
 * BROKEN_PARENT: the parent does not look again after it has said that it sleeps.
 * BROKEN_ROOM: it asks to be told of room when it has found none, and not again when it sleeps.
 * BROKEN_HELPER: the second thread leaves an answer to the manager and does not wake it.
 *
 * spin [-DALSO_EVENTFD] [-DBROKEN_…] -run -safety -noclaim pipe.pml
 */
#define CAPACITY 1
#define TASKS    2
#define PIECES   (TASKS + 2)

byte in_head, in_tail, out_head, out_tail;
bool in_reader_sleeps, in_writer_sleeps, out_writer_sleeps;
bool rings;                           /* the bell's: somebody wants something that no pipe shows */
bool sleeps;                          /* the parent's note */
bool bell_woken, in_woken, out_woken; /* since the sleeper fell asleep */

bool rung; /* the eventfd's */

bool baton, short_of_room;
byte sent, received;
byte left; /* of those received, by the second thread to the manager; the baton's */

#define IN_FULL  (in_tail - in_head == CAPACITY)
#define OUT_FULL (out_tail - out_head == CAPACITY)
#define NEWS     (rings || out_tail != out_head || (short_of_room && !IN_FULL))

/* Looks for a note, takes it away, and wakes if it got it. */
inline wake(note, woken)
{
    if
    :: note -> atomic { if :: note -> note = false; took = true :: else -> took = false fi };
               if :: took -> woken = true :: else fi
    :: else
    fi
}

/* The bell. */
inline rouse()
{
    if
    :: sleeps -> atomic { if :: sleeps -> sleeps = false; took = true :: else -> took = false fi };
                 if :: took -> bell_woken = true; rung = true :: else fi
    :: else
    fi
}

inline ring()
{
    rouse();
    owed = false
}

/* The child, until a word is another than it was. */
inline await(changed, note, woken)
{
    note = true;
    do
    :: changed -> break
    :: else ->
       if :: owed -> ring() :: else fi;
       atomic { if :: note -> woken = false; asleep = true :: else -> asleep = false fi };
       if :: asleep -> woken :: else fi;
       note = true
    od;
    note = false
}

proctype child()
{
    byte answered;
    bool owed, took, asleep;
    do
    :: answered == TASKS -> break
    :: else ->
       if :: in_tail == in_head -> await(in_tail != in_head, in_reader_sleeps, in_woken) :: else fi;
       in_head++;
       assert(in_head <= sent);
       if
       :: in_writer_sleeps ->
          atomic { if :: in_writer_sleeps -> in_writer_sleeps = false; took = true :: else -> took = false fi };
          if :: took -> ring() :: else fi
       :: else
       fi;
       if
       :: in_head < 3 -> skip
       :: else ->
          if :: OUT_FULL -> await(!OUT_FULL, out_writer_sleeps, out_woken) :: else fi;
          out_tail++;
          answered++;
          if :: ring() :: owed = true fi /* urgent, or not */
       fi
    od;
    if :: owed -> ring() :: else fi /* it sleeps: nothing is left to read */
}

/* With the baton: writes and reads what it can. */
inline pump()
{
    do
    :: sent < PIECES && !IN_FULL -> atomic { sent++; in_tail++ }; wake(in_reader_sleeps, in_woken)
    :: sent < PIECES && IN_FULL ->
       short_of_room = true;
#ifdef BROKEN_ROOM
       in_writer_sleeps = true;
#endif
       break
    :: sent == PIECES -> short_of_room = false; break
    od;
    do
    :: out_tail != out_head -> atomic { out_head++; received++ }; wake(out_writer_sleeps, out_woken)
    :: else -> break
    od;
    assert(received <= TASKS)
}

/* After it was said that the parent sleeps. */
inline ask_for_room()
{
#ifndef BROKEN_ROOM
    if :: short_of_room -> in_writer_sleeps = true :: else fi
#else
    skip
#endif
}

proctype manager()
{
    bool took, asleep;
    do
    :: atomic { !baton -> baton = true };
       left = 0;
       pump();
       baton = false;
       if :: received == TASKS && left == 0 -> break :: else fi;
       sleeps = true;
       ask_for_room();
#ifdef BROKEN_PARENT
       if
       :: true ->
#else
       if
       :: NEWS -> skip
       :: else ->
#endif
          /* Or all is done, by the other thread: the pool is shut down some day. */
#ifdef ALSO_EVENTFD
          atomic { (rung || (received == TASKS && left == 0)) -> rung = false }
#else
          atomic { if :: sleeps -> bell_woken = false; asleep = true :: else -> asleep = false fi };
          if :: asleep -> (bell_woken || (received == TASKS && left == 0)) :: else fi
#endif
       fi;
       sleeps = false;
       rings = false
    od
}

/* Begins polling, looks twice, ends polling. */
proctype helper()
{
    bool took, polling, needed;
    byte turns, before;
    do
    :: turns < 2 && !needed ->
       turns++;
       if
       :: !polling && sleeps ->
          atomic { if :: sleeps -> sleeps = false; polling = true :: else fi }
       :: else
       fi;
       if
       :: NEWS ->
          atomic { if :: !baton -> baton = true; took = true :: else -> took = false fi };
          if
          :: took ->
             before = received;
             pump();
             if :: received > before -> left++; needed = true :: true fi;
             baton = false
          :: else -> break
          fi
       :: else
       fi
    :: else -> break
    od;
    if
    :: polling ->
       sleeps = true;
       ask_for_room();
       if :: NEWS -> rings = true; rouse() :: else fi
    :: else
    fi;
#ifndef BROKEN_HELPER
    if :: needed -> rings = true; rouse() :: else fi
#endif
}

init {
    atomic { run child(); run manager(); run helper() }
}
