// Readers of a service's events in a process of their own, some of which take nothing until they are told to.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * @param service a `ServiceProcess`
 * @param {{ count: number, stalled: number, lastSequence: number }} options how many, and behind which event they begin
 */
export async function openReaders(service, options) {
  const { hostname: host, port } = new URL(service.url);
  const where = { host, port: Number(port), path: '/v1/events', token: service.token };
  const child = fork(
    new URL('./event-readers-process.mjs', import.meta.url),
    [JSON.stringify({ ...where, ...options })],
    { serialization: 'advanced' },
  );
  await once(child, 'message');
  return {
    /** Has those that take nothing take everything. */
    resume() {
      child.send({ type: 'resume' });
    },
    /** Waits until all have the event `wanted`. @returns the numbers of the events that each got */
    async received(wanted) {
      child.send({ type: 'check', wanted });
      const [readers] = await once(child, 'message');
      return readers;
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
