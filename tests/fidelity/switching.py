"""Two CPU-bound threads: how often the GIL changes hands, and how much they get done, for several intervals.

    switching.py SECONDS INTERVAL_US...      prints one JSON document

Python does not tell who holds the GIL. But whoever computes holds it: after each unit of work, a few microseconds,
a thread looks whether the last unit was its own, and if not the GIL has changed hands since. Unlike a gap in a
thread's own progress this does not take the system's preemption for a switch. A hold shorter than a unit is missed.
"""

import json
import sys
import threading
import time

import tasks

THREADS = 2


def measure(seconds):
    last = [None]  # whose the last unit was
    units = [0] * THREADS
    switches = [0] * THREADS
    gate = threading.Barrier(THREADS + 1)

    def compute(me):
        gate.wait()
        done = seen = 0
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if last[0] != me:
                last[0] = me
                seen += 1
            tasks.is_prime(10_007)
            done += 1
        units[me], switches[me] = done, seen

    threads = [threading.Thread(target=compute, args=(me,)) for me in range(THREADS)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    return sum(units) / took, sum(switches) / took


def main(seconds, intervals):
    rows = []
    for us in intervals:
        sys.setswitchinterval(us / 1e6)
        per_second, switches = measure(seconds)
        rows.append({"intervalUs": us, "unitsPerSecond": per_second, "switchesPerSecond": switches})
    print(json.dumps({**tasks.about(), "rows": rows}))


if __name__ == "__main__":
    main(float(sys.argv[1]), [int(word) for word in sys.argv[2:]])
