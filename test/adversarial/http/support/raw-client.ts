// A client without manners: sends any bytes, as they are, and says what came back.

import { connect, type Socket } from 'node:net';

/** What a server answered, as far as it is known. */
export interface RawAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection that is used by hand. */
export class RawConnection {
  readonly socket: Socket;
  /** Resolves when it has ended, whoever ended it. */
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    // A connection that is cut is what many of these are for.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ host: '127.0.0.1', port });
    const connection = new RawConnection(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return connection;
  }

  /** Everything that came, in Latin-1. */
  get received(): string {
    return this.#received.toString('latin1');
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Resolves when `isThere` holds for what came, or the connection has ended. */
  async until(isThere: (received: string) => boolean): Promise<void> {
    while (!this.#isClosed && !isThere(this.received)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** The answers that came whole. */
  answers(): RawAnswer[] {
    return answersIn(this.received);
  }

  /** The next answer; undefined when the connection ended without one. */
  async answer(): Promise<RawAnswer | undefined> {
    const before = this.answers().length;
    await this.until((received) => answersIn(received).length > before);
    return this.answers()[before];
  }

  end(): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Sends `bytes` on a connection of its own. @returns the answers, once there are `count` or the connection has ended */
export async function sendRaw(port: number, bytes: string | Uint8Array, count = 1): Promise<RawAnswer[]> {
  const connection = await RawConnection.open(port);
  connection.send(bytes);
  await connection.until((received) => answersIn(received).length >= count);
  connection.end();
  return connection.answers();
}

function answersIn(received: string): RawAnswer[] {
  const found: RawAnswer[] = [];
  for (let rest = received; ; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return found;
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(line)?.[1]);
    const headers = Object.fromEntries(
      lines.map((text) => {
        const [name = '', ...value] = text.split(':');
        return [name.toLowerCase(), value.join(':').trim()];
      }),
    );
    const after = rest.slice(end + 4);
    const length = Number(headers['content-length'] ?? 0);
    if (after.length < length) return found;
    // What an interim answer announces is another one.
    const body = Buffer.from(after.slice(0, length), 'latin1').toString();
    if (status !== 100) found.push({ status, headers, body });
    rest = after.slice(length);
  }
}
