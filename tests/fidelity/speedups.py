"""CPU-bound and I/O-bound tasks under each of Python's models, and one after another in the same interpreter.

    speedups.py ROUNDS        prints one JSON document: the seconds of every sample, by work and method

As in the lab: 2 workers, started before the clock; a sample spans the first submit to the last result; methods
take turns, each round in another order.
"""

import asyncio
import concurrent.futures
import json
import multiprocessing
import sys
import time

import tasks

WORKERS = 2
COUNT = 20
WORKS = {"cpu": (tasks.compute, tasks.compute_async), "io": (tasks.wait_for_page, tasks.wait_for_page_async)}


def run_sequential(task):
    return [task(i) for i in range(COUNT)]


def run_async(task):
    async def gather():
        return await asyncio.gather(*(task(i) for i in range(COUNT)))

    return asyncio.run(gather())


def run_pool(pool, task):
    return list(pool.map(task, range(COUNT)))


def start(pool):
    """All its workers, before anything is measured: each is kept busy until the other has started too."""
    list(pool.map(tasks.wait_for_page, range(WORKERS), [0.2] * WORKERS))
    return pool


def main(rounds):
    # Processes first: they are spawned while this process has no threads of its own.
    pools = {"processes": concurrent.futures.ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn"))}
    pools["threads"] = concurrent.futures.ThreadPoolExecutor(WORKERS)
    if hasattr(concurrent.futures, "InterpreterPoolExecutor"):  # 3.14
        pools["interpreters"] = concurrent.futures.InterpreterPoolExecutor(WORKERS)
    methods = ["sequential", "async", *pools]
    seconds = {work: {method: [] for method in methods} for work in WORKS}
    for pool in pools.values():
        start(pool)
    for number in range(rounds):
        for work, (task, coroutine) in WORKS.items():
            turn = number % len(methods)
            for method in methods[turn:] + methods[:turn]:
                began = time.perf_counter()
                if method == "sequential":
                    results = run_sequential(task)
                elif method == "async":
                    results = run_async(coroutine)
                else:
                    results = run_pool(pools[method], task)
                seconds[work][method].append(time.perf_counter() - began)
                assert results == [True] * COUNT, (work, method, results)
    for pool in pools.values():
        pool.shutdown()
    print(json.dumps({**tasks.about(), "workers": WORKERS, "tasks": COUNT, "seconds": seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
