/* Who ends what in a process pool (core/futures/process_help.c, process_manager.c): the manager, a thread that helps it
 * by reading results, and one that shuts the pool down.
 *
 * The pool's child has TASKS tasks and then leaves, because the pool is shut down, or before that because it had its last
 * (max_tasks_per_child; SPENT). A helper polls in the manager's place, reads results under the baton, and concludes them without it.
 * One that turns out to need the manager (a callback was added) it leaves to it. Whoever reads a result has spent its bell:
 * what follows from it nobody else will tell. Pipes and rings as such are pipe.pml's; here a result is there or not.
 *
 * Checked: no deadlock: the manager ends, and with it who waits for that; by then every result was concluded, once, none
 * is left over, and the child is gone.
 * BROKEN_SPENT: a helper that has read a child's last result does not wake the manager.
 * BROKEN_CLOSING: one that ends does not look whether the pool is shut down.
 * BROKEN_IN_FLIGHT: the manager ends although a result is still in flight in a helper.
 *
 * spin [-DBROKEN_…] -run -safety -noclaim process_pool.pml
 */
#define TASKS 2

byte written, got;           /* results by the child; read */
bool spent, shutdown;
bool exit_sent, gone;             /* the child, to leave; it has */
bool sleeps, woken, rings;   /* the bell's, as in pipe.pml */
bool baton;
byte in_flight, late, concluded;  /* results: in the helper's hands; left to the manager */
bool over;

#define NEWS (rings || written != got || (exit_sent && gone && !over))
#define LAST (got == TASKS && !exit_sent && spent)

inline rouse()
{
    atomic { if :: sleeps -> sleeps = false; took = true :: else -> took = false fi };
    if :: took -> woken = true :: else fi
}

proctype child()
{
    bool took;
    do
    :: written < TASKS -> written++; rouse()
    :: exit_sent -> gone = true; rouse(); break
    od
}

proctype manager()
{
    bool asleep, closing;
    do
    :: atomic { !baton -> baton = true };
       do
       :: late > 0 -> atomic { late--; concluded++ }
       :: written != got -> atomic { got++; concluded++ }
       :: else -> break
       od;
       closing = shutdown;
       if :: got == TASKS && !exit_sent && (closing || spent) -> exit_sent = true :: else fi;
       closing = shutdown;
       if
#ifdef BROKEN_IN_FLIGHT
       :: closing && exit_sent && gone -> over = true
#else
       :: closing && exit_sent && gone && in_flight == 0 -> over = true
#endif
       :: else
       fi;
       baton = false;
       if :: over -> break :: else fi;
       sleeps = true;
       if
       :: NEWS -> skip
       :: else ->
          atomic { if :: sleeps -> woken = false; asleep = true :: else -> asleep = false fi };
          if :: asleep -> woken :: else fi
       fi;
       sleeps = false;
       rings = false
    od;
    assert(late == 0 && concluded == TASKS)
}

proctype helper()
{
    bool took, polling, needed, mine;
    byte turns;
    do
    :: turns < 2 && !needed ->
       turns++;
       if
       :: !polling && sleeps -> atomic { if :: sleeps -> sleeps = false; polling = true :: else fi }
       :: else
       fi;
       if
       :: written != got ->
          atomic { if :: !baton -> baton = true; mine = true :: else -> mine = false fi };
          if
          :: mine ->
             do
             :: written != got -> atomic { got++; in_flight++ }
             :: else -> break
             od;
#ifndef BROKEN_SPENT
             if :: LAST -> needed = true :: else fi;
#endif
             baton = false;
             do
             :: in_flight > 0 ->
                if
                :: concluded++
                :: atomic { !baton -> baton = true };
                   late++;
                   baton = false;
                   needed = true
                fi;
                in_flight--
             :: else -> break
             od
          :: else -> break
          fi
       :: else
       fi
    :: else -> break
    od;
    if
    :: polling ->
       sleeps = true;
       if :: NEWS -> rings = true; rouse() :: else fi
    :: else
    fi;
#ifndef BROKEN_CLOSING
    if :: shutdown -> needed = true :: else fi;
#endif
    if :: needed -> rings = true; rouse() :: else fi
}

proctype closer()
{
    bool took;
    /* Not before a child that had its last has left: that must not wait for the end. */
    if :: spent -> (gone) :: else fi;
    shutdown = true;
    rings = true;
    rouse();
    over
}

init {
    atomic {
        if :: spent = true :: skip fi;
        run child(); run manager(); run helper(); run closer()
    }
}
