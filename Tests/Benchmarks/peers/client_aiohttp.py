"""Posts each line of a file to a URL with aiohttp and keeps each user's result.

Usage: client_aiohttp.py URL BODIES WINDOW
"""

import asyncio
import json
import sys
import time

import aiohttp


async def post(session, url, body, results):
    async with session.post(url, data=body) as response:
        answer = await response.json()
    for item in answer["ResultItem"]:
        results[item["UserID"]] = item["ResultCode"]


async def work(session, url, bodies, results):
    for body in bodies:
        await post(session, url, body, results)


async def run(url, bodies, window):
    results = {}
    # One iterator for all workers: each takes the next body when it is free.
    queue = iter(bodies)
    connector = aiohttp.TCPConnector(limit=window)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        start = time.monotonic()
        await asyncio.gather(*(work(session, url, queue, results) for _ in range(window)))
        seconds = time.monotonic() - start
    removed = sum(code == 0 for code in results.values())
    print(json.dumps({"calls": len(bodies), "removed": removed, "seconds": seconds}))


def main():
    url, path, window = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(path, "rb") as file:
        bodies = file.read().splitlines()
    asyncio.run(run(url, bodies, window))


main()
