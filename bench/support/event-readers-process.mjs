// Readers of events on sockets of their own: see event-readers.mjs. What they get is kept as it comes, and looked at when
// the batch is over: looking costs more than reading.
import { connect } from 'node:net';

const { host, port, path, token, count, stalled, lastSequence } = JSON.parse(process.argv[2]);
const HEAD_END = '\r\n\r\n';
const readers = await Promise.all(Array.from({ length: count }, (_, index) => open(index < stalled)));
process.on('message', async ({ type, wanted }) => {
  if (type === 'resume') for (const { socket } of readers) socket.resume();
  if (type === 'check') process.send(await Promise.all(readers.map((reader) => check(reader, wanted))));
});
process.once('disconnect', () => {
  for (const { socket } of readers) socket.destroy();
});
process.send('open');

/** A reader that has the head of its answer. One that stalls takes nothing more. */
function open(isStalled) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      const head = [
        `GET ${path} HTTP/1.1`,
        `host: ${host}:${port}`,
        `authorization: Bearer ${token}`,
        `last-event-id: ${lastSequence}`,
      ];
      socket.write(`${head.join('\r\n')}${HEAD_END}`);
    });
    const reader = { socket, chunks: [], bytes: 0, isStalled };
    socket.on('data', (chunk) => {
      if (reader.chunks.length === 0) {
        if (!chunk.toString('latin1').startsWith('HTTP/1.1 200 ')) reject(new Error(chunk.toString()));
        if (isStalled) socket.pause();
        resolve(reader);
      }
      reader.chunks.push(chunk);
      reader.bytes += chunk.length;
    });
    socket.once('error', reject);
    socket.once('close', () => {
      reader.isClosed = true;
    });
  });
}

/** Waits until a reader has the event with the number `wanted`. @returns the numbers that it got, in order */
async function check(reader, wanted) {
  const { socket, isStalled } = reader;
  for (let seen = -1; ; ) {
    if (reader.bytes > seen) {
      seen = reader.bytes;
      // The newest of it, which is enough to see whether the last event is there.
      const tail = Buffer.concat(reader.chunks.slice(-4)).toString('latin1');
      if (tail.includes(`id: ${wanted}\n`)) break;
    }
    if (reader.isClosed) break;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 200);
      socket.once('data', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  const body = unchunked(Buffer.concat(reader.chunks));
  const sequences = Array.from(body.matchAll(/^id: (\d+)$/gm), ([, number]) => Number(number));
  return { isStalled, bytes: reader.bytes, sequences, isClosed: reader.isClosed === true };
}

/** The body of an answer in HTTP's chunks, as far as it has come. */
function unchunked(answer) {
  const parts = [];
  let at = answer.indexOf(HEAD_END) + HEAD_END.length;
  for (;;) {
    const lineEnd = answer.indexOf('\r\n', at);
    if (lineEnd === -1) break;
    const length = Number.parseInt(answer.toString('latin1', at, lineEnd), 16);
    if (!(length > 0)) break;
    parts.push(answer.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  return Buffer.concat(parts).toString('latin1');
}
