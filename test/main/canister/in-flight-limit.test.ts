import { expect, test } from 'vitest';
import { InFlightLimit, type Turn } from '#src/main/canister/in-flight-limit.js';

const never = () => new AbortController().signal;

/** As many turns as can be had now. */
async function turnsNow(limit: InFlightLimit): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let count = limit.limit; count > 0; count--) turns.push(await limit.turn(never));
  return turns;
}

test('requests wait for their turns, in order', async () => {
  const limit = new InFlightLimit(2);
  const [first] = await turnsNow(limit);
  const order: string[] = [];
  const third = limit.turn(never).then((turn) => {
    order.push('third');
    turn.end('taken');
  });
  const fourth = limit.turn(never).then(() => order.push('fourth'));
  await Promise.resolve();
  expect(order).toEqual([]);
  first?.end('taken');
  await Promise.all([third, fourth]);
  expect(order).toEqual(['third', 'fourth']);
});

test('one round of busy answers halves the limit once', async () => {
  const limit = new InFlightLimit(16);
  for (const turn of await turnsNow(limit)) turn.end('busy');
  expect(limit.limit).toBe(8);
  for (const turn of await turnsNow(limit)) turn.end('busy');
  expect(limit.limit).toBe(4);
});

test('it never goes below one, and comes back to the most', async () => {
  const limit = new InFlightLimit(4);
  for (let round = 0; round < 5; round++) (await limit.turn(never)).end('busy');
  expect(limit.limit).toBe(1);
  for (let round = 0; round < 20; round++) for (const turn of await turnsNow(limit)) turn.end('taken');
  expect(limit.limit).toBe(4);
});

test('who stops waiting is told so, and takes no turn', async () => {
  const limit = new InFlightLimit(1);
  const first = await limit.turn(never);
  const controller = new AbortController();
  const stopped = limit.turn(() => controller.signal);
  const next = limit.turn(never);
  controller.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  first.end('taken');
  (await next).end('taken');
  expect(limit.limit).toBe(1);
});
