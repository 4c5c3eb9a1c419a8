import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createServer, type LookupFunction, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { download } from '#src/main/download/download.js';
import { webServer } from './support/web-server.js';

const ANY = { addresses: 'any', maximumBytes: 1000 } as const;
const PUBLIC = { addresses: 'public-only', maximumBytes: 1000 } as const;

const sendOn = (response: ServerResponse, location: string, status = 302): void => {
  response.writeHead(status, { location }).end();
};

describe('a download', () => {
  test('brings the bytes of the body', async () => {
    const body = Buffer.from([0, 255, 13, 10]);
    await using server = await webServer((_, response) => response.end(body));
    expect(Buffer.from(await download(`${server.url}/a?b=c`, ANY))).toEqual(body);
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/a?b=c' });
  });

  test('checks the hash', async () => {
    await using server = await webServer((_, response) => response.end('abc'));
    const sha256 = createHash('sha256').update('abc').digest('hex');
    expect(Buffer.from(await download(server.url, { ...ANY, sha256 }))).toEqual(Buffer.from('abc'));
    const expected = '0'.repeat(64);
    await expect(download(server.url, { ...ANY, sha256: expected })).rejects.toMatchObject({
      code: 'DOWNLOAD_HASH_MISMATCH',
      details: { actual: sha256, expected },
    });
  });

  test('asks for no encoding, sends no credentials, and undoes no encoding', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    await using server = await webServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const url = server.url.replace('//', '//user:pass@');
    const bytes = await download(url, { ...ANY, maximumBytes: bomb.byteLength });
    expect(bomb.equals(bytes)).toBe(true);
    const headers = server.requests[0]?.headers;
    expect(headers).not.toHaveProperty('accept-encoding');
    expect(headers).not.toHaveProperty('authorization');
  });

  test.each([301, 302, 303, 307, 308])('goes where %i sends it', async (status) => {
    await using server = await webServer(({ url }, response) => {
      if (url === '/last') response.end('there');
      else sendOn(response, '/last', status);
    });
    expect(Buffer.from(await download(`${server.url}/first`, ANY)).toString()).toBe('there');
  });

  test('is sent on five times, and no more', async () => {
    await using server = await webServer(({ url }, response) => {
      const left = Number(url?.slice(1));
      if (left === 0) response.end('there');
      else sendOn(response, `/${left - 1}`);
    });
    await expect(download(`${server.url}/5`, ANY)).resolves.toHaveLength(5);
    await expect(download(`${server.url}/6`, ANY)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { reason: 'it was sent on more than 5 times' },
    });
  });

  test('does not wait for the body of a redirection', async () => {
    await using server = await webServer(({ url }, response) => {
      if (url === '/last') response.end('there');
      else response.writeHead(302, { location: '/last' }).write('a body without end');
    });
    await expect(download(`${server.url}/first`, ANY)).resolves.toHaveLength(5);
  });
});

describe('a download fails', () => {
  test.each([404, 500, 304, 300])('when the server answers %i', async (status) => {
    await using server = await webServer((_, response) => response.writeHead(status).end('no'));
    await expect(download(server.url, ANY)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { reason: `the server answered ${status}` },
    });
  });

  test.each([
    ['to nowhere', {}],
    ['to no address', { location: 'http://' }],
  ])('when it is sent on %s', async (_, headers) => {
    await using server = await webServer((__, response) => response.writeHead(302, headers).end());
    await expect(download(server.url, ANY)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  test('when nothing answers, or there is no such host', async () => {
    const server = await webServer(() => undefined);
    await server[Symbol.asyncDispose]();
    await expect(download(server.url, ANY)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { reason: 'nothing answers there' },
    });
    const nobody: LookupFunction = (host, _options, callback) =>
      callback(Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' }), []);
    await expect(download('http://nobody.test/', { ...ANY, lookup: nobody })).rejects.toMatchObject({
      details: { reason: 'there is no host of that name' },
    });
  });

  test('when the body is cut short', async () => {
    await using server = await webServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    });
    await expect(download(server.url, ANY)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { reason: 'the connection ended before all of it was sent' },
    });
  });

  test('when what answers does not speak HTTP', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(download(`http://127.0.0.1:${port}/`, ANY)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
    });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(['nonsense', 'http://', ''])('when the address is none: %j', async (url) => {
    await expect(download(url, ANY)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  test('without a word of what may be secret in the address', async () => {
    await using server = await webServer((_, response) => response.writeHead(404).end());
    const url = `http://user:hidden@127.0.0.1:${server.port}/path?token=hidden#hidden`;
    const error = await download(url, ANY).catch((thrown: Error) => thrown);
    expect(String((error as Error).message)).toBe(
      `http://127.0.0.1:${server.port}/path?… could not be fetched: the server answered 404`,
    );
  });
});

describe('a download is bounded', () => {
  test('by the bytes it says it has', async () => {
    await using server = await webServer((_, response) => {
      response.writeHead(200, { 'content-length': '1001' }).flushHeaders();
    });
    await expect(download(server.url, ANY)).rejects.toMatchObject({
      code: 'DOWNLOAD_TOO_LARGE',
      details: { limitBytes: 1000 },
    });
  });

  test('by the bytes it has, however many it said', async () => {
    await using server = await webServer((_, response) => {
      const send = (): void => {
        while (response.write(Buffer.alloc(400)));
        response.once('drain', send);
      };
      send();
    });
    await expect(download(server.url, ANY)).rejects.toMatchObject({ code: 'DOWNLOAD_TOO_LARGE' });
  });

  test('to what it said when it has more', async () => {
    await using server = await webServer(({ socket }) => {
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc${'d'.repeat(5000)}`);
    });
    // Either is sound: the three bytes, or a complaint about what follows them.
    const outcome = await download(server.url, ANY).then(
      (bytes) => Buffer.from(bytes).toString(),
      (error: { code: string }) => error.code,
    );
    expect(['abc', 'DOWNLOAD_FAILED']).toContain(outcome);
  });

  test('at exactly the limit', async () => {
    await using server = await webServer((_, response) => response.end(Buffer.alloc(1000)));
    await expect(download(server.url, ANY)).resolves.toHaveLength(1000);
  });

  test.each([
    ['never answers', () => undefined],
    ['stops in the middle', (response: ServerResponse) => response.write('half')],
  ])('in time, by a server that %s', async (_, answer) => {
    await using server = await webServer((__, response) => void answer(response));
    await expect(download(server.url, { ...ANY, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { reason: 'it took longer than 50 ms' },
    });
  });

  test('by its signal', async () => {
    const stop = new AbortController();
    await using server = await webServer((_, response) => {
      response.write('half', () => stop.abort());
    });
    await expect(download(server.url, { ...ANY, signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    await expect(download(server.url, { ...ANY, signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('from public addresses only', () => {
  test.each([
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '[::]',
    '169.254.169.254',
    '10.0.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '[fd00::1]',
    '[fe80::1]',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0x7f.1',
    '１２７.0.0.1',
  ])('%s is refused, and not connected to', async (host) => {
    await using server = await webServer((_, response) => response.end('secret'));
    await expect(download(`http://${host}:${server.port}/`, PUBLIC)).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
    });
    expect(server.requests).toEqual([]);
  });

  test('a name that stands for an address of this machine is refused', async () => {
    await using server = await webServer((_, response) => response.end('secret'));
    const lookup: LookupFunction = (_host, options, callback) => {
      if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
    };
    await expect(
      download(`http://harmless.test:${server.port}/`, { ...PUBLIC, lookup }),
    ).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
      details: { reason: 'harmless.test (127.0.0.1) is not an address of the public Internet' },
    });
    expect(server.requests).toEqual([]);
  });

  test('a name is connected to where it was checked, whatever it stands for the next time', async () => {
    await using allowed = await webServer((_, response) => {
      response.writeHead(302, { location: `http://rebinds.test:${port}/`, connection: 'close' }).end();
    });
    const { port } = allowed;
    await using forbidden = await webServer((_, response) => response.end('secret'), '127.0.0.2');
    const answers = ['127.0.0.1', '127.0.0.2'];
    let asked = 0;
    const lookup: LookupFunction = (_host, _options, callback) => {
      callback(null, [{ address: answers[asked++] ?? '127.0.0.2', family: 4 }]);
    };
    await expect(
      download(`http://rebinds.test:${port}/`, {
        maximumBytes: 1000,
        addresses: (address) => address === '127.0.0.1',
        lookup,
      }),
    ).rejects.toMatchObject({ code: 'DOWNLOAD_REFUSED' });
    expect(asked).toBe(2);
    expect(allowed.requests).toHaveLength(1);
    expect(forbidden.requests).toEqual([]);
  });

  test('only the allowed ones of a name with many addresses are tried', async () => {
    await using allowed = await webServer((_, response) => response.end('there'));
    const tried: string[] = [];
    const lookup: LookupFunction = (_host, _options, callback) => {
      callback(null, [
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    };
    const addresses = (address: string): boolean => {
      tried.push(address);
      return address === '127.0.0.1';
    };
    const bytes = await download(`http://many.test:${allowed.port}/`, {
      maximumBytes: 1000,
      addresses,
      lookup,
    });
    expect(Buffer.from(bytes).toString()).toBe('there');
    expect(tried).toEqual(['127.0.0.2', '127.0.0.1']);
  });

  test.each(['http://127.0.0.2:PORT/', '//127.0.0.2:PORT/', 'http://0x7f000002:PORT/'])(
    'being sent on to %s is refused',
    async (location) => {
      await using secret = await webServer((_, response) => response.end('secret'), '127.0.0.2');
      await using server = await webServer((_, response) =>
        sendOn(response, location.replace('PORT', String(secret.port))),
      );
      const addresses = (address: string): boolean => address === '127.0.0.1';
      await expect(download(server.url, { maximumBytes: 1000, addresses })).rejects.toMatchObject({
        code: 'DOWNLOAD_REFUSED',
        details: { url: expect.stringContaining('127.0.0.2') },
      });
      expect(secret.requests).toEqual([]);
    },
  );
});

test.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:,x', 'javascript:1', 'FILE:///x'])(
  '%s is not fetched',
  async (url) => {
    await expect(download(url, ANY)).rejects.toMatchObject({ code: 'DOWNLOAD_REFUSED' });
    await using server = await webServer((_, response) => sendOn(response, url));
    await expect(download(server.url, ANY)).rejects.toMatchObject({ code: 'DOWNLOAD_REFUSED' });
  },
);
