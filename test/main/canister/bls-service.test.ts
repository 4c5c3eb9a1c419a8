import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leaseBls } from '#src/main/canister/bls-service.js';
import { type BlsKey, blsKeyFromSeed, loadBls } from '#src/main/localnet/bls.js';

let signer: BlsKey;
let publicKey: Uint8Array;

beforeAll(async () => {
  await loadBls();
  signer = blsKeyFromSeed('service');
  publicKey = signer.publicKeyDer.slice(37);
});

const threads = (): number => readdirSync('/proc/self/task').length;

describe('a lease of the verifier', () => {
  it('answers each of many questions at once with its own answer', async () => {
    const bls = leaseBls();
    const messages = Array.from({ length: 12 }, (_, index) => Buffer.from(`message ${index}`));
    const answers = await Promise.all(
      messages.map((message, index) =>
        bls.verify(publicKey, signer.sign(index % 3 === 0 ? Buffer.from('another') : message), message),
      ),
    );
    expect(answers).toEqual(messages.map((_, index) => index % 3 !== 0));
    await bls.release();
  });

  it('shares one thread, which ends with the last lease', async () => {
    const before = threads();
    const [first, second] = [leaseBls(), leaseBls()];
    const message = Buffer.from('shared');
    expect(await first.verify(publicKey, signer.sign(message), message)).toBe(true);
    await first.release();
    await first.release();
    const next = Buffer.from('still there');
    expect(await second.verify(publicKey, signer.sign(next), next)).toBe(true);
    await second.release();
    expect(threads()).toBe(before);
  });

  it('fails the questions that are open when it ends, rather than leave them open', async () => {
    const bls = leaseBls();
    const message = Buffer.from('never answered');
    const answer = bls.verify(publicKey, signer.sign(message), message);
    const refused = expect(answer).rejects.toMatchObject({ code: 'INTERNAL' });
    await bls.release();
    await refused;
  });

  it('keeps the process until its thread has ended, also when an answer comes meanwhile', async () => {
    const service = new URL('../../../dist/main/canister/bls-service.js', import.meta.url);
    const child = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { leaseBls } from ${JSON.stringify(service.href)};
       const bls = leaseBls();
       const ask = () => bls.verify(new Uint8Array(96), new Uint8Array(48), new Uint8Array(1));
       await ask();
       ask();
       // It has been answered, and this thread has not yet heard of it, when the thread is told to end.
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
       await bls.release();
       process.exitCode = 42;`,
    ]);
    expect(await once(child, 'exit')).toEqual([42, null]);
  });
});
