"""CPython's executors as peers of the benchmark (core/platform/peer.h): orders in, answers out, a line each.

    burst threads|interpreters|processes    2,000 tasks of 64 bytes there and back at once, 2 workers
    trips threads|interpreters|processes    one task at a time, 200 times
    gather N                                asyncio.gather() of N sleep(0)

Who orders takes the time. The first order for an executor makes it, and has its workers started.
"""

import asyncio
import concurrent.futures
import signal
import sys

BURST = 2000
TRIPS = 200
BYTES = bytes(range(64))
WORKERS = 2

NAMES = {
    "threads": "ThreadPoolExecutor",
    "interpreters": "InterpreterPoolExecutor",  # from 3.14 on
    "processes": "ProcessPoolExecutor",
}

made = {}


class Unavailable(Exception):
    pass


def executor(name):
    if name not in made:
        kind = getattr(concurrent.futures, NAMES[name], None)
        if kind is None:
            raise Unavailable(f"CPython {sys.version.split()[0]} has no {NAMES[name]}: 3.14 has")
        made[name] = kind(max_workers=WORKERS)
        burst(name)
    return made[name]


# What tasks do is the least that gives the bytes back, and a function that every worker has already: none has to
# import this file.
def burst(name):
    futures = [executor(name).submit(bytes, BYTES) for _ in range(BURST)]
    for future in futures:
        if future.result() != BYTES:
            raise ValueError("not the bytes that were sent came back")
    return BURST


def trips(name):
    pool = executor(name)
    for _ in range(TRIPS):
        pool.submit(bytes, BYTES).result()
    return TRIPS


def gather(count):
    async def all_at_once():
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(int(count))))

    asyncio.run(all_at_once())
    return int(count)


ORDERS = {"burst": burst, "trips": trips, "gather": gather}


def answer(order):
    what, _, of = order.strip().partition(" ")
    if what not in ORDERS or (what != "gather" and of not in NAMES):
        raise Unavailable(f'no peer takes the order "{order.strip()}"')
    return ORDERS[what](of)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; who gives the orders decides
    for line in sys.stdin:
        try:
            print(f"ok {answer(line)}", flush=True)
        except Unavailable as why:
            print(f"unavailable {why}", flush=True)
        except Exception as why:
            print("failed", str(why).split("\n")[0] or type(why).__name__, flush=True)
    for pool in made.values():
        pool.shutdown(cancel_futures=True)
