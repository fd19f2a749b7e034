"""Writes what passes on a network interface to a pcap file, until it is told to end.

    capture.py INTERFACE FILE

tcpdump wants to become another user first, which nobody can in a namespace that has only one.
"""

import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 3


def main(interface, path):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    wire.bind((interface, ETH_P_ALL))
    with open(path, "wb", buffering=0) as file:
        # Microseconds, version 2.4, frames of any length, Ethernet.
        file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        print("capturing", flush=True)
        while True:
            frame = wire.recv(65535)
            seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
            file.write(struct.pack("=IIII", seconds, nanos // 1000, len(frame), len(frame)) + frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
