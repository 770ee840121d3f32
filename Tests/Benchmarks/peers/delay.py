"""Forwards TCP connections to a port of this machine and delays all bytes: half the latency in each direction.

Usage: delay.py PORT MILLISECONDS. Prints its own port; ends when its input does. Bytes never wait for each other, so it
limits no rate.
"""

import asyncio
import sys


async def pump(reader, writer, delay):
    """Passes bytes on, each `delay` seconds after it came."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue()

    async def deliver():
        while True:
            due, piece = await waiting.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not piece:
                break
            writer.write(piece)
            await writer.drain()

    delivering = asyncio.create_task(deliver())
    try:
        while piece := await reader.read(1 << 18):
            waiting.put_nowait((loop.time() + delay, piece))
    except ConnectionError:
        pass
    waiting.put_nowait((loop.time() + delay, b""))
    try:
        await delivering
    except ConnectionError:
        pass
    writer.close()


async def main():
    port, delay = int(sys.argv[1]), float(sys.argv[2]) / 2000

    async def connected(reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back, delay), pump(there, writer, delay))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
