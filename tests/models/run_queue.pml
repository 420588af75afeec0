/* The front of a thread pool's run queue (core/futures/run_queue.h): three workers take, and fill it when they have
 * found it empty, under a mutex.
 *
 * Checked: every task is taken exactly once, in order within each worker, whatever is read late; nothing is left.
 * The word is { batch, filled, taken } in one atomic step; a slot is read in a step of its own, before the claim.
 * Memory is sequentially consistent here: the word's acquire and release make every slot's store visible with it.
 * With -DBROKEN one step is wrong, and the search must find an error.
 *
 * spin -run -safety -noclaim run_queue.pml
 */
#define SLOTS 2
#define TASKS 4

byte batch, filled, taken; /* the word */
byte slots[SLOTS];
byte back;                 /* tasks back ... TASKS - 1 are in the back, or in the inbox (thread_pool.pml) */
bool locked;
byte runs[TASKS];          /* how often each was taken */

#define LOOK atomic { b = batch; f = filled; t = taken }

/* From the front: a task, or NONE. Reads the word, reads the slot, claims it. */
#define NONE 255
inline take()
{
    task = NONE;
    do
    :: LOOK;
       if
       :: t == f -> break
       :: else
       fi;
       task = slots[t];
#ifdef BROKEN /* a word without the batch's number: a late claim takes a task of another batch unseen */
       atomic {
           if
           :: f == filled && t == taken -> taken = t + 1; break
#else
       atomic {
           if
           :: b == batch && f == filled && t == taken -> taken = t + 1; break
#endif
           :: else -> task = NONE /* lost the race: look again */
           fi
       }
    od
}

proctype worker()
{
    byte b, f, t, task, i, last;
    do
    :: take();
       if
       :: task == NONE ->
          atomic { !locked -> locked = true }
          take();
          do
          :: task == NONE && back < TASKS -> /* fills: slots first, then the word */
             i = 0;
             do
             :: i < SLOTS && back < TASKS -> slots[i] = back; back++; i++
             :: else -> break
             od;
             atomic { batch++; filled = i; taken = 0 }
             take()
          :: else -> break
          od;
          locked = false
       :: else
       fi;
       if
       :: task == NONE -> break
       :: else ->
          runs[task]++;
          assert(runs[task] == 1);
          assert(task + 1 > last);
          last = task + 1
       fi
    od
}

init
{
    byte i;
    atomic { run worker(); run worker(); run worker() }
    _nr_pr == 1;
    do
    :: i < TASKS -> assert(runs[i] == 1); i++
    :: else -> break
    od
}
