"""The convoy: a thread that does short I/O beside a CPU-bound thread, and how long each return from I/O takes.

    convoy.py SECONDS INTERVAL_US...      prints one JSON document

The I/O is a sleep of 1 ms. Its delay is what it took beyond that, less what such a sleep takes beyond it when no
other thread runs (the timer's and the system's share, some 60 us): what remains is the wait for the GIL.
"""

import json
import statistics
import sys
import threading
import time

import tasks

IO = 0.001


def delays(seconds):
    """What every sleep took beyond its time."""
    found = []
    end = time.perf_counter() + seconds
    while (before := time.perf_counter()) < end:
        time.sleep(IO)
        found.append(time.perf_counter() - before - IO)
    return found


def beside_cpu_thread(seconds):
    stop = threading.Event()

    def compute():
        while not stop.is_set():
            tasks.is_prime(10_007)  # a few microseconds

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        return delays(seconds)
    finally:
        stop.set()
        thread.join()


def main(seconds, intervals):
    rows = []
    for us in intervals:
        sys.setswitchinterval(us / 1e6)
        alone = statistics.median(delays(seconds / 4))
        beside = beside_cpu_thread(seconds)
        rows.append({
            "intervalUs": us, "returns": len(beside), "aloneSeconds": alone,
            "responseSeconds": max(0, statistics.median(beside) - alone),
        })
    print(json.dumps({**tasks.about(), "rows": rows}))


if __name__ == "__main__":
    main(float(sys.argv[1]), [int(word) for word in sys.argv[2:]])
