// A worker thread as the pool's are, locked down, that evaluates given glue in its realm and calls what it gives.
import { parentPort, workerData } from 'node:worker_threads';

const { GlueRealm } = await import(workerData.realm);
const { lockDown } = await import(workerData.lockdown);

const realm = new GlueRealm();
lockDown();
const hostFunction = () => new Map([['host', new Uint8Array(4)]]);
const outcomes = workerData.attempts.map((attempt) => {
  try {
    const instantiate = realm.evaluate(`(() => ({ instantiate: (hostFunction) => { ${attempt} } }))()`);
    return { value: String(instantiate(hostFunction)) };
  } catch (error) {
    return { thrown: String(error) };
  }
});
parentPort.postMessage(outcomes);
