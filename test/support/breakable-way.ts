// A way to a server on this machine that can be broken off: an address of its own, from where everything is passed on.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way, open until `close()`. */
export interface BreakableWay {
  readonly host: string;
  /** Passes on to that port of this machine from now on. */
  leadTo(port: number): void;
  /** Breaks off every connection; new ones can be made. */
  breakOff(): void;
  close(): Promise<void>;
}

export async function openWay(): Promise<BreakableWay> {
  const sockets = new Set<Socket>();
  let target: number | undefined;
  const server = createServer((near) => {
    if (target === undefined) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      // What goes wrong on one side ends the other; each is told of by who is at its end.
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakOff = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (port) => {
      target = port;
    },
    breakOff,
    close: async () => {
      server.close();
      breakOff();
      await once(server, 'close');
    },
  };
}
